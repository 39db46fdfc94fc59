"""A viewer at the far end of a bad link, simulated: virtual time, real hub and viewer.

Pictures have plausible sizes. What the link's queue does not take stays unsent in the port, as in
a kernel. The player is in `simulated_player.py`.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from streamer import control, wire
from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.control import Ack, Play
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.pump import Pump, Pumped
from streamer.hub.spec import StreamSpec
from streamer.hub.state import Phase, State
from streamer.hub.stream import Opened, Stream
from streamer.parsing import parse
from streamer.rendition import Description, Format, Rendition, h264_bitrate_bps
from streamer.rendition import parse as rendition
from streamer.server.viewer import Viewer
from streamer.wire import Flags, Header, Kind
from tests.simulated_player import BOUND_MS, Player

TICK_US = 2_000
FPS = 30
LINES = 720
GROUP = 60
JPEG_BYTES = 52_000


@dataclass(frozen=True, slots=True)
class Way:
    """What a link is like; None: no limit."""

    rate_bps: float | None = None
    delay_us: int = 1_000
    queue_bytes: int = 32 * 1024
    stall_s: tuple[float, float] | None = None

    def is_stalled(self, now_us: int) -> bool:
        """Whether nothing passes now; stalls come at the end of their period."""
        if self.stall_s is None:
            return False
        duration_s, every_s = self.stall_s
        return (now_us / 1e6) % every_s >= every_s - duration_s


class ManualPump(Pump):
    """The hub's pump, turned by the simulation."""

    def __init__(self) -> None:
        super().__init__()
        self.pumped: set[Pumped] = set()

    def add(self, pumped: Pumped) -> None:
        self.pumped.add(pumped)

    def discard(self, pumped: Pumped) -> None:
        self.pumped.discard(pumped)

    def turn(self) -> None:
        for each in tuple(self.pumped):
            each.pump()
            if not each.waits:
                self.pumped.discard(each)


class SimulatedLink:
    """The viewer's port, and all that lies between it and the player."""

    def __init__(self, clock: ManualClock, way: Way) -> None:
        self.way = way
        self.reads = True
        self._clock = clock
        self._unsent: deque[tuple[str | Message, int]] = deque()
        self._queue: deque[tuple[str | Message, int]] = deque()
        self._queued_bytes = 0
        self._credit_bytes = 0.0
        self._travelling: deque[tuple[int, str | Message]] = deque()

    def send(self, message: Message) -> bool:
        self._unsent.append((message, message.size + 10))
        self._fill()
        return not self._unsent

    def send_text(self, text: str) -> None:
        self._unsent.append((text, len(text)))
        self._fill()

    def lane(self, _on_close: Callable[[], None]) -> None: ...
    def finish(self, frame: bytes, written: int) -> None: ...

    def unsent(self) -> int:
        return sum(size for _, size in self._unsent)

    def held(self) -> int:
        """All bytes that wait at this end or in the bottleneck."""
        return self.unsent() + self._queued_bytes

    def tick(self) -> list[str | Message]:
        """Carry for one tick; what arrives at the player."""
        now_us = self._clock.monotonic_us()
        if self.reads and not self.way.is_stalled(now_us):
            self._transmit(now_us)
        arrived = []
        while self._travelling and self._travelling[0][0] <= now_us:
            arrived.append(self._travelling.popleft()[1])
        return arrived

    def _transmit(self, now_us: int) -> None:
        rate_bps = self.way.rate_bps or 1e9
        self._credit_bytes += rate_bps / 8 * TICK_US / 1e6
        while self._queue and self._queue[0][1] <= self._credit_bytes:
            item, size = self._queue.popleft()
            self._credit_bytes -= size
            self._queued_bytes -= size
            self._travelling.append((now_us + self.way.delay_us, item))
            self._fill()
        if not self._queue:
            self._credit_bytes = 0

    def _fill(self) -> None:
        # A message that is larger than the queue enters it when it is empty.
        while self._unsent and (
            not self._queue or self._queued_bytes + self._unsent[0][1] <= self.way.queue_bytes
        ):
            item, size = self._unsent.popleft()
            self._queue.append((item, size))
            self._queued_bytes += size


