"""What was received, shown and dropped, as figures of the last seconds. Pure: times are handed in.

Rates leave out the group that was joined in its middle, which comes all at once; else the same as
the statistics of the player (`web/engine/stats.js`).
"""

from collections import Counter, deque
from collections.abc import Sequence

RATE_US = 2_000_000
LONG_US = 10_000_000
_LEAST_SPAN_US = 250_000


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which `share` of the values lie; None for none."""
    if not values:
        return None
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Figures:
    """Accumulates; of what is older than 10 s only counts remain.

    `dropped` counts by reason: `network` never came or could not be decoded for what did not,
    `late` was replaced by something newer, `broken` could not be decoded.
    """

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        self.received = 0
        self.received_bytes = 0
        self.shown = 0
        self._start_us: int | None = None  # rates are of the time since something came
        self._arrivals: deque[tuple[int, int]] = deque()
        self._shown: deque[tuple[int, float | None, bool]] = deque()

    def arrived(self, nbytes: int, now_us: int, *, is_of_before: bool = False) -> None:
        """Take a message that came; `is_of_before` says that its picture is older than we."""
        self.received += 1
        self.received_bytes += nbytes
        if is_of_before:
            return
        self._arrivals.append((now_us, nbytes))
        if self._start_us is None:
            self._start_us = now_us
        while now_us - self._arrivals[0][0] > RATE_US:
            self._arrivals.popleft()

    def showed(
        self, staleness_ms: float | None, now_us: int, *, is_of_before: bool = False
    ) -> None:
        """Take a picture that was handed out, and how old it was; None if that tells nothing."""
        self.shown += 1
        self._shown.append((now_us, staleness_ms, is_of_before))
        while now_us - self._shown[0][0] > LONG_US:
            self._shown.popleft()

    def fps(self, now_us: int) -> float:
        """Pictures per second of late."""
        recent = sum(
            now_us - at_us < RATE_US for at_us, _, is_of_before in self._shown if not is_of_before
        )
        return recent / self._span_s(now_us)

    def bitrate_bps(self, now_us: int) -> float:
        """Bits per second of late."""
        recent = sum(size for at_us, size in self._arrivals if now_us - at_us < RATE_US)
        return recent * 8 / self._span_s(now_us)

    def staleness_ms(self, share: float, now_us: int) -> float | None:
        """The age below which `share` of the pictures of the last 10 s were."""
        lately = (age_ms for at_us, age_ms, _ in self._shown if now_us - at_us < LONG_US)
        recent = [age_ms for age_ms in lately if age_ms is not None]
        return quantile(recent, share)

    def _span_s(self, now_us: int) -> float:
        since_us = 0 if self._start_us is None else now_us - self._start_us
        return max(_LEAST_SPAN_US, min(RATE_US, since_us)) / 1e6
