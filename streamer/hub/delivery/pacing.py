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

The link's rate is the most that it was seen to carry of late. Every sample is at most the truth:
what was acknowledged in the last second or so, over that time; and a message's size over
what it took longer than the quickest small one, with some time for decoding. While messages wait,
old samples are soon forgotten.

Tried and rejected: a window of a fixed number of frames (too wide for a slow link, too narrow for
a long one); the age of what is sent alone (a kernel takes megabytes before that shows); the
average of the rate's samples (it lags behind by seconds where it falls tenfold); the rate between
one message's sending and its acknowledgement, as in BBR (a browser acknowledges in bursts).
A client that never acknowledges is bound by its port's unsent bytes only.
"""

from collections import deque

from streamer.hub.delivery.flight import Flight

HEALTHY_ACK_US = 3_000_000
MARGIN_US = 500_000
QUEUE_US = 80_000
START_BYTES = 32 * 1024
TRIAL_US = 500_000
MAX_BYTES = 24 * 1024 * 1024
DRAIN_EVERY_US = 5_000_000
TRY_AGAIN_US = 5_000_000
_BASE_WINDOW_US = 10_000_000
_QUICKEST_WINDOW_US = 15_000_000
_RATE_WINDOW_US = 4_000_000
_BEHIND_WINDOW_US = 400_000
_DECODING_US = 10_000
_ANSWERING_US = 3_000
_GOODPUT_US = 1_000_000
_LEAST_GOODPUT_US = 400_000
_SMALL_BYTES = 1536
_ENOUGH_SMALL = 3
_MUCH_LARGER = 3


class Extreme:
    """The least, or with `sign` -1 the greatest, of the samples of the last one to two windows."""

    def __init__(self, window_us: int, sign: int = 1) -> None:
        self.window_us = window_us
        self._sign = sign
        self._old = self._new = 0.0
        self._since_us: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether there was a sample."""
        return self._since_us is not None

    def add(self, value: float, now_us: int) -> None:
        """Take one sample."""
        signed = value * self._sign
        if self._since_us is None:
            self._old, self._new, self._since_us = signed, signed, now_us
        elif now_us - self._since_us > self.window_us:
            self._old, self._new, self._since_us = self._new, signed, now_us
        else:
            self._new = min(self._new, signed)

    @property
    def value(self) -> float:
        """The extreme, zero before the first sample."""
        return min(self._old, self._new) * self._sign