class Source:
    """Makes the pictures of every rendition in demand, with sizes that follow from its lines."""

    def __init__(self, stream: Stream, clock: ManualClock, rate_bps: float) -> None:
        self._stream = stream
        self._clock = clock
        self._rate_bps = rate_bps
        self._frame = 0
        self._key_due: dict[int, int] = {}
        self._since: dict[int, int] = {}

    def tick(self) -> None:
        if self._clock.monotonic_us() < self._frame * 1_000_000 // FPS:
            return
        demand = self._stream.demand()
        for index in self._stream.take_keyframes():
            self._key_due[index] = self._frame
        for index in [index for index in self._since if index not in demand]:
            del self._since[index]
        for index, name in demand.items():
            self._make(index, rendition(name))
        self._frame += 1

    def _make(self, index: int, made: Rendition) -> None:
        fps = made.fps or FPS
        if self._frame % (FPS // fps):
            return
        begins = index not in self._since
        if begins:
            self._since[index] = self._frame
            codec = "jpeg" if made.format is Format.JPEG else "avc1"
            height = made.height or LINES
            self._stream.describe(index, Description(codec, height * 16 // 9, height, fps))
            if made.format is not Format.JPEG:
                self._publish(index, Kind.INIT, Flags.NONE, 700)
        if made.format is Format.JPEG:
            self._publish(index, Kind.JPEG, Flags.KEYFRAME, jpeg_bytes(made))
            return
        group = self._frame if made.format is Format.COPY else self._frame - self._since[index]
        asked = made.format is Format.H264 and self._key_due.pop(index, None) is not None
        is_key = asked or group % GROUP == 0
        if begins and not is_key and made.format is Format.COPY:
            return  # the group began before
        key, delta = fragment_bytes(made, self._rate_bps)
        flags = Flags.KEYFRAME if is_key else Flags.NONE
        self._publish(index, Kind.FRAGMENT, flags, key if is_key else delta)

    def _publish(self, index: int, kind: Kind, flags: Flags, size: int) -> None:
        header = Header(kind, flags, index, 0, self._frame * 33_333, self._clock.wall_us(), 0)
        self._stream.publish(bytearray(wire.pack(header, bytes(size))))


def jpeg_bytes(made: Rendition) -> int:
    """The size of one JPEG."""
    scale = ((made.height or LINES) / LINES) ** 1.6
    return round(JPEG_BYTES * float(scale) * (0.5 + made.quality / 160))


def fragment_bytes(made: Rendition, rate_bps: float) -> tuple[int, int]:
    """The sizes of a keyframe, eight times the others but limited, and of the others."""
    height, fps = made.height or LINES, made.fps or FPS
    scale = (height / LINES) ** 1.4 * (fps / FPS) ** 0.6
    most_bps = h264_bitrate_bps(height * 16 // 9, height, fps)
    limited = made.format is Format.H264
    bps = min(rate_bps * scale, most_bps) if limited else rate_bps
    pictures = fps * GROUP / FPS
    delta = bps / 8 * GROUP / FPS / (pictures + 7)
    key = min(8 * delta, most_bps / 8 * 0.35) if limited else 8 * delta
    return round(key), round(delta)


class Simulation:
    """One viewer that starts on `start`, over a link."""

    def __init__(
        self, start: str, way: Way, rate_bps: float = 4e6, acknowledges: bool = True
    ) -> None:
        self.clock = ManualClock()
        self.stream = Stream(StreamSpec("cam", SourceSpec(parse("pattern:"))), self.clock)
        self.link = SimulatedLink(self.clock, way)
        self.pump = ManualPump()
        self.player = Player(self.clock, acknowledges)
        self.source = Source(self.stream, self.clock, rate_bps)
        self.viewer = Viewer(self.stream, self.link, self.clock, self.pump, lambda: None)
        self._back: deque[tuple[int, Ack]] = deque()
        self._ticks = 0
        self.stream.open(Opened("h264", LINES * 16 // 9, LINES, FPS))
        self.stream.enter(State(Phase.LIVE))
        self.viewer.enter()
        self.viewer.play(Play((start,), ("avc1", "jpeg"), 1280, 720, BOUND_MS))

    @property
    def now_s(self) -> float:
        """Seconds since the start."""
        return self.clock.monotonic_us() / 1e6

    def become(self, **changes: object) -> None:
        """Change the link."""
        self.link.way = replace(self.link.way, **changes)  # type: ignore[arg-type]

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds * 1e6 / TICK_US)):
            self.clock.advance(TICK_US)
            self._tick()

    def staleness_ms(self, share: float, since_s: float = 0.0) -> float:
        """The staleness below which a share of the pictures stays."""
        values = sorted(age for at_ms, age, _ in self.player.paints if at_ms >= since_s * 1000)
        return values[min(len(values) - 1, int(len(values) * share))]

    def painted(self, since_s: float, until_s: float) -> int:
        """How many pictures were painted in a part of the time."""
        return sum(since_s * 1000 <= at_ms < until_s * 1000 for at_ms, _, _ in self.player.paints)

    def longest_gap_ms(self, since_s: float) -> float:
        """The longest time between two pictures."""
        times = [at_ms for at_ms, _, _ in self.player.paints if at_ms >= since_s * 1000]
        return max(b - a for a, b in pairwise(times))

    def moves(self, since_s: float = 0.0) -> list[str]:
        """The renditions that the viewer was given."""
        return [name for at_ms, name, _ in self.player.moves if at_ms >= since_s * 1000]

    def _tick(self) -> None:
        self._ticks += 1
        self.source.tick()
        acks = [ack for item in self.link.tick() for ack in self.player.receive(item)]
        acks += self.player.tick()
        if self.player.acknowledges and self.link.reads:
            due_us = self.clock.monotonic_us() + self.link.way.delay_us
            self._back.extend((due_us, ack) for ack in acks)
        while self._back and self._back[0][0] <= self.clock.monotonic_us():
            self.viewer.receive(control.dump(self._back.popleft()[1]))
        if self._ticks % 5 == 0:
            self.pump.turn()
