"""For how long a source may still keep its reader waiting."""

from streamer.clock import Clock

_LEAST_S = 0.1


class Patience:
    """Ends `limit_s` after the last `begin`, however many connections are made meanwhile."""

    def __init__(self, clock: Clock, limit_s: float) -> None:
        self._clock = clock
        self._limit_s = limit_s
        self._began_us = clock.monotonic_us()

    def begin(self) -> None:
        """Somebody begins to wait for the next packet."""
        self._began_us = self._clock.monotonic_us()

    @property
    def is_over(self) -> bool:
        """Whether the source counts as dead."""
        return self._waited_s >= self._limit_s

    def bound(self, timeout_s: float) -> float:
        """A timeout that ends no later; never nought, which FFmpeg takes for none."""
        return min(timeout_s, max(self._limit_s - self._waited_s, _LEAST_S))

    @property
    def _waited_s(self) -> float:
        return (self._clock.monotonic_us() - self._began_us) / 1e6
