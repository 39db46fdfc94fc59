"""A clip over plain HTTP: which messages make it, its sound, and how long it may take."""

import anyio
import anyio.lowlevel
import pytest

from streamer.hub.state import Phase, State
from streamer.hub.stream import Opened
from streamer.media.boxer.boxes import children, inside
from streamer.media.boxer.fragment import fragment
from streamer.rendition import Description
from streamer.server.capture import clip
from streamer.sound import Form
from streamer.wire import Flags, Kind
from tests.asgi import Event, Site, scope_of
from tests.films import INIT, OTHER_INIT, SOUND_INIT, reels
from tests.kept_past import COPY, H264_INDEX, JPEG, SECOND_US, play, publish, sentence, watched
from tests.media_messages import init, sound, sound_init
from tests.still_clip import fragments

pytestmark = pytest.mark.anyio
SOUND_US = 20_000


def pictures(film: bytes) -> list[bytes]:
    return reels(film)[0].samples


def numbers(first: int, end: int) -> list[bytes]:
    return [b"%d" % number for number in range(first, end)]


def width(film: bytes) -> int:
    tkhd = inside(inside(children(film)[b"moov"])[b"trak"])[b"tkhd"]
    return int.from_bytes(tkhd[-8:-6])


async def test_a_clip_begins_with_the_keyframe_before_and_at_time_zero() -> None:
    site = watched(COPY)
    play(site, 40)
    found = await site.get("/streams/cam/clip.mp4?seconds=1.5")
    assert pictures(found.body) == numbers(20, 40)
    assert found.headers["content-length"] == str(len(found.body))
    assert found.headers["content-type"] == "video/mp4"
    assert found.headers["content-disposition"].startswith('attachment; filename="cam-2023-11-14-')


async def test_a_clip_may_end_in_the_past_and_is_ten_seconds_long() -> None:
    site = watched(COPY)
    play(site, 140)
    found = await site.get("/streams/cam/clip.mp4?ago=2")
    assert pictures(found.body) == numbers(10, 120)


async def test_a_clip_ends_where_it_cannot_go_on() -> None:
    site = watched(COPY)
    play(site, 20)
    site.cam.restart()
    play(site, 15)
    found = await site.get("/streams/cam/clip.mp4?seconds=60")
    assert pictures(found.body) == numbers(0, 15)
    play(site, 12, payload=OTHER_INIT)
    found = await site.get("/streams/cam/clip.mp4?seconds=60")
    assert pictures(found.body) == numbers(0, 12)


async def test_a_clip_of_one_rendition() -> None:
    site = watched(COPY, H264_INDEX)
    play(site, 11)
    site.cam.publish(init(OTHER_INIT, H264_INDEX))
    publish(site, Kind.FRAGMENT, fragments(1)[0][0], H264_INDEX, Flags.KEYFRAME)
    found = await site.get("/streams/cam/clip.mp4?rendition=h264")
    assert width(found.body) == 320
    assert (await site.get("/streams/cam/clip.mp4?rendition=jpeg")).status == 503


async def test_only_so_many_clips_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "MAX_CLIPS", 0)
    site = watched(COPY)
    play(site, 11)
    assert (await site.get("/streams/cam/clip.mp4")).status == 503


async def test_a_clip_that_is_not_taken_to_its_end_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clip, "MAX_CLIPS", 1)
    site = watched(COPY)
    play(site, 11)
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)
        if len(sent) == 2:
            await anyio.sleep_forever()

    async def leave() -> Event:
        while len(sent) < 2:
            await anyio.lowlevel.checkpoint()
        return {"type": "http.disconnect"}

    served = clip.Clips(site.hub)
    left = await served.clip(site.cam, "auto", 10.0, 0.0)
    await left(scope_of("/streams/cam/clip.mp4"), leave, send)
    assert (await served.clip(site.cam, "auto", 10.0, 0.0)).status_code == 200


