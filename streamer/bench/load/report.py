"""The report of a load, for terminals and programs. Pure."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any

from streamer.bench.load.outcome import Outcome, Second
from streamer.bench.load.ramp import Found
from streamer.bench.report.terminal import number, table

KIND = "load"
SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "max": 1.0}
_MB = 1e6
_BARS = "▁▂▃▄▅▆▇█"
_HEAD = (
    *("viewers", "p50", "p90", "p95", "p99", "max", "delivered", "dropped", "late", "moved"),
    "lost",
    *("Mbit/s", "server", "+workers", "MB", "+workers", "generator"),
)
# How it is shown, its name, the unit, and digits.
_CURVES = (
    ("p50, ms", "staleness_p50_ms", 1, 1),
    ("p99, ms", "staleness_p99_ms", 1, 1),
    ("delivered per s", "delivered_per_s", 1, 0),
    ("dropped per s", "dropped_per_s", 1, 0),
    ("server, cores", "server_cpu", 1, 2),
    ("with workers", "server_cpu_with_workers", 1, 2),
    ("server, MB", "server_memory", _MB, 1),
    ("generator, cores", "generator_busy", 1, 2),
)


@dataclass(frozen=True, slots=True)
class Report:
    """All steps of one measurement; `found` is the largest number within the budget."""

    when: str
    machine: dict[str, str]
    settings: dict[str, str]
    outcomes: tuple[Outcome, ...]
    clock_error_ms: float
    found: Found | None = None
    complete: bool = True

    @property
    def main(self) -> Outcome | None:
        """What the report is about: the largest number within the budget, or the last."""
        largest = None if self.found is None else self.found.viewers
        fit = [each for each in self.outcomes if each.viewers == largest] or self.outcomes
        return fit[-1] if fit else None


def about(report: Report) -> dict[str, str]:
    """The machine, the versions and the settings."""
    cut = {} if report.complete else {"interrupted": "only what was measured until then"}
    clock = {"clock error": f"±{number(report.clock_error_ms, 2)} ms"}
    return {**report.machine, **report.settings, **clock, **cut}


def figures(found: Outcome) -> dict[str, float]:
    """What one step came to, as numbers."""
    ages = found.ages
    return {
        "viewers": found.viewers,
        **{f"staleness_{name}_ms": ages.percentile_ms(share) for name, share in SHARES.items()},
        "delivered": found.delivered,
        "dropped": found.missed,
        "late": found.late,
        "moved": found.moved,
        "lost": found.lost,
        "bitrate_bps": found.bitrate_bps,
        "server_cpu": found.own.cores,
        "server_cpu_with_workers": found.all.cores,
        "server_memory": found.own.resident,
        "server_memory_with_workers": found.all.resident,
        "generator_busy": found.busy,
        "generator_pause_ms": found.pause_ms,
        "machine_idle": found.idle,
    }


def to_json(report: Report) -> str:
    """All of it."""
    found = report.found
    told: dict[str, Any] = {
        "kind": KIND,
        "when": report.when,
        "machine": report.machine,
        "settings": report.settings,
        "complete": report.complete,
        "clock_error_ms": _known(report.clock_error_ms),
        "steps": [
            {
                **_all_known(figures(each)),
                "doubts": each.doubts(),
                "seconds": [_all_known(second) for second in _seconds(each)],
            }
            for each in report.outcomes
        ],
    }
    if found is not None:
        told["largest"] = asdict(found)
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def text(report: Report) -> str:
    """The whole report for a terminal."""
    parts = ["Interrupted before anything was measured."]
    if report.outcomes:
        parts = [
            "Age of the pictures on arrival, in ms; CPU in cores, memory in MB.",
            table(_HEAD, [_row(each) for each in report.outcomes]),
        ]
    if report.main is not None and len(report.main.seconds) > 1:
        parts += ["", f"{report.main.viewers} viewers, second by second:", _over_time(report.main)]
    if report.main is not None:
        parts += ["", *report.main.doubts()] if report.main.doubts() else []
    parts += ["", verdict(report)] if report.found is not None else []
    return "\n".join([*parts, "", *(f"{key}: {value}" for key, value in about(report).items())])


def verdict(report: Report) -> str:
    """The answer of a ramp, in a sentence."""
    found, budget = report.found, report.settings.get("budget", "")
    if found is None:
        return ""
    if not found.viewers and found.is_limit:
        return f"Not even the least number of viewers stayed within a {budget}."
    if not found.viewers:
        return (
            f"No number of viewers is known to stay within a {budget}; none was measured for long."
        )
    if found.is_limit:
        return f"{found.viewers} viewers stay within a {budget}; 5 % more do not."
    if found.too_many is not None:
        between = f"{found.too_many} do not; what lies between was not measured."
        return f"At least {found.viewers} viewers stay within a {budget}, and {between}"
    return f"At least {found.viewers} viewers stay within a {budget}; more was not measured."


def sparkline(values: Sequence[float]) -> str:
    """A value over time, as a line of bars from zero to the greatest."""
    known = [each for each in values if math.isfinite(each)]
    most = max(known, default=0.0)

    def bar(value: float) -> str:
        if not math.isfinite(value):
            return " "
        share = value / most if most > 0 else 0.0
        return _BARS[min(len(_BARS) - 1, int(share * len(_BARS)))]

    return "".join(map(bar, values))


def _row(found: Outcome) -> list[str]:
    ages = found.ages
    return [
        str(found.viewers),
        *(number(ages.percentile_ms(share)) for share in SHARES.values()),
        f"{found.delivered:,}",
        f"{found.missed:,}",
        f"{found.late:,}",
        *(str(found.moved), str(found.lost)),
        number(found.bitrate_bps / 1e6),
        *(number(found.own.cores, 2), number(found.all.cores, 2)),
        *(number(found.own.resident / _MB, 0), number(found.all.resident / _MB, 0)),
        f"{found.busy:.0%}",
    ]


def _over_time(found: Outcome) -> str:
    def values(name: str) -> list[float]:
        return [each[name] for each in _seconds(found)]

    rows = []
    for shown, name, scale, digits in _CURVES:
        curve = [each / scale for each in values(name)]
        if any(map(math.isfinite, curve)):
            known = [each for each in curve if math.isfinite(each)]
            span = f"{number(min(known), digits)} to {number(max(known), digits)}"
            rows.append([shown, sparkline(curve), span])
    width = max(len(row[0]) for row in rows)
    return "\n".join(f"  {name:<{width}}  {bars}  {span}" for name, bars, span in rows)


def _seconds(found: Outcome) -> list[dict[str, float]]:
    """What each second came to, and when it was over."""
    ends = accumulate(each.lasted_s for each in found.seconds)
    return [_second(at_s, each) for at_s, each in zip(ends, found.seconds, strict=True)]


def _second(at_s: float, second: Second) -> dict[str, float]:
    taken, lasted_s = second.taken, max(second.lasted_s, 1e-9)
    return {
        "at_s": at_s,
        "staleness_p50_ms": taken.ages.percentile_ms(0.5),
        "staleness_p99_ms": taken.ages.percentile_ms(0.99),
        "delivered_per_s": taken.delivered / lasted_s,
        "dropped_per_s": taken.missed / lasted_s,
        "server_cpu": second.own.cores,
        "server_cpu_with_workers": second.all.cores,
        "server_memory": second.own.resident,
        "server_memory_with_workers": second.all.resident,
        "generator_busy": taken.busy,
    }


def curve(found: Outcome, name: str, scale: float = 1.0) -> list[tuple[float, float]]:
    """A figure over time, without the seconds in which it is not known."""
    points = [(each["at_s"], each[name] / scale) for each in _seconds(found)]
    return [point for point in points if math.isfinite(point[1])]


def _all_known(numbers: dict[str, float]) -> dict[str, float | None]:
    return {name: _known(value) for name, value in numbers.items()}


def _known(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None
