"""What may be sent to one viewer now, and what is too late to be sent at all. Pure.

How it works. Everything between `send` and the canvas is a queue in which nobody can drop
anything: the kernel's buffers, every router's, the browser's. So the server watches how long a
message takes from being sent to being acknowledged. The shortest of these delays is the way
itself; what a message takes longer, it has waited in a queue. Three bounds follow:

- *credit*: bytes that may be under way. It doubles from a start as long as nothing waits, and
  falls to what the link carries in `QUEUE_US` as soon as something does;
- *patience*: when nothing is acknowledged for longer than a healthy viewer would take, the link
  has stalled, and more bytes would only be old when it comes back;
- *lateness*: a picture whose age, plus the way, is beyond the viewer's bound.

The link's rate is measured as in BBR (Cardwell et al., 2016): bytes delivered between the sending
of a message and its acknowledgement, over the time that took. While messages wait it is the rate
of the link; otherwise it is a lower bound, which a large message that came without waiting
raises.

Tried and rejected: a window of a fixed number of frames (too wide for a slow link, too narrow for
a long one), and the age of what is sent alone (a kernel takes megabytes before that shows).
A client that never acknowledges is bound by its port's unsent bytes only.
"""

from collections import deque

HEALTHY_ACK_US = 1_000_000
MARGIN_US = 200_000
QUEUE_US = 80_000
START_BYTES = 96 * 1024
MAX_BYTES = 16 * 1024 * 1024
MAX_FLYING = 512
_BASE_WINDOW_US = 10_000_000
_RESOLUTION_US = 4_000


class Least:
    """The least of the samples of the last one to two windows."""

    def __init__(self, window_us: int) -> None:
        self._window_us = window_us
        self._old = self._new = 0
        self._since_us: int | None = None

    def add(self, value: int, now_us: int) -> None:
        """Take one sample."""
        if self._since_us is None:
            self._old, self._new, self._since_us = value, value, now_us
        elif now_us - self._since_us > self._window_us:
            self._old, self._new, self._since_us = self._new, value, now_us
        else:
            self._new = min(self._new, value)

    @property
    def value(self) -> int:
        """The least, zero before the first sample."""
        return min(self._old, self._new)


class Pacing:
    """The account of one viewer on one rendition. All times are monotonic microseconds."""

    def __init__(self, max_latency_us: int) -> None:
        self.max_latency_us = max_latency_us
        self.acknowledges = False
        self.queueing_us = 0
        self.rate: float | None = None
        self._base = Least(_BASE_WINDOW_US)
        self._credit = START_BYTES
        self._patience_us = HEALTHY_ACK_US + MARGIN_US
        # Number, time sent, bytes, and how much had been delivered by when at that time.
        self._flying: deque[tuple[int, int, int, int, int]] = deque()
        self._flying_bytes = 0
        self._delivered = 0
        self._delivered_us = 0

    @property
    def base_us(self) -> int:
        """The shortest delay from sending to acknowledgement: the round trip and decoding."""
        return self._base.value

    @property
    def flying(self) -> int:
        """How many messages are sent and not acknowledged."""
        return len(self._flying)

    @property
    def is_behind(self) -> bool:
        """Whether messages wait on their way."""
        return self.queueing_us > QUEUE_US

    def forget_flying(self) -> None:
        """Start on another rendition over the same link."""
        self._flying.clear()
        self._flying_bytes = 0

    def sent(self, number: int, size: int, now_us: int) -> None:
        """Count one message as under way."""
        flying = self._flying
        if not flying:
            self._delivered_us = now_us
        elif len(flying) >= MAX_FLYING:
            self._flying_bytes -= flying.popleft()[2]
        flying.append((number, now_us, size, self._delivered, self._delivered_us))
        self._flying_bytes += size

    def acked(self, number: int, now_us: int) -> None:
        """Everything up to `number` is decoded."""
        self.acknowledges = True
        flown = self._flying_bytes
        flight = None
        while self._flying and self._flying[0][0] <= number:
            flight = self._flying.popleft()
            self._flying_bytes -= flight[2]
            self._delivered += flight[2]
        if flight is None:
            return
        _, sent_us, size, delivered, delivered_us = flight
        self._delivered_us = now_us
        self._base.add(now_us - sent_us, now_us)
        self.queueing_us = max(0, now_us - sent_us - self.base_us)
        self._patience_us = HEALTHY_ACK_US + 2 * self.base_us + MARGIN_US
        carried = (self._delivered - delivered) * 1e6 / max(now_us - delivered_us, 1)
        if self.is_behind:
            self._slow_down(carried)
        else:
            self._speed_up(max(carried, size * 1e6 / max(self.queueing_us, _RESOLUTION_US)))
            self._credit = min(self._credit + flown - self._flying_bytes, MAX_BYTES)

    def is_easy(self, size: int, now_us: int) -> bool:
        """Whether a message of `size` bytes may be sent at once, without asking the port."""
        flying = self._flying
        if not self.acknowledges or self.queueing_us > QUEUE_US:
            return False
        return not flying or (
            self._flying_bytes + size <= self._credit and now_us - flying[0][1] < self._patience_us
        )

    def may_send(self, size: int, now_us: int) -> bool:
        """Whether a message of `size` bytes may join what is under way."""
        if not self._flying or not self.acknowledges:
            return True
        if now_us - self._flying[0][1] > self._patience_us:
            return False
        return self._flying_bytes + size <= self._credit

    def is_late(self, age_us: int) -> bool:
        """Whether a picture of this age could not be painted in time if it were sent now."""
        return age_us + self.base_us > self.max_latency_us

    def _slow_down(self, carried: float) -> None:
        self.rate = carried if self.rate is None else (self.rate + carried) / 2
        self._credit = round(min(self.rate, carried) * (self.base_us + QUEUE_US) / 1e6)

    def _speed_up(self, carried: float) -> None:
        self.rate = carried if self.rate is None else max(self.rate, carried)
