"""Where the benchmarks write what they found: one section after the other, each with its date."""

import datetime
import os
from collections.abc import Iterable
from pathlib import Path


def title(cores: str = "{} cores") -> str:
    """That of a section: the date, and on how many cores."""
    today = datetime.datetime.now(tz=datetime.UTC).date()
    return f"{today}, {cores.format(os.cpu_count())}"


def append(report: Path, intro: str, head: str, rows: Iterable[str]) -> None:
    """Add a section to a report, which begins with `intro`."""
    if not report.exists():
        report.write_text(intro)
    with report.open("a") as file:
        file.write(head + "\n".join(rows) + "\n")
