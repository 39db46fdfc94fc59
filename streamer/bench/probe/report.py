"""What a probe found, for people and for programs. Pure."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict

from streamer.bench.probe.sightings import Figures, Tally
from streamer.bench.report.bars import histogram
from streamer.bench.report.terminal import number, table

FORMAT = "streamer-probe"
VERSION = 1
_HEAD = ("p50", "p90", "p95", "p99", "max", "mean", "jitter")
_TOO_BUSY = 0.9


def report_text(target: str, about: Mapping[str, str], tally: Tally) -> str:
    """The whole report."""
    found = tally.figures()
    seen = about.get("seen", "seen")
    parts = [
        f"{target}  {about.get('what', '')}".rstrip(),
        f"Age of the pictures when {seen}, in ms:",
        _ages(found),
        "",
        *histogram(tally.ages_ms),
        "",
        *sentences(found, about),
    ]
    return "\n".join(parts)


def sentences(found: Figures, about: Mapping[str, str]) -> list[str]:
    """What else is to be said of the figures."""
    counts = (
        f"{found.pictures} pictures in {found.seconds:.1f} s: {found.fps:.1f} fps; "
        f"{found.missed} missed, {found.repeated} repeated, {found.unread} without a mark; "
        f"longest time without a new one {found.longest_ms:.0f} ms."
    )
    said = [counts]
    if found.work.p50 > 0:
        said.append(f"Decoding takes {found.work.p50:.1f} ms of it.")
    if found.work.mean * found.fps / 1000 > _TOO_BUSY:
        said.append("This machine hardly decodes as fast as the pictures come; part is its delay.")
    said += [f"{key}: {about[key]}" for key in ("browser", "clock") if key in about]
    said += [about["note"]] if "note" in about else []
    if found.is_ahead:
        said.append(
            "The clock of whoever makes the pattern is ahead of this one; set both by NTP."
        )
    return said


def report_json(target: str, about: Mapping[str, str], tally: Tally) -> str:
    """The same for programs; a figure that there is none of is null."""
    found = asdict(tally.figures())
    age, work = found.pop("age"), found.pop("work")
    document = {
        "format": FORMAT,
        "version": VERSION,
        "target": target,
        **about,
        "age_ms": age,
        "work_ms": None if math.isnan(work["p50"]) else work,
        **found,
    }
    return json.dumps(_finite(document), indent=2)


def progress_text(tally: Tally, now_us: int, seconds: float) -> str:
    """How it goes, in a line."""
    if not tally.has_begun:
        without = f"; {tally.without_mark} pictures without one" if tally.without_mark else ""
        return f"waiting for a mark{without}"
    found = tally.figures()
    done = min(tally.seconds(now_us), seconds)
    return (
        f"{done:.0f} of {seconds:g} s  {found.fps:.1f} fps  "
        f"p50 {number(found.age.p50)} ms  p99 {number(found.age.p99)} ms  "
        f"{found.missed} missed  {found.repeated} repeated"
    )


def _ages(found: Figures) -> str:
    age = found.age
    values = (age.p50, age.p90, age.p95, age.p99, age.max, age.mean, found.jitter_ms)
    return table(_HEAD, [[number(value) for value in values]], left=0)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, float):
        return round(value, 3) if math.isfinite(value) else None
    return value
