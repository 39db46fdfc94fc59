"""Sound in the endless MP4 over plain HTTP: which file is made of which messages."""

from dataclasses import replace

import pytest

from streamer.hub.delivery.message import Message
from streamer.hub.state import Phase, State
from streamer.hub.stream import Opened
from streamer.media.boxer.boxes import children, inside
from streamer.media.boxer.fragment import fragment as box
from streamer.media.boxer.tracks import as_second, join
from streamer.server.capture.mp4 import PATIENCE_US, Mp4
from streamer.sound import Form
from streamer.wire import Flags, Kind
from tests.asgi import Site
from tests.films import INIT, OTHER_INIT, SOUND_INIT
from tests.media_messages import Ear, fragment, init, sound, sound_init
from tests.supervised import settle

pytestmark = pytest.mark.anyio
COPY = 0
SOUND_US = 20_000
BOTH = join(INIT, SOUND_INIT)
HEARD = Opened("h264", 640, 360, 30.0, "opus")


class Bench:
    """A stream, and the file that is made of its messages as they are published."""

    def __init__(self, opened: Opened = HEARD) -> None:
        self.site = Site()
        self.cam = self.site.cam
        self.cam.open(opened)
        self.cam.catalog()
        self.pictures, self.sounds = Ear(), Ear()
        self.cam.subscribe(self.cam.channels[COPY], self.pictures, "")
        self.cam.demand()
        if (channel := self.cam.sound.choose(("opus",))) is not None:
            self.cam.sound.subscribe(channel, self.sounds)

    def publish(self, *messages: bytearray) -> list[Message]:
        """The messages as they are fanned out."""
        published = []
        for each in messages:
            self.cam.publish(each)
            is_sound = each[1] in (Kind.AUDIO_INIT, Kind.AUDIO_FRAGMENT)
            published.append((self.sounds if is_sound else self.pictures).messages[-1])
        return published

    def file(self, messages: list[Message]) -> list[bytes | None]:
        mp4 = Mp4(self.cam, self.site.clock)
        return [mp4.take(each) for each in messages]


def frame(number: int) -> bytearray:
    at_us = number * SOUND_US
    return sound(box(number, at_us, SOUND_US, 0, True, b"%d" % number), Form.COPY, at_us)


def heard(*numbers: int) -> bytes:
    return b"".join(as_second(box(n, n * SOUND_US, SOUND_US, 0, True, b"%d" % n)) for n in numbers)


def test_one_init_segment_says_what_both_tracks_are() -> None:
    moov = inside(children(BOTH)[b"moov"])
    assert list(children(BOTH)) == [b"ftyp", b"moov"]
    assert moov[b"mvhd"][-4:] == b"\0\0\0\3"
    assert inside(moov[b"trak"])[b"tkhd"][20:24] == b"\0\0\0\2"
    assert [
        each for each in (INIT, SOUND_INIT) if inside(children(each)[b"moov"])[b"trak"] in BOTH
    ] == [INIT]
    assert moov[b"mvex"].count(b"trex") == 2


def test_what_has_no_sound_is_as_it_always_was() -> None:
    bench = Bench(replace(HEARD, sound=""))
    messages = bench.publish(init(INIT), fragment(b"k", key=True), fragment(b"d"))
    assert bench.file(messages) == [INIT, b"k", b"d"]


def test_pictures_wait_for_the_beginning_of_the_sound() -> None:
    bench = Bench()
    messages = bench.publish(
        init(INIT), fragment(b"k", key=True), fragment(b"d"), sound_init(SOUND_INIT), frame(0)
    )
    assert bench.file(messages) == [b"", b"", b"", BOTH + heard(0) + b"kd", b""]


