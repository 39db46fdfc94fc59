"""How publishing goes, for who looks at the command."""

import time
from collections.abc import Callable
from typing import TextIO

from streamer.client.publish.session import Figures
from streamer.client.statusline import StatusLine

_TURN_S = 0.5


class Progress:
    """Writes what the figures say, when it is time to."""

    def __init__(
        self, out: TextIO, label: str, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = StatusLine(out, label, now_s)
        self.every_s = min(_TURN_S, self._line.every_s)
        self._told: str | None = None
        self._last = 0, 0  # pictures and bytes

    def show(self, figures: Figures, trouble: str | None) -> None:
        """Write a line, if the last is old enough, or there is trouble that was not told."""
        if self._line.is_due or (trouble is not None and trouble != self._told):
            self._told = trouble
            text = trouble or self._rates(figures, self._line.elapsed_s)
            self._last = figures.sent, figures.sent_bytes
            self._line.show(text)

    def close(self) -> None:
        """Leave the last line as it is."""
        self._line.close()

    def _rates(self, figures: Figures, elapsed_s: float) -> str:
        sent, sent_bytes = self._last
        fps = (figures.sent - sent) / elapsed_s
        mbps = (figures.sent_bytes - sent_bytes) * 8 / 1e6 / elapsed_s
        trip_us = figures.round_trip_us
        trip = "-" if trip_us is None else f"{trip_us / 1000:.1f}"
        return (
            f"{fps:.1f} fps  {mbps:.2f} Mbit/s  round trip {trip} ms  "
            f"{figures.dropped} dropped  {figures.viewers} watching"
        )
