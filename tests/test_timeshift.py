"""A viewer in the past: what it is sent and when, and that nobody else notices."""

import json
from collections import deque
from collections.abc import Callable

import pytest

from streamer import control
from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.control import Ack, Live, Pause, Ping, Play, Quality, Resume, Seek
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.pump import Pump
from streamer.hub.spec import StreamSpec
from streamer.hub.stream import Opened, Stream
from streamer.parsing import parse
from streamer.rendition import Description
from streamer.server.allowance import WISHES_AT_ONCE
from streamer.server.viewer import Viewer
from streamer.wire import Flags, Header, Kind, pack
from tests.media_messages import Ear, init

FRAME_US = 100_000
GROUP = 10
JPEG = 2
H264 = Description("avc1.42c01f", 640, 360, 10.0)


class Port:
    """A port that takes so many bytes and keeps when it was sent what."""

    def __init__(self, clock: ManualClock) -> None:
        self.media: list[tuple[int, Message]] = []
        self.texts: deque[dict[str, object]] = deque()
        self.room = 1 << 40
        self.unanswered = 0
        self._clock = clock

    def send(self, message: Message) -> bool:
        self.media.append((self._clock.monotonic_us(), message))
        self.room -= message.size
        return True

    def send_text(self, text: str) -> None:
        self.texts.append(json.loads(text))
        self.unanswered += self.texts[-1]["type"] == "rendition"

    def lane(self, _on_close: Callable[[], None]) -> None:
        """There is no bare way."""

    def finish(self, frame: bytes, written: int) -> None:
        raise AssertionError("there is no lane")

    def unsent(self) -> int:
        return max(0, -self.room)


