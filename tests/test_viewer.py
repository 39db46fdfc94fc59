import json
from collections import deque
from collections.abc import Callable
from itertools import pairwise

import pytest

from streamer import control, wire
from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.control import Ack, Pause, Ping, Play, Quality, Resume, Sound
from streamer.errors import BadMessage, TooManyMessages
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.pump import Pump
from streamer.hub.spec import StreamSpec
from streamer.hub.stream import Opened, Stream
from streamer.parsing import parse
from streamer.rendition import Description
from streamer.server.viewer import Viewer
from streamer.wire import Flags, Header, Kind
from tests.media_messages import sound
from tests.simulated_link import Simulation, Way

MS = 1000


class Port:
    """A port that takes everything."""

    def __init__(self) -> None:
        self.sent: deque[Message | str] = deque()

    def send(self, message: Message) -> bool:
        self.sent.append(message)
        return True

    def send_text(self, text: str) -> None:
        self.sent.append(text)

    def lane(self, _on_close: Callable[[], None]) -> None:
        """There is no bare way."""

    def finish(self, frame: bytes, written: int) -> None:
        raise AssertionError("there is no lane")

    def unsent(self) -> int:
        return 0

    def said(self) -> list[str]:
        """The types of the control messages so far, which are then forgotten."""
        types = [json.loads(item)["type"] for item in self.sent if isinstance(item, str)]
        self.sent.clear()
        return types


