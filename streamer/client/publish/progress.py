"""How publishing goes, for who looks at the command: one line that changes, or one every 10 s."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from streamer.client.publish.session import Figures

_TERMINAL_S = 0.5
_PLAIN_S = 10.0
_CLEAR = "\r\x1b[K"


@dataclass(frozen=True, slots=True)
class _Reading:
    at_s: float
    sent: int
    sent_bytes: int


class Progress:
    """Writes what the figures say, when it is time to."""

    def __init__(
        self, out: TextIO, label: str, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._out = out
        self._label = label
        self._now_s = now_s
        self._is_terminal = out.isatty()
        self.every_s = _TERMINAL_S if self._is_terminal else _PLAIN_S
        self._last = _Reading(now_s(), 0, 0)

    def show(self, figures: Figures, trouble: str | None) -> None:
        """Write a line, if the last is old enough."""
        elapsed_s = self._now_s() - self._last.at_s
        if elapsed_s < self.every_s:
            return
        text = f"{self._label}  {trouble or self._rates(figures, elapsed_s)}"
        self._last = _Reading(self._now_s(), figures.sent, figures.sent_bytes)
        self._out.write(f"{_CLEAR}{text}" if self._is_terminal else f"{text}\n")
        self._out.flush()

    def note(self, sentence: str) -> None:
        """Write a line that stays."""
        self._out.write(f"{_CLEAR if self._is_terminal else ''}{self._label}  {sentence}\n")
        self._out.flush()

    def close(self) -> None:
        """Leave the last line as it is."""
        if self._is_terminal:
            self._out.write("\n")
            self._out.flush()

    def _rates(self, figures: Figures, elapsed_s: float) -> str:
        fps = (figures.sent - self._last.sent) / elapsed_s
        mbps = (figures.sent_bytes - self._last.sent_bytes) * 8 / 1e6 / elapsed_s
        trip_us = figures.round_trip_us
        trip = "-" if trip_us is None else f"{trip_us / 1000:.1f}"
        return (
            f"{fps:.1f} fps  {mbps:.2f} Mbit/s  round trip {trip} ms  "
            f"{figures.dropped} dropped  {figures.viewers} watching"
        )
