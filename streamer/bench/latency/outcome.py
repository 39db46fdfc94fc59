"""What a benchmark found, as it is written to a file and read back to be compared."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path as FilePath
from typing import Any

from streamer.bench.latency.case import Case
from streamer.bench.latency.moments import Moments
from streamer.bench.latency.spread import Spread, spread
from streamer.bench.latency.takes import Figures, Run, figures, median_of
from streamer.errors import ConfigError

FORMAT = "streamer-latency"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Point:
    """One picture in a chart: when it was shown, seconds from the start, and its age then."""

    at_s: float
    age_ms: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found of a case: the median of its runs, each of them, and all pictures.

    `renditions` are those that the server sent; more than one where it had to change.
    """

    case: Case
    figures: Figures
    runs: tuple[Figures, ...]
    points: tuple[Point, ...]
    renditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All that one command measured, with what somebody else needs to do the same.

    `failures` are the sentences of the cases that could not be measured.
    """

    when: str
    machine: Mapping[str, str]
    settings: Mapping[str, str]
    outcomes: tuple[Outcome, ...]
    complete: bool = True
    failures: tuple[str, ...] = ()


def outcome(case: Case, runs: Sequence[Run]) -> Outcome:
    """What the runs of a case come to."""
    each = tuple(figures(run, case.fps) for run in runs)
    takes = [take for run in runs for take in run.takes]
    sent = dict.fromkeys(name for take in takes for name in take.renditions if name)
    return Outcome(case, median_of(each), each, _points(runs), tuple(sent))


def _points(runs: Sequence[Run]) -> tuple[Point, ...]:
    """The pictures of all runs and viewers, as if the runs followed each other."""
    points, shift_s = [], 0.0
    for run in runs:
        moments = sorted((m for take in run.takes for m in take.moments), key=_end_us)
        start_us = moments[0].end_us if moments else 0
        points += [
            Point(round(shift_s + (m.end_us - start_us) / 1e6, 3), round(m.total_ms, 2))
            for m in moments
        ]
        shift_s += run.seconds
    return tuple(points)


def _end_us(moments: Moments) -> int:
    return moments.end_us


def to_json(report: Report) -> str:
    """The report as a file of its own, for `compare` and for other programs."""
    body = {
        "format": FORMAT,
        "version": VERSION,
        "when": report.when,
        "complete": report.complete,
        "failures": list(report.failures),
        "machine": dict(report.machine),
        "settings": dict(report.settings),
        "cases": [_case(each) for each in report.outcomes],
    }
    return json.dumps(_finite(body), indent=1)


def _case(found: Outcome) -> dict[str, Any]:
    return {
        "name": found.case.name,
        **asdict(found.case),
        "renditions": list(found.renditions),
        "figures": flat(found.figures),
        "runs": [flat(each) for each in found.runs],
        "points": [[point.at_s, point.age_ms] for point in found.points],
    }


def flat(found: Figures) -> dict[str, float]:
    """Every figure under one name, with its unit."""
    values: dict[str, float] = {}
    for name in ("total", "marked", "stamped", "screen"):
        values |= {f"{name}_{key}_ms": ms for key, ms in asdict(getattr(found, name)).items()}
    for stage, each in found.stages.items():
        values |= {f"{stage}_p50_ms": each.p50, f"{stage}_mean_ms": each.mean}
    return values | {
        "jitter_ms": found.jitter,
        "fps": found.fps,
        "painted": found.painted,
        "dropped": found.dropped,
        "repeated": found.repeated,
        "bitrate_bps": found.bitrate_bps,
        "bytes": found.nbytes,
        "server_cpu_cores": found.server_cpu,
        "viewer_cpu_cores": found.viewer_cpu,
        "clock_error_ms": found.clock_error_ms,
        "round_trip_ms": found.round_trip_ms,
    }


def _finite(value: Any) -> Any:
    """The same without NaN, which JSON does not know; figures are kept to a thousandth."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    if isinstance(value, float):
        return round(value, 3) if math.isfinite(value) else None
    return value


def read_figures(path: FilePath) -> dict[str, dict[str, float]]:
    """The figures of each case in a file that `to_json` made, by the case's name.

    Raises:
        ConfigError: it cannot be read, or is something else.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(f"{path} cannot be read ({exc.strerror}).") from exc
    except ValueError as exc:
        raise ConfigError(f"{path} is no JSON; name a file that --json wrote.") from exc
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise ConfigError(
            f"{path} is no report of `bench latency` or `bench matrix`; name a file that their "
            "--json wrote."
        )
    if body.get("version") != VERSION:
        raise ConfigError(f"{path} is of another version of `bench`; measure again.")
    try:
        return {str(case["name"]): _known(case["figures"]) for case in body["cases"]}
    except (LookupError, TypeError, ValueError, AttributeError) as exc:
        raise ConfigError(f"{path} is a damaged report; measure again.") from exc


def _known(figures: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in figures.items() if value is not None}


def ages(found: Outcome) -> Spread:
    """How the ages of all pictures of all runs spread."""
    return spread([point.age_ms for point in found.points])
