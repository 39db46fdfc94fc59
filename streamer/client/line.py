"""One line that says how something goes: rewritten on a terminal, else one every ten seconds."""

import time
from collections.abc import Callable
from typing import TextIO

_TERMINAL_S = 0.5
_PLAIN_S = 10.0
_CLEAR = "\r\x1b[K"


class StatusLine:
    """Writes what it is told, when it is time to."""

    def __init__(
        self, out: TextIO, label: str, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._out = out
        self._label = label
        self._now_s = now_s
        self._is_terminal = out.isatty()
        self.every_s = _TERMINAL_S if self._is_terminal else _PLAIN_S
        self._last_s = now_s()
        self._is_open = False

    @property
    def due_s(self) -> float | None:
        """How long ago the last line was written; None while that is too short a time."""
        elapsed_s = self._now_s() - self._last_s
        return elapsed_s if elapsed_s >= self.every_s else None

    def show(self, text: str) -> None:
        """Write it, if the last is old enough."""
        if self.due_s is None:
            return
        self._last_s = self._now_s()
        self._write(text, end="" if self._is_terminal else "\n")

    def note(self, text: str) -> None:
        """Write a line that stays."""
        self._write(text, end="\n")

    def close(self) -> None:
        """Leave the last line as it is."""
        if self._is_open:
            self._out.write("\n")
            self._out.flush()
            self._is_open = False

    def _write(self, text: str, end: str) -> None:
        clear = _CLEAR if self._is_terminal else ""
        self._out.write(f"{clear}{self._label}  {text}{end}")
        self._out.flush()
        self._is_open = self._is_terminal and not end
