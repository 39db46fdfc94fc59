"""Time, injected: everything that waits or stamps takes a `Clock`, so tests can own it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of time, both in microseconds."""

    def wall_us(self) -> int:
        """Microseconds since the Unix epoch; what the wire calls `captured_us`."""
        ...

    def monotonic_us(self) -> int:
        """Microseconds from an arbitrary origin that never jump; for durations and pacing."""
        ...


class SystemClock:
    """The machine's clocks."""

    def wall_us(self) -> int:
        """Microseconds since the Unix epoch."""
        return time.time_ns() // 1000

    def monotonic_us(self) -> int:
        """Microseconds from an arbitrary origin."""
        return time.monotonic_ns() // 1000


class ManualClock:
    """A clock that moves only when told, for tests and simulations."""

    def __init__(self, wall_us: int = 1_700_000_000_000_000) -> None:
        self._wall_us = wall_us
        self._monotonic_us = 0

    def advance(self, us: int) -> None:
        """Move both readings forward by `us` microseconds."""
        self._wall_us += us
        self._monotonic_us += us

    def wall_us(self) -> int:
        """Microseconds since the Unix epoch."""
        return self._wall_us

    def monotonic_us(self) -> int:
        """Microseconds since this clock was made."""
        return self._monotonic_us
