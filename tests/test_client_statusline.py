"""The line in the terminal."""

import io
import os

import pytest

from streamer.client.statusline import StatusLine
from tests.test_client_progress import Terminal, Time


def test_lines_that_stay_do_not_run_into_those_that_change() -> None:
    out, time = Terminal(), Time()
    line = StatusLine(out, "cam", time)
    line.show("30 fps")
    line.note("The stream has ended.")
    line.close()
    assert out.getvalue() == "\r\x1b[Kcam  30 fps\r\x1b[Kcam  The stream has ended.\n"


def test_when_the_next_is_due() -> None:
    time = Time()
    line = StatusLine(io.StringIO(), "cam", time)
    time.now_s = 9
    assert (line.is_due, line.elapsed_s) == (False, 9)
    time.now_s = 11
    assert line.is_due
    line.show("x")
    assert (line.is_due, line.elapsed_s) == (False, 0)


def test_a_line_is_cut_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What wraps cannot be replaced by the next line, and would fill the screen."""
    out, time = Terminal(), Time()
    monkeypatch.setattr(out, "fileno", lambda: 1)
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((12, 24)))
    line = StatusLine(out, "cam", time)
    line.show("30.0 fps  2.31 Mbit/s")
    assert out.getvalue() == "\r\x1b[Kcam  30.0 \N{HORIZONTAL ELLIPSIS}"
    line.note("A sentence that stays is whole.")
    assert out.getvalue().endswith("whole.\n")
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((0, 0)))
    line.show("a width that is not known cuts nothing")
    assert out.getvalue().endswith("nothing")
