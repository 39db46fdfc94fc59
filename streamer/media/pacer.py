"""Release samples at the speed of their timestamps, for sources that come faster than life."""

from collections.abc import Callable

from streamer.clock import Clock

LATE_US = 1_000_000
SLICE_US = 250_000


class Pacer:
    """Waits until a media time is due.

    The first call sets the anchor. A source that falls more than a second behind (a suspended
    machine, an HLS segment that came late) moves the anchor instead of being raced to catch up.
    `sleep` takes seconds; `idle` is called at least four times a second while waiting.
    """

    def __init__(
        self, clock: Clock, sleep: Callable[[float], None], idle: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._idle = idle
        self._anchor_us: int | None = None

    def is_due(self, media_us: int) -> bool:
        """Whether `wait` would return at once."""
        anchor_us = self._anchor_us
        return anchor_us is None or anchor_us + media_us <= self._clock.monotonic_us()

    def wait(self, media_us: int) -> None:
        """Return when `media_us`, counted from the first call's, is due."""
        now = self._clock.monotonic_us()
        if self._anchor_us is None or now - (self._anchor_us + media_us) > LATE_US:
            self._anchor_us = now - media_us
        while (left := self._anchor_us + media_us - self._clock.monotonic_us()) > 0:
            self._idle()
            self._sleep(min(left, SLICE_US) / 1e6)
