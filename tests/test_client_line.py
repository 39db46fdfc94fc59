"""The line that says how something goes, on a terminal and in a log."""

import io

from streamer.client.line import StatusLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(out: io.StringIO) -> str:
    """Four times, 3 s apart, then a note and the end."""
    now_s = 0.0
    line = StatusLine(out, "cam", lambda: now_s)
    for index in range(1, 5):
        now_s = index * 3.0
        line.show(f"{index}")
    line.note("done")
    line.close()
    return out.getvalue()


def test_a_terminal_sees_each_in_the_same_place() -> None:
    shown = "".join(f"\r\x1b[Kcam  {index}" for index in range(1, 5))
    assert written(Terminal()) == f"{shown}\r\x1b[Kcam  done\n"


def test_a_log_gets_one_every_ten_seconds() -> None:
    assert written(io.StringIO()) == "cam  4\ncam  done\n"


def test_the_last_line_stays() -> None:
    out, now_s = Terminal(), [0.0]
    line = StatusLine(out, "cam", lambda: now_s[0])
    now_s[0] = 1.0
    line.show("1")
    line.close()
    line.close()
    assert out.getvalue() == "\r\x1b[Kcam  1\n"
