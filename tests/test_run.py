"""The line that adds the suites up."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.run import Count, run, tally

PASSED = '<testcase classname="a" name="works"/>'
FAILED = '<testcase classname="a" name="breaks"><failure>why</failure></testcase>'
SKIPPED = '<testcase classname="a" name="waits"><skipped/></testcase>'
BROKEN = '<testcase classname="a" name="cannot"><error>why</error></testcase>'
CHATTY = '<testcase classname="a" name="talks"><system-out>hello</system-out></testcase>'


def suite(*cases: str) -> str:
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"


def writer(report: Path, text: str, code: int) -> list[str]:
    """Give a command that writes `text` as its report and ends with `code`."""
    program = f"open({str(report)!r}, 'w').write({text!r}); raise SystemExit({code})"
    return [sys.executable, "-c", program]


@pytest.mark.parametrize(
    ("cases", "count"),
    [
        ((PASSED, CHATTY), Count(2)),
        ((PASSED, FAILED), Count(1, ("js: failure: a breaks",))),
        ((SKIPPED, PASSED), Count(1, ("js: skipped: a waits",))),
        ((BROKEN,), Count(0, ("js: error: a cannot",))),
        ((), Count(0, ("js: no tests were found.",))),
    ],
)
def test_tally(cases: tuple[str, ...], count: Count) -> None:
    assert tally("js", ElementTree.fromstring(suite(*cases))) == count


def test_counts_add_up() -> None:
    assert Count(2, ("a",)) + Count(3, ("b",)) == Count(5, ("a", "b"))


def test_run_reads_the_report(tmp_path: Path) -> None:
    report = tmp_path / "js.xml"
    assert run(writer(report, suite(PASSED), 0), report) == Count(1)


def test_a_suite_that_ends_badly_has_failed(tmp_path: Path) -> None:
    report = tmp_path / "js.xml"
    count = run(writer(report, suite(PASSED), 3), report)
    assert count == Count(1, ("js: the suite ended with 3.",))


def test_a_report_of_the_run_before_does_not_count(tmp_path: Path) -> None:
    report = tmp_path / "js.xml"
    report.write_text(suite(PASSED))
    count = run([sys.executable, "-c", "raise SystemExit(4)"], report)
    assert count == Count(0, ("js: the suite ended with 4 and no report.",))
