"""A stream's sound: who is sent what, and what is not sent on a connection that takes nothing."""

import json
from typing import Any

import pytest

from streamer.clock import ManualClock
from streamer.hub.delivery.message import Message
from streamer.hub.past.soundtrack import Soundtrack
from streamer.hub.sound.channel import Sound
from streamer.hub.sound.listener import SILENCE_US, WAIT_US, Listener
from streamer.sound import Form, SoundDescription
from streamer.wire import Flags, Kind, unpack
from tests.media_messages import Ear, sound, sound_init

FRAME_US = 20_000
AAC = SoundDescription("mp4a.40.2", 44_100, 2)


class Port:
    """A port that holds what is sent, and of which so many bytes are unsent."""

    def __init__(self) -> None:
        self.full = 0
        self.sent: list[str | bytes] = []

    def send(self, message: Message) -> bool:
        self.sent.append(bytes(unpack(message.data)[1]))
        return True

    def send_text(self, text: str) -> None:
        said = json.loads(text)
        self.sent.append(said["codec"] or said["reason"])

    def unsent(self) -> int:
        return self.full

    def lane(self, _on_close: Any) -> None:
        """There is none."""

    def finish(self, frame: bytes, written: int) -> None:
        raise AssertionError("there is no lane")


class Bench:
    """A stream's sound and one who listens."""

    def __init__(self, codec: str = "aac") -> None:
        self.clock = ManualClock()
        self.changes = 0
        self.pumps = 0
        self.sound = Sound(self.clock, self._changed, Soundtrack(1 << 20, lambda: 0))
        self.sound.codec = codec
        self.port = Port()
        self.listener = Listener(self.sound, self.port, self.clock, self._may_send, self._wait)

    def listen(self, *codecs: str) -> None:
        self.listener.codecs = codecs
        self.listener.tune()

    def publish(self, *payloads: bytes, form: Form = Form.COPY) -> None:
        for payload in payloads:
            self.sound.publish(sound(payload, form))
            self.clock.advance(FRAME_US)

    def _may_send(self, size: int) -> bool:
        assert size > 0
        return not self.port.full

    def _changed(self) -> None:
        self.changes += 1

    def _wait(self) -> None:
        self.pumps += 1


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_who_listens_is_told_what_comes_and_sent_it(bench: Bench) -> None:
    bench.listen("mp4a", "opus")
    assert (bench.sound.demand(), bench.changes) == ((Form.COPY,), 1)
    bench.sound.describe("copy", AAC)
    bench.sound.publish(sound_init(b"init"))
    bench.publish(b"1", b"2")
    assert bench.port.sent == ["mp4a.40.2", b"init", b"1", b"2"]
    bench.listener.stop()
    bench.publish(b"3")
    assert (len(bench.port.sent), bench.sound.demand(), bench.changes) == (4, (), 2)


def test_who_comes_later_is_told_at_once(bench: Bench) -> None:
    bench.sound.describe("copy", AAC)
    bench.sound.publish(sound_init(b"init"))
    bench.listen("mp4a")
    assert bench.port.sent == ["mp4a.40.2", b"init"]


def test_who_does_not_decode_what_the_source_has_gets_opus(bench: Bench) -> None:
    bench.listen("opus")
    bench.publish(b"aac")
    bench.publish(b"opus", form=Form.OPUS)
    assert (bench.sound.demand(), bench.port.sent) == ((Form.OPUS,), [b"opus"])


@pytest.mark.parametrize(("codec", "reason"), [("", "no sound."), ("mp3", "can decode.")])
def test_who_cannot_be_given_sound_is_told_why(codec: str, reason: str) -> None:
    bench = Bench(codec)
    bench.listen("mp4a")
    (said,) = bench.port.sent
    assert isinstance(said, str)
    assert said.endswith(reason)
    assert bench.sound.demand() == ()


def test_sound_waits_while_pictures_are_unsent_and_old_sound_is_dropped(bench: Bench) -> None:
    bench.listen("mp4a")
    bench.port.full = 1
    count = 100
    bench.publish(*(b"%d" % index for index in range(count)))
    assert (bench.port.sent, bench.listener.waits, bench.pumps > 0) == ([], True, True)
    bench.port.full = 0
    bench.listener.pump()
    kept = WAIT_US // FRAME_US
    assert bench.port.sent == [b"%d" % index for index in range(count - kept, count)]
    assert bench.listener.dropped == {"late": count - kept}
    assert (bench.listener.sent, bench.listener.waits) == (kept, False)


def test_what_waited_for_other_sound_is_not_sent_after_its_beginning(bench: Bench) -> None:
    bench.listen("mp4a")
    bench.port.full = 1
    bench.publish(b"old")
    bench.sound.publish(sound_init(b"init"))
    bench.port.full = 0
    bench.publish(b"new")
    assert bench.port.sent == [b"init", b"new"]


def test_who_says_nothing_for_long_is_sent_nothing(bench: Bench) -> None:
    bench.listen("mp4a")
    bench.clock.advance(SILENCE_US + 1)
    bench.publish(b"1")
    assert (bench.port.sent, bench.listener.dropped) == ([], {"silence": 1})
    bench.listener.heard()
    bench.publish(b"2")
    assert bench.port.sent == [b"2"]


def test_a_source_that_starts_again_is_a_discontinuity(bench: Bench) -> None:
    ear = Ear()
    channel = bench.sound.choose(("mp4a",))
    assert channel is not None
    bench.sound.subscribe(channel, ear)
    bench.publish(b"1")
    bench.sound.restart()
    bench.sound.publish(sound_init(b"init"))
    bench.publish(b"2")
    assert [each.kind for each in ear.headers] == [6, Kind.AUDIO_INIT, 6]
    assert [bool(each.flags & Flags.DISCONTINUITY) for each in ear.headers] == [False, False, True]
    assert [each.sequence for each in ear.headers] == [0, 1, 2]