class Bench:
    """A viewer of a stream that the test runs by hand."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.stream = Stream(StreamSpec("cam", SourceSpec(parse("pattern:64x64@5"))), self.clock)
        self.port = Port()
        self.ended = 0
        self.viewer = Viewer(self.stream, self.port, self.clock, Pump(), self._end)

    def open(self) -> None:
        self.stream.open(Opened("h264", 1280, 720, 30))

    def say(self, message: control.ClientMessage) -> None:
        self.viewer.receive(control.dump(message))

    def publish(self, index: int, kind: Kind = Kind.FRAGMENT, key: bool = True) -> None:
        flags = Flags.KEYFRAME if key else Flags.NONE
        header = Header(kind, flags, index, 0, 0, self.clock.wall_us(), 0)
        self.stream.publish(bytearray(wire.pack(header, b"-" * 500)))

    def pictures(self) -> int:
        return sum(isinstance(item, Message) for item in self.port.sent)

    def _end(self) -> None:
        self.ended += 1


@pytest.fixture
def playing() -> Bench:
    """A viewer that plays `copy`, rendition 0."""
    bench = Bench()
    bench.open()
    bench.viewer.enter()
    bench.say(Play(("copy",), ("avc1", "jpeg")))
    bench.stream.describe(0, Description("avc1.42c01f", 1280, 720, 30))
    bench.port.sent.clear()
    return bench


def test_it_is_greeted_and_told_the_state() -> None:
    bench = Bench()
    bench.viewer.enter()
    assert bench.port.said() == ["hello", "state"]
    bench.open()
    assert bench.port.said() == ["catalog"]
    assert not bench.viewer.is_playing


def test_play_before_the_source_is_known_begins_when_it_is() -> None:
    bench = Bench()
    bench.viewer.enter()
    bench.say(Play(("copy",), ("avc1",)))
    assert bench.stream.demand() == {}
    bench.open()
    assert list(bench.stream.demand().values()) == ["copy"]


def test_the_first_message_is_play() -> None:
    bench = Bench()
    bench.viewer.enter()
    bench.say(Ping(1, 2))
    assert bench.ended == 0
    bench.say(Ack(0))
    assert bench.ended == 1
    assert isinstance(bench.viewer.failure, BadMessage)


@pytest.mark.parametrize("text", ["", "[]", '{"type":"dance"}'])
def test_nonsense_ends_the_session(playing: Bench, text: str) -> None:
    playing.viewer.receive(text)
    assert isinstance(playing.viewer.failure, BadMessage)


def test_what_nobody_can_decode_ends_the_session() -> None:
    bench = Bench()
    bench.open()
    bench.viewer.enter()
    bench.say(Play(("copy",), ("av01",)))
    assert isinstance(bench.viewer.failure, BadMessage)


def test_ping_is_answered(playing: Bench) -> None:
    playing.say(Ping(7, 8))
    (text,) = playing.port.sent
    assert isinstance(text, str)
    pong = json.loads(text)
    assert (pong["type"], pong["id"], pong["client_us"]) == ("pong", 7, 8)


def test_pause_stops_the_media_and_resume_begins_with_the_live_group(playing: Bench) -> None:
    playing.publish(0)
    assert playing.pictures() == 1
    playing.say(Pause())
    playing.publish(0)
    assert playing.pictures() == 1
    playing.say(Resume())
    assert playing.pictures() == 2
    assert "rendition" in playing.port.said()


def test_a_group_from_long_ago_is_not_begun_with(playing: Bench) -> None:
    """The worker stopped while nobody watched; what is left of it is not live."""
    playing.publish(0)
    playing.say(Pause())
    playing.clock.advance(10_000 * MS)
    playing.port.sent.clear()
    playing.say(Resume())
    assert playing.pictures() == 0
    playing.publish(0)
    assert playing.pictures() == 1


def test_acks_of_another_rendition_do_not_count(playing: Bench) -> None:
    playing.publish(0)
    flying = playing.viewer.subscription.pacing.flying
    playing.say(Ack(5, 0, 0))
    assert playing.viewer.subscription.pacing.flying == flying
    playing.say(Ack(0, 0, 0))
    assert playing.viewer.subscription.pacing.flying == 0


def test_another_quality_begins_at_its_own_top(playing: Bench) -> None:
    playing.say(Quality(("jpeg",), "smaller"))
    assert "jpeg" in playing.stream.demand().values()
    playing.clock.advance(6_000_000)
    assert list(playing.stream.demand().values()) == ["jpeg"]


def test_it_leaves_nothing_behind(playing: Bench) -> None:
    playing.viewer.leave()
    assert playing.stream.viewers == 0
    assert all(channel.subscribers == 0 for channel in playing.stream.channels)


def moved_down() -> Simulation:
    simulation = Simulation("copy", Way(rate_bps=1e6))
    simulation.run(12)
    assert simulation.moves()[-1] != "copy"
    return simulation


def test_a_pause_does_not_forget_what_the_link_carries() -> None:
    simulation = moved_down()
    below = simulation.moves()[-1]
    simulation.viewer.receive('{"type":"pause"}')
    simulation.run(3)
    before = simulation.now_s
    simulation.viewer.receive('{"type":"resume"}')
    simulation.run(3)
    assert set(simulation.moves(since_s=before)) <= {below}
    assert simulation.staleness_ms(1.0, since_s=before) < 500
    assert simulation.painted(before, before + 1) > 0


def test_a_source_that_comes_back_does_not_begin_at_the_top() -> None:
    simulation = moved_down()
    before = simulation.now_s
    simulation.stream.restart()
    simulation.stream.open(Opened("h264", 1280, 720, 30))
    simulation.run(3)
    assert "copy" not in simulation.moves(since_s=before)


def test_a_viewer_climbs_without_a_pause() -> None:
    simulation = moved_down()
    simulation.become(rate_bps=None)
    start_ms = simulation.now_s * 1000
    assert simulation.stream.tally.changes["down"] > 0
    assert simulation.stream.tally.changes["up"] == 0
    simulation.run(15)
    assert simulation.moves()[-1] == "copy"
    assert simulation.stream.tally.changes["up"] > 0
    times = [at for at, _, _ in simulation.player.paints if at > start_ms]
    assert max(b - a for a, b in pairwise(times)) < 200


def test_a_stalled_viewer_asks_for_no_keyframes() -> None:
    """The others on its rendition would pay for them."""
    simulation = Simulation("h264", Way())
    simulation.run(5)
    simulation.link.reads = False
    asked = simulation.stream._asked_us.copy()
    simulation.run(30)
    assert simulation.stream._asked_us == asked


def test_who_has_not_asked_for_sound_gets_none(playing: Bench) -> None:
    playing.stream.open(Opened("h264", 1280, 720, 30, "aac"))
    playing.stream.publish(sound(b"beep"))
    assert playing.pictures() == 0
    playing.say(Sound(on=True, codecs=("mp4a",)))
    playing.stream.publish(sound(b"beep"))
    assert (playing.pictures(), playing.stream.sound.listeners) == (1, 1)
    playing.say(Sound(on=False))
    playing.stream.publish(sound(b"beep"))
    assert (playing.pictures(), playing.stream.tally.sound_sent) == (1, 1)
    assert playing.stream.sound.listeners == 0


def test_who_asks_for_sound_before_the_source_is_known_gets_it_later() -> None:
    bench = Bench()
    bench.viewer.enter()
    bench.say(Play(codecs=("avc1",)))
    bench.say(Sound(on=True, codecs=("opus",)))
    bench.stream.open(Opened("h264", 1280, 720, 30, "aac"))
    assert bench.stream.sound.demand() == ("opus",)
    bench.viewer.leave()
    assert bench.stream.sound.demand() == ()


def test_who_asks_without_end_is_closed_and_told_why() -> None:
    bench = Bench()
    bench.open()
    bench.say(Play(("copy",), ("avc1",)))
    for _ in range(100):
        bench.say(Quality(("copy",)))
    assert isinstance(bench.viewer.failure, TooManyMessages)
    assert bench.ended > 0
    other = Bench()
    for number in range(3000):
        other.say(Ping(number, 0))
    assert isinstance(other.viewer.failure, TooManyMessages)
