"""The server's clock as seen from here: the quickest of the recent pings tells the truth. Pure."""

from collections import deque
from statistics import median

_WINDOW_US = 30_000_000  # long enough for a lucky ping, short enough for clocks that drift
_RECENT = 5


class ClockOffset:
    """What to add to this machine's wall clock, and the round trip. All times in microseconds."""

    def __init__(self, first_us: int) -> None:
        """Begin with `first_us`, the offset to believe in until the first pong."""
        self._first_us = first_us
        # When it came, round trip, offset.
        self._pings: deque[tuple[int, int, int]] = deque()

    def add(self, sent_us: int, server_us: int, received_us: int) -> None:
        """Take one ping, sent and received by our wall clock, and the server's time in between."""
        round_trip_us = received_us - sent_us
        if round_trip_us < 0:
            return  # our clock was set back
        while self._pings and not 0 <= received_us - self._pings[0][0] < _WINDOW_US:
            self._pings.popleft()
        middle_us = (sent_us + received_us) // 2
        self._pings.append((received_us, round_trip_us, server_us - middle_us))

    @property
    def offset_us(self) -> int:
        """The server's time less ours."""
        if not self._pings:
            return self._first_us
        return min(self._pings, key=lambda ping: ping[1])[2]

    @property
    def error_us(self) -> int | None:
        """By how much the offset may be wrong, to either side; None before the first pong.

        The server's time was read somewhere within the quickest round trip.
        """
        if not self._pings:
            return None
        return (min(ping[1] for ping in self._pings) + 1) // 2

    @property
    def round_trip_us(self) -> int | None:
        """The usual round trip of the last few pings; None before the first."""
        if not self._pings:
            return None
        return int(median(ping[1] for ping in list(self._pings)[-_RECENT:]))
