"""Writes a report to the files that were asked for."""

import csv
import io
import os
from pathlib import Path

from streamer.bench.latency.outcome import Report, flat, to_json
from streamer.bench.report.html import to_html
from streamer.errors import ConfigError

_CASE = ("path", "means", "width", "height", "fps", "viewers", "link")


def write(report: Report, json: Path | None, csv: Path | None, html: Path | None) -> None:
    """Write each of the files that has a name.

    Raises:
        ConfigError: one cannot be written.
    """
    for path, give in ((json, to_json), (csv, to_csv), (html, to_html)):
        if path is not None:
            write_text(path, give(report))


def write_text(path: Path, text: str) -> None:
    """Write one file.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written ({exc.strerror}).") from exc


def check_writable(*paths: Path | None) -> None:
    """Say before a long measurement what could not be written after it.

    Raises:
        ConfigError: a folder is not there, or its file may not be written.
    """
    for path in filter(None, paths):
        folder = path.absolute().parent
        if not folder.is_dir():
            raise ConfigError(f"{path} cannot be written: there is no folder {path.parent}.")
        if path.is_dir():
            raise ConfigError(f"{path} cannot be written: it is a folder; name a file in it.")
        if not os.access(path if path.exists() else folder, os.W_OK):
            raise ConfigError(f"{path} cannot be written: you have no right to; name another.")


def to_csv(report: Report) -> str:
    """One line for each run of each case, with every figure."""
    rows = [
        {
            **{f"case_{key}": getattr(each.case, key) for key in _CASE},
            "run": number,
            **{key: f"{value:.3f}" for key, value in flat(run).items()},
        }
        for each in report.outcomes
        for number, run in enumerate(each.runs, 1)
    ]
    out = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
