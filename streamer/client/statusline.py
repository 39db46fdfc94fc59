"""A command's word of how it goes: one line that changes on a terminal, else one every 10 s."""

import os
import time
from collections.abc import Callable
from typing import TextIO

_TERMINAL_S = 0.5
_PLAIN_S = 10.0
_CLEAR = "\r\x1b[K"
_CUT = "\N{HORIZONTAL ELLIPSIS}"


class StatusLine:
    """Writes to `out`; every line begins with `label`."""

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
    def elapsed_s(self) -> float:
        """For how long the last line has stood, or nothing was said."""
        return self._now_s() - self._last_s

    @property
    def is_due(self) -> bool:
        """Whether it is time for another line."""
        return self.elapsed_s >= self.every_s

    def show(self, text: str) -> None:
        """Write a line that the next one replaces, where it can."""
        self._last_s = self._now_s()
        line = f"{self._label}  {text}"
        self._is_open = self._is_terminal
        self._write(f"{_CLEAR}{fitted(line, self._out)}" if self._is_terminal else f"{line}\n")

    def note(self, sentence: str) -> None:
        """Write a line that stays."""
        clear = _CLEAR if self._is_terminal else ""
        self._is_open = False
        self._write(f"{clear}{self._label}  {sentence}\n")

    def close(self) -> None:
        """Leave the last line as it is."""
        if self._is_open:
            self._write("\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def fitted(line: str, terminal: TextIO) -> str:
    """As much of a line as a terminal shows in one: what wraps cannot be replaced by the next."""
    try:
        columns = os.get_terminal_size(terminal.fileno()).columns
    except (OSError, ValueError):
        return line
    # The last column is left free, as some terminals wrap when it is taken.
    if not columns or len(line) < columns:
        return line
    return f"{line[: max(0, columns - 2)]}{_CUT}"
