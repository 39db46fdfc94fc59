"""A viewer that goes back in time, its port and its stream, for the tests of what it is sent."""

import json
from collections import deque
from collections.abc import Callable

from streamer import control
from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.control import Ack, Play
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.pump import Pump
from streamer.hub.spec import StreamSpec
from streamer.hub.stream import Opened, Stream
from streamer.parsing import parse
from streamer.rendition import Description
from streamer.server.viewer import Viewer
from streamer.wire import Flags, Header, Kind, pack
from tests.media_messages import init

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


def watched() -> Bench:
    """A viewer that has watched for ten seconds."""
    bench = Bench()
    bench.play(10)
    assert bench.sent() == list(range(100))
    bench.told("")
    return bench
