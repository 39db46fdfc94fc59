"""Tables for the terminal. Pure."""

import math
from collections.abc import Sequence

from streamer.bench.latency.compare import Change, relative
from streamer.bench.latency.moments import LABELS, Stage
from streamer.bench.latency.outcome import Outcome, Report

_HEAD = (
    *("path", "by", "size", "viewers", "link", "p50", "p90", "p95", "p99", "max", "jitter"),
    *("fps", "dropped", "repeated", "Mbit/s", "server", "viewer"),
)
_SAME = 0.005  # is shown as 0%
_LEFT = 5  # so many columns are names


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Columns as wide as they need to be; the first `left` are words, the others figures."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = (
            text.ljust(width) if at < left else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    return "\n".join((line(head), "  ".join("-" * width for width in widths), *map(line, rows)))


def number(value: float, digits: int = 1) -> str:
    """A figure, or a dash where there is none."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"


def clock_error(ms: float) -> str:
    """How far the clocks may be apart; a server and viewers on one machine may have but one."""
    return "one clock" if ms == 0 else f"±{number(ms, 2)}"


def report_text(report: Report) -> str:
    """The whole report."""
    parts = [
        "Age of the pictures when they are shown, in ms; CPU in cores.",
        table(_HEAD, [_row(each) for each in report.outcomes], _LEFT),
        "\nWhere the time goes: means in ms, which add up to the total.",
        _stages(report.outcomes),
        "\nWhat says so, in ms.",
        _evidence(report.outcomes),
        "\n" + "\n".join(f"{key}: {value}" for key, value in about(report).items()),
    ]
    return "\n".join(parts)


def about(report: Report) -> dict[str, str]:
    """The machine, the versions and the settings."""
    cut = {} if report.complete else {"interrupted": "only what was measured until then"}
    failed = {"failed": " ".join(report.failures)} if report.failures else {}
    return {"when": report.when, **report.machine, **report.settings, **cut, **failed}


def _row(found: Outcome) -> list[str]:
    case, figures = found.case, found.figures
    total = figures.total
    return [
        *(case.path, case.means, f"{case.width}x{case.height}@{case.fps}"),
        *(str(case.viewers), case.link or "-"),
        *map(number, (total.p50, total.p90, total.p95, total.p99, total.max)),
        *map(number, (figures.jitter, figures.fps)),
        *(number(figures.dropped, 0), number(figures.repeated, 0)),
        *(number(figures.bitrate_bps / 1e6, 2), number(figures.server_cpu, 2)),
        number(figures.viewer_cpu, 2),
    ]


def _stages(outcomes: Sequence[Outcome]) -> str:
    head = ["case", *LABELS.values(), "sum", "total"]
    rows = []
    for each in outcomes:
        stages = each.figures.stages
        means = [number(stages[stage].mean) if stage in stages else "-" for stage in Stage]
        both = (each.figures.sum_of_stages, each.figures.total.mean)
        rows.append([each.case.name, *means, *map(number, both)])
    return table(head, rows)


def _evidence(outcomes: Sequence[Outcome]) -> str:
    head = (
        "case",
        "rendition",
        "clock error",
        "round trip",
        "by stamps",
        "by the mark",
        "on screen",
    )
    rows = [
        [
            each.case.name,
            ", then ".join(each.renditions) or "-",
            clock_error(each.figures.clock_error_ms),
            number(each.figures.round_trip_ms, 2),
            number(each.figures.stamped.p50),
            number(each.figures.marked.p50),
            number(each.figures.screen.p50),
        ]
        for each in outcomes
    ]
    return table(head, rows, 2)


def changes_table(changes: Sequence[Change], over: Sequence[Change]) -> str:
    """The change of each figure, case by case."""
    rows: list[list[str]] = []
    for each in changes:
        flag = "too much" if each in over else "within the clocks' error" if each.is_noise else ""
        share = relative(each.before, each.after)
        shown = f"{share:+.0%}" if math.isfinite(share) else "new"
        values = (_figure(each.before), _figure(each.after))
        rows.append([each.case, each.figure, *values, shown, verdict(each), flag])
    return table(("case", "figure", "before", "after", "change", "", ""), rows, 2)


def verdict(change: Change) -> str:
    """Whether a change is for the better, of those that are not below half a percent."""
    if abs(change.share) < _SAME:
        return "same"
    return "worse" if change.share > 0 else "better"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else number(value, 2)
