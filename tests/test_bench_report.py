"""What is written of a measurement: tables, lines for spreadsheets, a page."""

import csv
import io
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path as FilePath

import pytest

from streamer import cli
from streamer.bench.latency.case import Means, Path, titles
from streamer.bench.latency.outcome import Report, outcome
from streamer.bench.latency.takes import Run
from streamer.bench.report.html import to_html
from streamer.bench.report.matrix import matrix_text
from streamer.bench.report.scale import Scale, bins, round_step, ticks
from streamer.bench.report.terminal import clock_error, report_text
from streamer.bench.report.writing import check_writable, to_csv, write
from streamer.errors import ConfigError
from tests.test_bench_latency import CASE, moments, take

RUN = Run((take(moments(0), moments(1), moments(2, late_us=40_000)),), 1.0, 0.25, 0.5)
EMPTY = Run((take(lost=3),), 1.0)


def report(*, complete: bool = True) -> Report:
    other = replace(CASE, path=Path.JPEG, means=Means.IMAGE, link="rate=2M<script>")
    outcomes = (outcome(CASE, (RUN, RUN)), outcome(other, (EMPTY,)))
    about = {"processor": "One & another"}
    return Report("2026-11-25 12:00 UTC", about, {"measured": "1 s"}, outcomes, complete)


def test_the_terminal_gets_every_figure() -> None:
    text = report_text(report(complete=False))
    rows = text.splitlines()
    names, total = ["h264", "webcodecs", "1280x720@30", "1", "-"], ["21.0", *["61.0"] * 4]
    assert rows[3].split()[:12] == [*names, *total, "20.0", "3.0"]
    assert rows[4].split()[4:7] == ["rate=2M<script>", "-", "-"]
    assert re.search(r"2\.0 +6\.0 +1\.0 +17\.3 +5\.0 +3\.0 +34\.3 +34\.3", text)
    assert "±0.20" in text
    assert [clock_error(ms) for ms in (0.2, 0, math.nan)] == ["±0.20", "one clock", "±-"]
    assert "interrupted: only what was measured until then" in text


def test_a_spreadsheet_gets_a_line_for_each_run() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(report()))))
    assert [(row["case_path"], row["run"]) for row in rows] == [
        ("h264", "1"),
        ("h264", "2"),
        ("jpeg", "1"),
    ]
    assert (rows[0]["total_p50_ms"], rows[0]["server_cpu_cores"]) == ("21.000", "0.250")