class Bench:
    """A viewer of a stream of ten pictures a second; the numbers of messages begin with 0.

    Number 0 is the init segment, each following 10 are a group, picture n being captured at n.
    """

    def __init__(self, history_s: float = 30.0) -> None:
        self.clock = ManualClock()
        self.start_us = self.clock.wall_us()
        spec = StreamSpec("cam", SourceSpec(parse("pattern:64x64@5")), history_s=history_s)
        self.stream = Stream(spec, self.clock)
        self.stream.open(Opened("h264", 640, 360, 10.0))
        self.port = Port(self.clock)
        self.pump = Pump()
        self.viewer = Viewer(self.stream, self.port, self.clock, self.pump, lambda: None)
        self.viewer.enter()
        self.count = 0
        self.say(Play(("copy",), ("avc1", "jpeg"), max_latency_ms=500))
        self.stream.describe(0, H264)
        self.stream.publish(init())

    def say(self, message: control.ClientMessage) -> None:
        self.viewer.receive(control.dump(message))
        assert self.viewer.failure is None

    def play(self, seconds: float, *, publishes: bool = True) -> None:
        """Let time pass, in steps of the pump, and the source go on."""
        for _ in range(round(seconds * 1e6 / FRAME_US)):
            if publishes:
                self.publish()
            for _ in range(10):
                self.clock.advance(FRAME_US // 10)
                if self.viewer.waits:
                    self.viewer.pump()
                self.acknowledge()

    def publish(self, index: int = 0) -> None:
        is_key = index == JPEG or self.count % GROUP == 0
        flags = Flags.KEYFRAME if is_key else Flags.NONE
        kind = Kind.JPEG if index == JPEG else Kind.FRAGMENT
        now_us = self.clock.wall_us()
        self.stream.publish(bytearray(pack(Header(kind, flags, index, 0, now_us, now_us), b"-")))
        self.count += index == 0

    def acknowledge(self) -> None:
        for _ in range(self.port.unanswered):
            self.say(Ack())
        self.port.unanswered = 0
        if self.port.media:
            number = self.port.media[-1][1].number
            self.say(Ack(0, number, number, number))

    def at(self, picture: float) -> int:
        """When a picture was captured."""
        return self.start_us + round(picture * FRAME_US)

    def sent(self) -> list[int]:
        """The pictures that were sent, which are then forgotten."""
        numbers = [each.number - 1 for _, each in self.port.media if each.is_picture]
        self.port.media.clear()
        return numbers

    def told(self, kind: str) -> list[dict[str, object]]:
        """The control messages of a type, all of which are then forgotten."""
        found = [each for each in self.port.texts if each["type"] == kind]
        self.port.texts.clear()
        return found


@pytest.fixture
def bench() -> Bench:
    """A viewer that has watched for ten seconds."""
    bench = Bench()
    bench.play(10)
    assert bench.sent() == list(range(100))
    bench.told("")
    return bench


def test_it_is_sent_the_past_from_the_keyframe_on_and_then_at_the_speed_of_life(
    bench: Bench,
) -> None:
    bench.say(Seek(captured_us=bench.at(55)))
    assert bench.sent() == [50, 51, 52, 53, 54, 55]
    (shift,) = bench.told("shift")
    assert (shift["captured_us"], shift["whole"]) == (bench.at(55), True)
    since_us = bench.clock.monotonic_us()
    bench.play(4)
    times = [(at_us - since_us) // 1000 for at_us, each in bench.port.media if each.is_picture]
    assert bench.sent() == list(range(56, 96))
    assert times == [100 * (n + 1) for n in range(40)]


def test_what_is_live_meanwhile_is_not_sent_and_the_others_do_not_notice(bench: Bench) -> None:
    ear = Ear()
    bench.stream.subscribe(bench.stream.channels[0], ear, "")
    before = len(ear.messages)
    bench.say(Seek(behind_ms=5000))
    bench.play(2)
    assert max(bench.sent()) < 80
    assert [each.number - 1 for each in ear.messages[before:]] == list(range(100, 120))
    assert "past" not in str(ear.told)


def test_it_returns_to_what_is_live(bench: Bench) -> None:
    bench.say(Seek(behind_ms=5000))
    bench.sent()
    bench.told("")
    bench.say(Live())
    assert bench.sent() == list(range(90, 100))
    (shift,) = bench.told("shift")
    assert (shift["captured_us"], shift["pts_us"]) == (None, None)
    bench.play(1)
    assert bench.sent() == list(range(100, 110))


def test_who_is_live_is_told_so_and_sent_nothing_twice(bench: Bench) -> None:
    bench.say(Live())
    assert (len(bench.told("shift")), bench.sent()) == (1, [])


def test_a_paused_viewer_keeps_the_past_and_its_place(bench: Bench) -> None:
    """Nobody else watches, and 20 s are longer than the source lingers."""
    bench.say(Pause(keep=True))
    bench.play(20)
    assert bench.sent() == []
    bench.say(Seek(captured_us=bench.at(99)))
    assert bench.sent() == list(range(90, 100))
    bench.play(1)
    assert bench.sent() == list(range(100, 110))
    bench.say(Pause())
    bench.play(2)
    assert bench.sent() == []
    bench.say(Resume())
    assert bench.sent() == [110]
    bench.play(1)
    assert bench.sent() == list(range(111, 121))


def test_a_pause_that_keeps_nothing_ends_the_demand(bench: Bench) -> None:
    bench.say(Pause())
    bench.clock.advance(6_000_000)
    assert bench.stream.demand() == {}
    bench.say(Resume())
    assert bench.stream.demand() == {0: "copy"}
    bench.say(Pause(keep=True))
    bench.clock.advance(6_000_000)
    assert bench.stream.demand() == {0: "copy"}
    bench.viewer.leave()
    bench.clock.advance(6_000_000)
    assert bench.stream.demand() == {}


def test_frame_by_frame(bench: Bench) -> None:
    bench.say(Pause(keep=True))
    bench.play(1)
    bench.say(Seek(captured_us=bench.at(99), frames=-1, paused=True))
    assert bench.sent() == list(range(90, 99))
    bench.say(Seek(captured_us=bench.at(98), frames=1, paused=True))
    assert bench.sent() == [99], "it has what that needs"
    bench.say(Seek(captured_us=bench.at(99), frames=1, paused=True))
    assert bench.sent() == [100]
    bench.say(Seek(captured_us=bench.at(100), frames=-1, paused=True))
    assert bench.sent() == list(range(90, 100))
    assert [each["whole"] for each in bench.told("shift")] == [True, False, True, True]
    bench.say(Seek(captured_us=bench.at(99), paused=True, whole=True))
    assert bench.sent() == list(range(90, 100))
    bench.play(1)
    assert bench.sent() == []


def test_the_newest_picture_is_what_is_live_unless_it_is_to_stand(bench: Bench) -> None:
    bench.say(Seek(behind_ms=0, paused=True))
    assert bench.sent() == list(range(90, 100))
    bench.say(Seek(behind_ms=0))
    (still, live) = bench.told("shift")
    assert (still["captured_us"], live["captured_us"]) == (bench.at(99), None)


def test_of_too_many_places_only_the_newest_is_gone_to(bench: Bench) -> None:
    for _ in range(int(WISHES_AT_ONCE)):
        bench.say(Seek(captured_us=bench.at(99), paused=True))
    bench.sent()
    for picture in (25, 35, 45):
        bench.say(Seek(captured_us=bench.at(picture), paused=True))
    assert bench.sent() == []
    bench.play(0.2, publishes=False)
    assert bench.sent() == list(range(40, 46))
    assert not bench.viewer.waits


@pytest.mark.parametrize(
    ("after", "sent"), [(Pause(), range(20, 26)), (Live(), range(90, 100))], ids=["pause", "live"]
)
def test_a_place_that_waits_is_gone_to_before_what_is_said_next_unless_that_leaves_it(
    bench: Bench, after: control.ClientMessage, sent: range
) -> None:
    for _ in range(int(WISHES_AT_ONCE)):
        bench.say(Seek(captured_us=bench.at(99), paused=True))
    bench.say(Seek(captured_us=bench.at(25)))
    bench.sent()
    bench.say(after)
    bench.play(1, publishes=False)
    assert bench.sent() == list(sent)


def test_before_the_past_begins_is_its_beginning(bench: Bench) -> None:
    bench.play(30)
    bench.sent()
    bench.say(Seek(behind_ms=3_600_000))
    assert bench.sent() == [90]


def test_where_nothing_is_kept_it_is_live() -> None:
    bench = Bench(history_s=0)
    bench.say(Seek(behind_ms=5000))
    assert [each["captured_us"] for each in bench.told("shift")] == [None]


def test_what_is_kept_no_longer_is_passed_over(bench: Bench) -> None:
    bench.say(Seek(captured_us=bench.at(5), paused=True))
    bench.sent()
    bench.play(40)
    bench.say(Resume())
    bench.play(0.2)
    numbers = bench.sent()
    assert numbers[0] % GROUP == 0
    assert numbers[0] >= 190


def test_a_slow_link_is_sent_everything_later(bench: Bench) -> None:
    bench.port.room = 0
    bench.say(Seek(captured_us=bench.at(50)))
    assert len(bench.sent()) <= 1
    bench.play(3)
    assert bench.sent() == []
    bench.port.room = 1 << 40
    bench.play(1)
    numbers = bench.sent()
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) <= 12, "it would catch up at more than the speed of life"


def test_the_end_of_the_past_is_what_is_live(bench: Bench) -> None:
    bench.say(Seek(behind_ms=2000))
    bench.play(3, publishes=False)
    assert [each["captured_us"] is None for each in bench.told("shift")] == [False, True]
    bench.sent()
    bench.play(0.5)
    assert bench.sent() == list(range(100, 105))


def test_the_past_goes_on_across_another_configuration(bench: Bench) -> None:
    bench.stream.restart()
    bench.stream.describe(0, Description("avc1.640028", 1280, 720, 10.0))
    bench.stream.publish(init(b"another"))
    bench.play(5)
    bench.told("")
    bench.port.media.clear()
    bench.say(Seek(captured_us=bench.at(98)))
    bench.play(1)
    kinds = [each.kind for _, each in bench.port.media]
    assert kinds[0] == Kind.INIT
    assert kinds.count(Kind.INIT) == 2
    assert [each["codec"] for each in bench.told("rendition")] == ["avc1.42c01f", "avc1.640028"]


def test_another_choice_and_another_source_wait_until_it_is_live(bench: Bench) -> None:
    bench.say(Seek(behind_ms=5000))
    bench.sent()
    bench.say(Quality(("jpeg",), "smaller"))
    bench.stream.open(Opened("h264", 640, 360, 10.0))
    bench.play(1)
    assert len(bench.sent()) == 10
    bench.say(Live())
    bench.publish(JPEG)
    assert [each.kind for _, each in bench.port.media] == [Kind.JPEG]


def test_another_rendition_that_reaches_further_back(bench: Bench) -> None:
    """The viewer came to JPEG a moment ago, and somebody else has watched `copy` for long."""
    bench.stream.subscribe(bench.stream.channels[0], Ear(), "")
    bench.say(Quality(("jpeg",), ""))
    bench.stream.describe(JPEG, Description("jpeg", 640, 360, 10.0))
    bench.publish(JPEG)
    bench.play(1)
    bench.told("")
    bench.say(Seek(captured_us=bench.at(50)))
    assert [each["id"] for each in bench.told("rendition")] == ["copy"]


def test_how_far_back_it_can_go_is_told_with_the_time(bench: Bench) -> None:
    bench.say(Ping(1, 2))
    assert bench.told("pong")[0]["history_ms"] == 10_000
    bench.play(60)
    bench.say(Ping(1, 2))
    (pong,) = bench.told("pong")
    assert 30_000 <= int(str(pong["history_ms"])) <= 31_000


def test_ages_in_the_past_are_no_latency(bench: Bench) -> None:
    before = bench.stream.tally.staleness
    bench.say(Seek(behind_ms=5000))
    bench.say(Ack(0, 50, 50, 50, staleness_ms=5000.0))
    assert bench.stream.tally.staleness == before


def test_it_leaves_nothing_behind(bench: Bench) -> None:
    bench.say(Seek(behind_ms=5000))
    bench.viewer.leave()
    assert all(channel.subscribers == 0 for channel in bench.stream.channels)


def test_no_past_is_not_less_than_none_when_the_wall_clock_steps_back() -> None:
    bench = Bench()
    bench.publish()
    bench.clock._wall_us -= 10_000_000
    bench.say(Ping(1, 1))
    assert bench.told("pong")[0]["history_ms"] == 0
