"""The line in the terminal."""

import io

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
