"""How far a measurement is: a bar on a terminal, a line for each part elsewhere."""

import time
from collections.abc import Callable
from typing import TextIO

from streamer.client.statusline import fitted

_EVERY_S = 0.2
_WIDTH = 24
_CLEAR = "\r\x1b[K"
_FULL, _EMPTY = "█", "░"


class Progress:
    """Writes what is being done, of how much; `total_s` is how long all of it should take."""

    def __init__(
        self, out: TextIO, total_s: float, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._out = out
        self._total_s = total_s
        self._now_s = now_s
        self._is_terminal = out.isatty()
        self._shown_s = float("-inf")
        self._part = ""

    def show(self, part: str, done_s: float, figures: str = "") -> None:
        """Say what part it is, how many of the seconds are done, and what it looks like."""
        if not self._is_terminal:
            self._note(part)
            return
        now_s = self._now_s()
        if now_s - self._shown_s < _EVERY_S:
            return
        self._shown_s = now_s
        share = min(1.0, done_s / self._total_s) if self._total_s else 1.0
        left_s = max(0, round(self._total_s - done_s))
        full = round(share * _WIDTH)
        bar = _FULL * full + _EMPTY * (_WIDTH - full)
        left = f"{left_s // 60}:{left_s % 60:02d} left"
        line = f"{bar} {share:4.0%}  {left}  {part}  {figures}"
        self._write(f"{_CLEAR}{fitted(line, self._out)}")

    def close(self) -> None:
        """Leave nothing behind."""
        if self._is_terminal:
            self._write(_CLEAR)

    def _note(self, part: str) -> None:
        if part != self._part:
            self._part = part
            self._write(f"{part}\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