def test_sound_comes_as_it_comes() -> None:
    bench = Bench()
    bench.cam.spec = replace(bench.cam.spec, history_s=0)
    bench.cam.demand()
    messages = bench.publish(
        sound_init(SOUND_INIT), init(INIT), fragment(b"k", key=True), frame(0), frame(1)
    )
    assert bench.file(messages) == [b"", b"", BOTH + b"k", heard(0), heard(1)]


def test_whoever_comes_in_mid_group_hears_it_from_its_beginning() -> None:
    bench = Bench()
    bench.publish(sound_init(SOUND_INIT), *map(frame, range(200)))
    pts_us = 150 * SOUND_US
    group = bench.publish(init(INIT), fragment(b"k", key=True, pts_us=pts_us))
    begun = bench.sounds.messages[0]
    after = bench.publish(frame(200))
    mp4 = Mp4(bench.cam, bench.site.clock)
    assert [mp4.take(each) for each in (*group, begun)] == [
        b"",
        b"",
        BOTH + heard(*range(150, 201)) + b"k",
    ]
    assert [mp4.take(each) for each in after] == [b""], "that is in it"
    assert [mp4.take(each) for each in bench.publish(frame(201))] == [heard(201)]


def test_sound_that_does_not_come_is_not_waited_for_without_end() -> None:
    bench = Bench()
    mp4 = Mp4(bench.cam, bench.site.clock)
    begin = bench.publish(init(INIT), fragment(b"k", key=True))
    assert [mp4.take(each) for each in begin] == [b"", b""]
    bench.site.clock.advance(PATIENCE_US)
    assert [mp4.take(each) for each in bench.publish(fragment(b"d"))] == [INIT + b"kd"]
    late = bench.publish(sound_init(SOUND_INIT), frame(0), fragment(b"e"))
    assert [mp4.take(each) for each in late] == [b"", b"", b"e"], "the file has no such track"


def test_what_waits_is_not_lost_where_the_stream_ends() -> None:
    bench = Bench()
    mp4 = Mp4(bench.cam, bench.site.clock)
    assert mp4.rest() == b""
    for each in bench.publish(init(INIT), fragment(b"k", key=True)):
        mp4.take(each)
    assert (mp4.rest(), mp4.rest()) == (INIT + b"k", b"")


@pytest.mark.parametrize("other", [init(OTHER_INIT), sound_init(OTHER_INIT)])
def test_the_file_ends_where_either_becomes_another(other: bytearray) -> None:
    bench = Bench()
    same = init(INIT), sound_init(SOUND_INIT)
    messages = bench.publish(*same, fragment(b"k", key=True), *same, other)
    assert bench.file(messages)[-3:] == [b"", b"", None]


@pytest.mark.parametrize("again", [fragment(b"k", key=True), frame(0)])
def test_the_file_ends_where_the_source_begins_anew(again: bytearray) -> None:
    bench = Bench()
    messages = bench.publish(
        init(INIT), sound_init(SOUND_INIT), fragment(b"k", key=True), frame(0)
    )
    bench.cam.restart()
    messages += bench.publish(again)
    assert messages[-1].data[2] & Flags.DISCONTINUITY
    assert bench.file(messages)[-1] is None


async def test_a_response_has_sound_and_is_a_listener() -> None:
    site = Site()
    async with site.exchange("/streams/cam/stream.mp4") as exchange:
        await settle()
        site.cam.enter(State(Phase.LIVE))
        site.cam.open(HEARD)
        await settle()
        site.cam.publish(init(INIT))
        site.cam.publish(fragment(b"k", key=True))
        assert (await exchange.next())["status"] == 200
        await settle()
        assert (site.cam.sound.listeners, exchange.pending) == (1, 0)
        site.cam.publish(sound_init(SOUND_INIT))
        assert (await exchange.next())["body"] == BOTH + b"k"
        for number in range(300):
            site.cam.publish(frame(number))
            site.clock.advance(SOUND_US)
            assert (await exchange.next())["body"] == heard(number), "it says nothing, and listens"
    assert site.cam.sound.listeners == 0
