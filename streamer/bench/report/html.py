"""The report of latency as a page."""

import math
from collections.abc import Sequence
from html import escape

from streamer.bench.latency.case import titles
from streamer.bench.latency.moments import LABELS
from streamer.bench.latency.outcome import Outcome, Report
from streamer.bench.latency.spread import Spread
from streamer.bench.report.charts import (
    histogram,
    legend,
    over_time,
    percentile_curve,
    series,
    stage_bars,
)
from streamer.bench.report.matrix import links_of, matrix_html
from streamer.bench.report.page import INTERRUPTED, headline, how, notice, page, table
from streamer.bench.report.terminal import about, clock_error, number

_MOST_OPEN = 4
_HOW = """
<p>The age of a picture is the time from its capture to the moment in which it is shown. The server
stamps each picture when it was captured, decoded, encoded and published; the viewer notes when it
came, was decoded and was painted. The quickest of many pings sets the viewer's clock to the
server's; half of that round trip is how far it may be off (clock error). Viewers in Python on the
machine of the server that is measured have the same clock.</p>
<p>The pattern carries the time of its making in its pixels. So the age is measured a second time,
independently of all stamps, from what is on the viewer's canvas (by the mark) and on the screen as
the compositor shows it (on screen). Dropped pictures never came or came too late; a picture is
repeated when no new one came within a frame interval. The warm-up is left out. With several runs
the figures are medians of the runs (means are means of all), and the charts show the pictures of
all. Painted means handed to the browser's compositor, which shows it with the next refresh of the
screen; a video element hands over earlier than a canvas, so compare the two by what is on
screen.</p>
"""


def to_html(report: Report) -> str:
    """The page."""
    outcomes = report.outcomes
    body = [
        "" if report.complete else notice(INTERRUPTED),
        *map(notice, report.failures),
        f"<p class='lead'>{escape(_sentence(outcomes))}</p>" if outcomes else "",
        matrix_html(report) if len(links_of(outcomes)) > 1 else "",
        _overview(outcomes),
        *(_folded(each, len(outcomes) > _MOST_OPEN) for each in outcomes),
        how(about(report), _HOW),
    ]
    return page("Latency report", report.when, body)


def _sentence(outcomes: Sequence[Outcome]) -> str:
    """The best of what was measured, in words."""
    known = [each for each in outcomes if math.isfinite(each.figures.total.p50)]
    if not known:
        return "No picture was shown while it was measured."
    is_single = len(known) == 1
    # A video element calls another moment painted than a canvas does; the screen is one for all.
    by_screen = not is_single and all(math.isfinite(each.figures.screen.p50) for each in known)

    def ages(found: Outcome) -> Spread:
        return found.figures.screen if by_screen else found.figures.total

    best = min(known, key=lambda each: ages(each).p50)
    where = "on the screen" if by_screen else "shown"
    first = "" if is_single else f"The quickest {where}: "
    return (
        f"{first}{best.case.title}. "
        f"Half of its pictures are {where} within {ages(best).p50:.1f} ms of their capture, 99 of "
        f"100 within {ages(best).p99:.1f} ms."
    )


def _overview(outcomes: Sequence[Outcome]) -> str:
    head = (
        *("", "p50", "p90", "p95", "p99", "max", "on screen", "jitter", "fps", "dropped"),
        *("repeated", "Mbit/s", "server CPU", "viewer CPU"),
    )
    names = titles([each.case for each in outcomes])
    rows = [_overview_row(*each) for each in zip(names, outcomes, strict=True)]
    keys = "".join(
        f'<li><svg class="key" viewBox="0 0 22 10" aria-hidden="true"><line class="{series(at)}" '
        f'y1="5" y2="5" x2="22"/></svg>{escape(name)}</li>'
        for at, name in enumerate(names)
    )
    return (
        "<h2>Age of the pictures when they are shown</h2><p class='soft'>In ms; CPU in cores.</p>"
        f"<div class='panel'>{table(head, rows, 1)}</div>"
        "<h2>Where the time goes</h2><p class='soft'>Means in ms, which add up.</p>"
        f"<div class='panel'>{legend(outcomes)}"
        f"<div class='scroll wide'>{stage_bars(outcomes)}</div></div>"
        "<h2>How bad the rare ones are</h2>"
        "<p class='soft'>So large a share of the pictures is at most so old, in ms.</p>"
        f"<div class='panel'><ul class='legend'>{keys}</ul>"
        f"<div class='scroll wide'>{percentile_curve(outcomes)}</div></div>"
    )


def _overview_row(name: str, found: Outcome) -> list[str]:
    figures, total = found.figures, found.figures.total
    return [
        name,
        *map(number, (total.p50, total.p90, total.p95, total.p99, total.max)),
        *map(number, (figures.screen.p50, figures.jitter, figures.fps)),
        *(number(figures.dropped, 0), number(figures.repeated, 0)),
        number(figures.bitrate_bps / 1e6, 2),
        *(number(figures.server_cpu, 2), number(figures.viewer_cpu, 2)),
    ]


def _folded(found: Outcome, folded: bool) -> str:
    """One case: open, or for who asks where there are many."""
    title, body = escape(found.case.title), _case(found)
    if not folded:
        return f"<h2>{title}</h2>{body}"
    return f"<details><summary>{title}</summary>{body}</details>"


def _case(found: Outcome) -> str:
    if not found.points:
        return "<p>No picture was shown.</p>"
    return (
        f"{_moves(found)}{_figures(found)}"
        "<div class='pair'><figure class='panel scroll'><figcaption>How many pictures were how old"
        f"</figcaption>{histogram(found.points)}</figure>"
        "<figure class='panel scroll'><figcaption>The age of each, in ms, over the time in which "
        f"it was measured</figcaption>{over_time(found.points)}</figure></div>"
        f"<h3>Stages, ms</h3><div class='panel'>{_stages(found)}</div>"
    )


def _moves(found: Outcome) -> str:
    """Which renditions were sent, where it was more than the one asked for."""
    if found.renditions in ((), (str(found.case.path),)):
        return ""
    sent = escape(", then ".join(found.renditions))
    return f"<p class='soft'>The server sent {sent}.</p>"


def _figures(found: Outcome) -> str:
    figures = found.figures
    error_ms = figures.clock_error_ms
    shown = (
        ("median age", number(figures.total.p50), "ms"),
        ("99 of 100 below", number(figures.total.p99), "ms"),
        ("clock error", clock_error(error_ms), "ms" if error_ms else ""),
        ("by the mark, on the canvas", number(figures.marked.p50), "ms"),
        ("the same pictures by stamps", number(figures.stamped.p50), "ms"),
        ("on screen", number(figures.screen.p50), "ms"),
        ("round trip", number(figures.round_trip_ms, 2), "ms"),
    )
    return headline([each for each in shown if not each[1].endswith("-")])


def _stages(found: Outcome) -> str:
    rows = [
        [LABELS[stage], *map(number, (each.mean, each.p50, each.p90, each.p99, each.max))]
        for stage, each in found.figures.stages.items()
    ]
    total = found.figures.total
    all_of_it = map(number, (total.mean, total.p50, total.p90, total.p99, total.max))
    rows.append(["all, from captured", *all_of_it])
    return table(("from the moment before", "mean", "p50", "p90", "p99", "max"), rows, 1)
