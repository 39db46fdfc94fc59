"""What the command says of how it goes."""

import io

from streamer.client.publish.progress import Progress
from streamer.client.publish.session import Figures


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Time:
    """Seconds that move when told."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


FIGURES = Figures(
    sent=300, sent_bytes=5_000_000, dropped=2, sessions=1, viewers=4, round_trip_us=1234
)
LINE = "cam  30.0 fps  4.00 Mbit/s  round trip 1.2 ms  2 dropped  4 watching"


def test_a_plain_line_every_ten_seconds() -> None:
    out, time = io.StringIO(), Time()
    progress = Progress(out, "cam", time)
    time.now_s = 9.9
    progress.show(FIGURES, None)
    assert out.getvalue() == ""
    time.now_s = 10
    progress.show(FIGURES, None)
    progress.show(FIGURES, None)
    progress.close()
    assert out.getvalue() == f"{LINE}\n"


def test_trouble_is_told_at_once_and_once() -> None:
    out, time = io.StringIO(), Time()
    progress = Progress(out, "cam", time)
    for trouble in ("No server.", "No server.", None, "No server.", "No source."):
        time.now_s += progress.every_s
        progress.show(FIGURES, trouble)
    assert out.getvalue() == "cam  No server.\ncam  No source.\n"
    time.now_s += 10
    progress.show(FIGURES, None)
    progress.show(FIGURES, "No source.")
    assert out.getvalue().splitlines()[3] == "cam  No source."


def test_one_line_that_changes_on_a_terminal() -> None:
    out, time = Terminal(), Time()
    progress = Progress(out, "cam", time)
    for _ in range(2):
        time.now_s += 0.5
        progress.show(Figures(), "No server.")
    progress.close()
    assert out.getvalue() == "\r\x1b[Kcam  No server.\r\x1b[Kcam  No server.\n"


def test_rates_are_of_the_time_since_the_last_line() -> None:
    out, time = io.StringIO(), Time()
    progress = Progress(out, "cam", time)
    for seconds in (10, 20):
        time.now_s = seconds
        progress.show(FIGURES, None)
    second = out.getvalue().splitlines()[1]
    assert second.startswith("cam  0.0 fps  0.00 Mbit/s")
    time.now_s = 30
    progress.show(Figures(), None)
    assert "round trip - ms" in out.getvalue()