class Pacing:
    """The account of one viewer's link. All times are monotonic microseconds.

    `healthy_ack_us` is how long a peer with which all is well may leave something unacknowledged.
    """

    def __init__(self, max_latency_us: int, healthy_ack_us: int = HEALTHY_ACK_US) -> None:
        self.max_latency_us = max_latency_us
        self._healthy_ack_us = healthy_ack_us
        self.acknowledges = False
        self.queueing_us = 0
        # Across renditions: what was sent of the last one is under way in front of the next.
        self.flight = Flight()
        self._base = Extreme(_BASE_WINDOW_US)
        self._rate = Extreme(_RATE_WINDOW_US, -1)
        # The quickest small message, its bytes, and how many there were.
        self._quickest = Extreme(_QUICKEST_WINDOW_US)
        self._quickest_bytes = 0
        self._small = 0
        self._credit = START_BYTES
        self._patience_us = healthy_ack_us + MARGIN_US
        # When so many bytes had been acknowledged.
        self._acked: deque[tuple[int, int]] = deque()
        self._acked_bytes = 0
        self._first_us: int | None = None

    @property
    def base_us(self) -> int:
        """The shortest delay from sending to acknowledgement: the round trip and decoding."""
        return int(self._base.value)

    @property
    def rate(self) -> float | None:
        """Bytes per second that the link carries at least; None while it is not known."""
        return self._rate.value if self._rate.is_known else None

    @property
    def flying(self) -> int:
        """How many messages are sent and not acknowledged."""
        return len(self.flight)

    @property
    def is_behind(self) -> bool:
        """Whether messages wait on their way."""
        return self.queueing_us > QUEUE_US

    @property
    def heard_us(self) -> int:
        """When something was last acknowledged, zero before."""
        return self._acked[-1][0] if self._acked else 0

    def unanswered_us(self, now_us: int) -> int:
        """For how long the oldest message has been under way."""
        oldest_us = self.flight.oldest_us
        return 0 if oldest_us is None else now_us - oldest_us

    def silent_us(self, now_us: int) -> int:
        """For how long nothing was acknowledged though something is under way."""
        oldest_us = self.flight.oldest_us
        return 0 if oldest_us is None else now_us - max(oldest_us, self.heard_us)

    def ceiling(self, now_us: int) -> float:
        """Bytes per second that the link does not exceed, as not even the oldest arrived."""
        return self.flight.nbytes * 1e6 / max(self.unanswered_us(now_us) - self.base_us, 1)

    def sent(self, key: int, size: int, now_us: int) -> None:
        """Count one message as under way."""
        if self._first_us is None:
            self._first_us = now_us
        self.flight.add(key, size, now_us)

    def acked(self, key: int, now_us: int, *, decoded: bool = True) -> None:
        """Everything up to `key` has arrived and, but for announcements, is decoded."""
        self.acknowledges = True
        landed = self.flight.land(key)
        if landed is None:
            return
        self._acked_bytes += landed.nbytes
        extra_us = _DECODING_US if decoded else _ANSWERING_US
        self._measure(now_us - landed.sent_us, landed.size, now_us, extra_us)
        if self.is_behind:
            window_us = self.base_us + QUEUE_US
            self._credit = round((self.rate or 0) * window_us / 1e6)
        else:
            # A viewer that is well acknowledges seldom; until then all of its stream is under way.
            least = (self.rate or 0) * self._patience_us / 1e6
            grown = max(self._credit + landed.nbytes, least)
            self._credit = min(round(grown), MAX_BYTES)

    def forgive(self, key: int, now_us: int) -> None:
        """Wait no longer for what was sent long ago, up to `key`: nobody heard the answers."""
        if self.unanswered_us(now_us) > self._patience_us:
            self.flight.land(key)

    def is_easy(self, size: int, now_us: int) -> bool:
        """Whether a message of `size` bytes may be sent at once, without asking the port."""
        nbytes, until_us = self.allowance(now_us)
        return size <= nbytes and now_us < until_us

    def allowance(self, now_us: int) -> tuple[int, int]:
        """How many bytes may be sent without asking the port, and until when."""
        if not self.acknowledges or self.queueing_us > QUEUE_US:
            return 0, 0
        since_us = self.flight.oldest_us
        if since_us is None:
            return MAX_BYTES, now_us + self._patience_us
        return self._credit - self.flight.nbytes, since_us + self._patience_us

    def may_send(self, size: int, now_us: int) -> bool:
        """Whether a message of `size` bytes may join what is under way."""
        if not self.flight:
            return True
        if self.flight.nbytes <= _SMALL_BYTES and self.unanswered_us(now_us) < MARGIN_US:
            return True  # an announcement, which must not hold a keyframe up
        fits = self.flight.nbytes + size <= self._credit
        if not self.acknowledges:
            # Who never acknowledges is known by that after a while.
            return fits or now_us - (self._first_us or 0) > TRIAL_US
        if self.unanswered_us(now_us) > self._patience_us:
            return now_us - self.flight.sent_us > TRY_AGAIN_US
        return fits and not self._must_drain(now_us)

    def is_late(self, age_us: int, size: int, now_us: int) -> bool:
        """Whether a picture of this age could not be painted in time if it were sent now."""
        way_us = self.base_us
        if not self.flight:
            # Whose bound is less than the way itself is sent old pictures rather than none; and
            # where nothing was sent for long, only sending shows that the link is better now.
            if now_us - self.flight.sent_us > self.max_latency_us:
                way_us = min(way_us, self.max_latency_us // 2)
        elif self.is_behind and self.rate:
            way_us += round(size * 1e6 / self.rate)
        return age_us + way_us > self.max_latency_us

    def must_ask(self, now_us: int) -> bool:
        """Whether what waits seems to wait for a viewer who has no occasion to acknowledge.

        Who is well does so seldom, and does not know that pictures are held back for it.
        """
        if not self.rate:
            return False
        carried_us = round(self.flight.nbytes * 1e6 / self.rate)
        # One whose pictures wait on their way acknowledges each, as late as that makes it.
        usual_us = self.base_us + carried_us + 2 * max(self.queueing_us, QUEUE_US)
        return self.unanswered_us(now_us) > usual_us

    def _must_drain(self, now_us: int) -> bool:
        """While something always waits, the shortest delay is forgotten and grows unseen."""
        return (
            self.queueing_us > QUEUE_US // 2 and now_us - self.flight.emptied_us > DRAIN_EVERY_US
        )

    def _measure(self, delay_us: int, size: int, now_us: int, extra_us: int) -> None:
        self._base.add(delay_us, now_us)
        self.queueing_us = max(0, delay_us - self.base_us)
        self._patience_us = self._healthy_ack_us + 2 * self.base_us + MARGIN_US
        rate = max(self._slope(size, delay_us, extra_us, now_us), self._goodput(now_us))
        if rate > 0 and (size > _SMALL_BYTES or self._rate.is_known):
            self._rate.window_us = _BEHIND_WINDOW_US if self.is_behind else _RATE_WINDOW_US
            self._rate.add(rate, now_us)

    def _goodput(self, now_us: int) -> float:
        acked = self._acked
        if acked and now_us - acked[-1][0] > _GOODPUT_US:
            acked.clear()  # a stall, or a viewer that keeps up and acknowledges seldom
        acked.append((now_us, self._acked_bytes))
        while len(acked) > 2 and now_us - acked[0][0] > _GOODPUT_US:
            acked.popleft()
        since_us, before = acked[0]
        if now_us - since_us < _LEAST_GOODPUT_US:
            return 0.0
        return (self._acked_bytes - before) * 1e6 / (now_us - since_us)

    def _slope(self, size: int, delay_us: int, extra_us: int, now_us: int) -> float:
        if size <= _SMALL_BYTES:
            self._small += 1
            self._quickest.add(delay_us, now_us)
            if delay_us <= self._quickest.value:
                self._quickest_bytes = size
            return 0.0
        if self._small < _ENOUGH_SMALL or size < _MUCH_LARGER * self._quickest_bytes:
            return size * 1e6 / (delay_us + extra_us)
        longer_us = max(delay_us - self._quickest.value, 0) + extra_us
        return (size - self._quickest_bytes) * 1e6 / longer_us
