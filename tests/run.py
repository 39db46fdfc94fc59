"""Run the Python and the JavaScript suites and end with one line that adds them up.

`python -m tests.run NODE`, from the root of the tree. A test that was skipped counts as failed,
because what did not run was not shown to work.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

RESULTS = Path("build/tests")
TROUBLE = ("failure", "error", "skipped")


@dataclass(frozen=True, slots=True)
class Count:
    """How many test cases passed, and one line for each that did not."""

    passed: int = 0
    failures: tuple[str, ...] = ()

    def __add__(self, other: "Count") -> "Count":
        return Count(self.passed + other.passed, self.failures + other.failures)


def main(node: str) -> int:
    """Run both suites; 0 when every test of both ran and passed."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    python_report = RESULTS / "python.xml"
    javascript_report = RESULTS / "javascript.xml"
    count = run(
        [sys.executable, "-m", "pytest", "--quiet", f"--junitxml={python_report}"], python_report
    )
    count += run(
        [
            node,
            "--test",
            "--test-reporter=spec",
            "--test-reporter-destination=stdout",
            "--test-reporter=junit",
            f"--test-reporter-destination={javascript_report}",
            "tests/web/**/*.test.js",
        ],
        javascript_report,
    )
    for failure in count.failures:
        print(failure)
    print(f"{count.passed} passed, {len(count.failures)} failed", flush=True)
    return 1 if count.failures else 0


def run(command: Sequence[str], report: Path) -> Count:
    """Run one suite, which writes a JUnit `report`, and count its test cases."""
    report.unlink(missing_ok=True)
    code = subprocess.run(command, check=False).returncode
    if not report.exists():
        return Count(failures=(f"{report.stem}: the suite ended with {code} and no report.",))
    count = tally(report.stem, ElementTree.parse(report).getroot())
    if code and not count.failures:
        return count + Count(failures=(f"{report.stem}: the suite ended with {code}.",))
    return count


def tally(suite: str, report: ElementTree.Element) -> Count:
    """Count the test cases of a JUnit report; a report without any is a failure."""
    count = Count()
    for case in report.iter("testcase"):
        trouble = next((child.tag for child in case if child.tag in TROUBLE), None)
        name = f"{case.get('classname')} {case.get('name')}"
        count += Count(failures=(f"{suite}: {trouble}: {name}",)) if trouble else Count(passed=1)
    return count if count != Count() else Count(failures=(f"{suite}: no tests were found.",))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