class Tags(HTMLParser):
    """Collects what a page is made of, and fails where it is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_but_itself() -> None:
    page = to_html(report())
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.seen.count("figure") == 2
    assert not {"script", "link", "img", "iframe"} & set(tags.seen)
    assert tags.addresses == []
    assert "url(" not in page
    assert "http" not in page
    assert "One &amp; another" in page
    assert "No picture was shown." in page


def test_the_quickest_is_told_by_the_screen_where_all_were_looked_at() -> None:
    by_screen = replace(take(moments(0, late_us=5_000)), screen_ms=(25.0,))
    mse = replace(CASE, means=Means.MSE)
    found = [outcome(CASE, (Run((by_screen,), 1.0),)), outcome(mse, (RUN,))]
    assert found[0].figures.total.p50 > found[1].figures.total.p50
    page = to_html(Report("", {}, {}, tuple(found)))
    assert "The quickest on the screen: H.264 by WebCodecs" in page
    assert "are on the screen within 25.0 ms of their capture, 99 of 100 within 25.0 ms" in page
    python = outcome(
        replace(CASE, means=Means.PYTHON), (Run((replace(take(moments(0)), screen_ms=()),), 1.0),)
    )
    page = to_html(Report("", {}, {}, (found[0], python)))
    assert "The quickest shown: H.264 in Python" in page
    assert "are shown within 21.0 ms" in page


def test_the_page_says_it_in_a_sentence() -> None:
    page = to_html(report(complete=False))
    assert "<p class='lead'>H.264 by WebCodecs" in page, "one was measured"
    sentence = "H.264 by WebCodecs, 1280 x 720, 30 fps. Half of its pictures are shown within 21.0"
    assert sentence in page
    assert "Interrupted" in page
    empty = Report("", {}, {}, (outcome(CASE, (EMPTY,)),))
    assert "No picture was shown while it was measured." in to_html(empty)
    assert "Interrupted" not in to_html(empty)


def test_what_failed_is_said_everywhere() -> None:
    failed = replace(report(), failures=("copy python: <no> picture.",))
    assert "failed: copy python: <no> picture." in report_text(failed)
    assert "<p class='notice'>copy python: &lt;no&gt; picture.</p>" in to_html(failed)


def on_links() -> Report:
    cases = [replace(CASE, path=path, link=link) for link in ("", "rate=1M") for path in Path]
    found = [outcome(case, (RUN,)) for case in cases]
    found[-1] = replace(found[-1], renditions=("copy", "h264-360"))
    return Report("2026-11-25 12:00 UTC", {}, {}, tuple(found))


def test_a_matrix_has_paths_down_and_links_across() -> None:
    rows = matrix_text(on_links()).splitlines()
    assert rows[1].split() == ["no", "limit", "rate=1M"]
    cell = ["21.0", "/", "61.0", "3.0", "fps"]
    assert [row.split()[3:] for row in rows[3:6]] == [
        [*cell, *cell],
        [*cell, *cell],
        [*cell, *cell, "h264-360"],
    ]


def test_many_cases_are_folded_on_the_page() -> None:
    page = to_html(on_links())
    assert page.count("<details>") == 6
    assert "<th scope='row'>JPEG by WebCodecs</th>" in page
    assert "61.0 · 3.0 fps · h264-360" in page
    assert "<summary>Copy by WebCodecs, 1280 x 720, 30 fps, rate=1M</summary>" in page
    assert "The server sent copy, then h264-360." in page


def test_titles_are_as_short_as_tells_them_apart() -> None:
    jpeg = replace(CASE, path=Path.JPEG, means=Means.IMAGE)
    assert titles((CASE, jpeg)) == ("H.264 by WebCodecs", "JPEG in a browser")
    many = replace(CASE, viewers=4)
    assert titles((CASE, many)) == ("H.264 by WebCodecs", "H.264 by WebCodecs, 4 viewers")
    assert titles(()) == ()


def test_round_numbers_along_an_axis() -> None:
    assert ticks(33, 4) == [0, 10, 20, 30, 40]
    assert ticks(0.9, 4) == [0, 0.25, 0.5, 0.75, 1.0]
    assert [round_step(value) for value in (0, 0.3, 1, 1.1, 70)] == [1, 0.5, 1, 2, 100]
    assert bins([0.1, 0.2, 3.9], 4) == (1, [2, 0, 0, 1])
    scale = Scale(0, 10, 100, 0)
    assert [scale(value) for value in (0, 5, 10, 20)] == [100, 50, 0, 0]


def test_files_are_written(tmp_path: FilePath) -> None:
    names = [tmp_path / name for name in ("a.json", "a.csv", "a.html")]
    write(report(), *names)
    assert [path.read_text()[:15].lower() for path in names] == [
        '{\n "format": "s',
        "case_path,case_",
        "<!doctype html>",
    ]


def test_what_cannot_be_written_is_said_before(
    tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_writable(tmp_path / "a.json", None)
    with pytest.raises(ConfigError, match="there is no folder"):
        check_writable(tmp_path / "no" / "a.json")
    with pytest.raises(ConfigError, match="it is a folder"):
        check_writable(tmp_path)
    monkeypatch.setattr("os.access", lambda path, _: path != tmp_path)
    with pytest.raises(ConfigError, match="no right to"):
        check_writable(tmp_path / "a.json")
    with pytest.raises(ConfigError, match="cannot be written"):
        write(report(), tmp_path, None, None)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--seconds", "0"], "--seconds is 0; it goes from 1 to 3600."),
        (["--runs", "0"], "--runs is 0; it goes from 1 to 100."),
        (["--max-latency", "5"], "--max-latency is 5; it goes from 100 to 10000."),
        (["--paths", "mpeg"], "--paths does not know 'mpeg'"),
        (["--browser", "foo"], "--browser 'foo': write webcodecs,mse, or one of them."),
        (["--browser", "python"], "--browser 'python': write webcodecs,mse, or one of them."),
        (["--link", "loss=3"], "'loss=3' is no part of a link"),
        (["--viewers", "x"], "write numbers from 1 to 200"),
        (["--sizes", "big"], "is no pattern"),
        (["--json", "/no/such/folder/a.json"], "there is no folder"),
        (["--url", "localhost"], "is no address of a server"),
        (["--url", "http://127.0.0.1:9/cam"], "gives no picture"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", "latency", *arguments]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