async def test_a_clip_that_is_taken_crumb_by_crumb_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of its parts takes too long, and all of it does."""
    monkeypatch.setattr(clip, "MAX_CLIPS", 1)
    monkeypatch.setattr(clip, "allowed_s", lambda _size: 0.0)
    site = watched(COPY)
    play(site, 11)
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)
        await anyio.lowlevel.checkpoint()

    async def stay() -> Event:
        await anyio.sleep_forever()
        raise AssertionError

    served = clip.Clips(site.hub)
    crumbs = await served.clip(site.cam, "auto", 10.0, 0.0)
    await crumbs(scope_of("/streams/cam/clip.mp4"), stay, send)
    assert sent[-1].get("more_body", True), "it would seem whole"
    assert (await served.clip(site.cam, "auto", 10.0, 0.0)).status_code == 200


def test_a_larger_clip_may_take_longer() -> None:
    assert clip.allowed_s(0) >= 30
    assert 600 < clip.allowed_s(20 << 20) < 900


async def test_a_clip_is_not_of_a_rendition_that_was_left() -> None:
    site = watched(COPY, H264_INDEX)
    play(site, 11)
    site.cam.channels[H264_INDEX].describe(Description("avc1.42c01f", 320, 180, 30.0))
    site.clock.advance(2 * SECOND_US)
    play(site, 11, H264_INDEX, OTHER_INIT)
    found = await site.get("/streams/cam/clip.mp4")
    assert width(found.body) == 320


async def test_a_clip_does_not_stand_still_for_the_time_in_which_nobody_watched() -> None:
    site = watched(COPY)
    play(site, 40)
    site.clock.advance(20 * SECOND_US)
    play(site, 15)
    found = await site.get("/streams/cam/clip.mp4")
    assert pictures(found.body) == numbers(0, 15)


async def test_a_clip_of_a_slow_camera_is_whole() -> None:
    site = watched(COPY)
    site.cam.publish(init(INIT, COPY))
    for boxed, key in fragments(12):
        publish(site, Kind.FRAGMENT, boxed, COPY, Flags.KEYFRAME if key else Flags.NONE)
        site.clock.advance(4 * SECOND_US)
    found = await site.get("/streams/cam/clip.mp4?seconds=60")
    assert pictures(found.body) == numbers(0, 12)


def hear(site: Site, count: int, *, begin_us: int = 0) -> None:
    """So many frames of sound of 20 ms, each with its number in it, while time stands still."""
    for number in range(count):
        at_us = begin_us + number * SOUND_US
        frame = fragment(number, at_us, SOUND_US, 0, True, b"%d" % number)
        site.cam.publish(sound(frame, Form.COPY, at_us))


def listened_to(site: Site) -> Site:
    """The same with sound that is passed on."""
    site.cam.open(Opened("h264", 640, 360, 30.0, "opus"))
    assert site.cam.demand()
    assert site.cam.sound.demand() == (Form.COPY,)
    site.cam.publish(sound_init(SOUND_INIT))
    return site


async def test_a_clip_has_the_sound_of_its_pictures_and_no_more() -> None:
    site = listened_to(watched(COPY))
    play(site, 30)
    hear(site, 200, begin_us=10_000)
    found = await site.get("/streams/cam/clip.mp4?seconds=0.5")
    shown, heard = reels(found.body)
    assert shown.samples == numbers(20, 30)
    assert heard.samples == numbers(99, 150)
    assert heard.shown_us[:2] == [-10_000, 10_000], "the frame that is under way is there"
    assert found.headers["content-length"] == str(len(found.body))


@pytest.mark.parametrize(
    ("index", "query", "words"),
    [
        (JPEG, "", "Of 'cam' only JPEG pictures are kept, which make no MP4 clip; ask for"),
        (JPEG, "?rendition=jpeg", "Of 'cam' only JPEG pictures are kept as jpeg, which make no"),
        (JPEG, "?rendition=h264", "Nothing of 'cam' is kept as h264, but of jpeg; that begins"),
        (COPY, "?rendition=h264", "Nothing of 'cam' is kept as h264, but of copy; that begins"),
    ],
)
async def test_what_makes_no_clip_is_told_with_the_true_reason(
    index: int, query: str, words: str
) -> None:
    site = watched(index)
    if index == COPY:
        play(site, 11)
    else:
        publish(site, Kind.JPEG, b"picture", JPEG, Flags.KEYFRAME)
    found = await site.get(f"/streams/cam/clip.mp4{query}")
    assert found.status == 503
    assert sentence(found).startswith(words)


async def test_a_clip_has_no_sound_of_before_the_source_began_anew() -> None:
    site = listened_to(watched(COPY))
    hear(site, 100)
    site.clock.advance(SECOND_US)
    site.cam.restart()
    play(site, 11)
    (shown,) = reels((await site.get("/streams/cam/clip.mp4")).body)
    assert shown.samples == numbers(0, 11)
    site.cam.publish(sound_init(SOUND_INIT))
    hear(site, 10)
    (_, heard) = reels((await site.get("/streams/cam/clip.mp4")).body)
    assert heard.samples == numbers(0, 10)


@pytest.mark.parametrize(("indices", "forms"), [((JPEG,), ()), ((JPEG, COPY), (Form.COPY,))])
async def test_sound_is_kept_where_pictures_make_a_clip(
    indices: tuple[int, ...], forms: tuple[Form, ...]
) -> None:
    site = watched(*indices)
    site.cam.open(Opened("h264", 640, 360, 30.0, "aac"))
    site.cam.demand()
    assert site.cam.sound.demand() == forms


async def test_sound_is_kept_while_pictures_are() -> None:
    site = listened_to(watched(COPY))
    before = site.cam.sound.past.size
    hear(site, 10)
    assert site.cam.sound.past.size > before
    site.cam.enter(State(Phase.LIVE))
    site.cam.enter(site.cam.resting)
    assert site.cam.sound.past.size == 0
