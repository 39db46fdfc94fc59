"""The charts of a report, as inline SVG whose colours are the page's. Pure."""

import math
from collections.abc import Sequence
from html import escape

from streamer.bench.latency.case import titles
from streamer.bench.latency.moments import LABELS, Stage
from streamer.bench.latency.outcome import Outcome, Point
from streamer.bench.latency.spread import percentile, spread
from streamer.bench.report.scale import Scale, bins, ticks

WIDTH, HEIGHT = 540, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 10, 24
_BINS, _X_TICKS, _Y_TICKS = 70, 8, 4
_ROW, _BAR = 52, 18
_SHARES = (0.0, 0.5, 0.9, 0.99, 0.999)
_MOST_DOTS = 6000
SERIES = 6  # so many colours; further cases are dashed


def svg(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    """A drawing that says what it is to who cannot see it."""
    body = "".join(parts)
    box = f'viewBox="0 0 {width} {height}"'
    return f'<svg {box} role="img" aria-label="{escape(label)}">{body}</svg>'


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """Words at a place."""
    place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def stage_bars(outcomes: Sequence[Outcome]) -> str:
    """Where the time goes, case by case: the means of the stages, one after the other."""
    sums = (each.figures.sum_of_stages for each in outcomes)
    longest = max(filter(math.isfinite, sums), default=1.0)
    marks = ticks(longest, _X_TICKS)
    x = Scale(0, marks[-1], 0, 2 * WIDTH - 60)
    height = _ROW * len(outcomes) + 22
    parts = [line(x(at), 0, x(at), height - 18, "grid") for at in marks]
    parts += [text(x(at), height - 4, f"{at:g}", "tick", "middle") for at in marks[1:-1]]
    parts += [
        text(x(0), height - 4, "0", "tick"),
        text(x(marks[-1]), height - 4, "ms", "tick", "end"),
    ]
    names = titles([each.case for each in outcomes])
    for row, (name, each) in enumerate(zip(names, outcomes, strict=True)):
        parts.append(_stage_bar(name, each, row * _ROW, x))
    return svg(2 * WIDTH, height, "Where the time goes, by case", parts)


def _stage_bar(name: str, found: Outcome, top: float, x: Scale) -> str:
    parts, at_ms = [text(0, top + 20, name, "name")], 0.0
    for stage, each in found.figures.stages.items():
        left, right = x(at_ms), x(at_ms + each.mean)
        title = f"<title>{LABELS[stage]}: {each.mean:.1f} ms</title>"
        place = f'x="{left:g}" y="{top + 27:g}" width="{max(0.0, right - left):g}" height="{_BAR}"'
        parts.append(f'<rect class="{stage}" {place}>{title}</rect>')
        if right - left > 34:
            parts.append(
                text((left + right) / 2, top + 40, f"{each.mean:.1f}", f"in-{stage}", "middle")
            )
        at_ms += each.mean
    parts.append(text(x(at_ms) + 6, top + 40, f"{at_ms:.1f} ms", "value"))
    return "".join(parts)


def legend(outcomes: Sequence[Outcome]) -> str:
    """What the colours of the stages mean."""
    known = [stage for stage in Stage if any(stage in each.figures.stages for each in outcomes)]
    items = (
        f'<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="{stage}" width="10" '
        f'height="10" rx="2"/></svg>{escape(LABELS[stage])}</li>'
        for stage in known
    )
    return f'<ul class="legend">{"".join(items)}</ul>'


def percentile_curve(outcomes: Sequence[Outcome]) -> str:
    """How old the oldest part of the pictures is: ages over shares, the rare ones drawn wide."""
    all_ages = [sorted(point.age_ms for point in each.points) for each in outcomes]
    shown = max((percentile(ages, 0.999) for ages in all_ages if ages), default=1.0)
    marks = ticks(shown, _Y_TICKS)
    y = Scale(0, marks[-1], HEIGHT - _BOTTOM, _TOP)
    x = Scale(0, _nines(_SHARES[-1]), _LEFT, 2 * WIDTH - 10)
    parts = y_axis(marks, y, 2 * WIDTH)
    for share in _SHARES:
        at, anchor = x(_nines(share)), _anchor(share)
        parts.append(line(at, _TOP, at, HEIGHT - _BOTTOM, "grid"))
        parts.append(text(at, HEIGHT - 6, f"{share:.1%}".replace(".0%", "%"), "tick", anchor))
    for index, ages in enumerate(all_ages):
        steps = [1 - 10 ** (-_nines(0.999) * step / 200) for step in range(201)]
        path = " ".join(f"{x(_nines(at))},{y(percentile(ages, at))}" for at in steps if ages)
        name = escape(outcomes[index].case.title)
        parts.append(
            f'<polyline class="{series(index)}" points="{path}"><title>{name}</title></polyline>'
        )
    return svg(2 * WIDTH, HEIGHT, "Age by share of pictures, for each case", parts)


def _nines(share: float) -> float:
    return -math.log10(1 - share)


def _anchor(share: float) -> str:
    return {_SHARES[0]: "start", _SHARES[-1]: "end"}.get(share, "middle")


def series(index: int) -> str:
    """The classes of the curve of a case."""
    return f"curve c{index % SERIES}" + (" dashed" if index >= SERIES else "")


def histogram(points: Sequence[Point]) -> str:
    """How many pictures were how old."""
    ages = [point.age_ms for point in points]
    found = spread(ages)
    width_ms, counts = bins([min(age, 1.25 * found.p99) for age in ages], _BINS)
    marks, most = ticks(max(counts, default=1), _Y_TICKS), ticks(width_ms * len(counts), _X_TICKS)
    x = Scale(0, most[-1], _LEFT, WIDTH - _RIGHT)
    y = Scale(0, marks[-1], HEIGHT - _BOTTOM, _TOP)
    parts = y_axis(marks, y, WIDTH) + x_axis(most, x, "ms")
    for index, count in enumerate(counts):
        left, right = x(index * width_ms), x((index + 1) * width_ms)
        parts.append(_bar(left, y(count), right - left, y(0) - y(count), f"{count} pictures"))
    for name, value in (("p50", found.p50), ("p99", found.p99)):
        parts.append(line(x(value), _TOP, x(value), HEIGHT - _BOTTOM, "rule"))
        side, anchor = (4, "start") if x(value) < WIDTH - 70 else (-4, "end")
        parts.append(text(x(value) + side, _TOP + 9, f"{name} {value:.1f}", "value", anchor))
    return svg(WIDTH, HEIGHT, "How many pictures were how old", parts)


def _bar(x: float, y: float, width: float, height: float, title: str) -> str:
    place = f'x="{x:g}" y="{y:g}" width="{max(1.0, width - 1):g}" height="{height:g}"'
    return f'<rect class="bar" {place}><title>{title}</title></rect>' if height > 0 else ""


def over_time(points: Sequence[Point]) -> str:
    """The age of each picture when it was shown, in the order of showing."""
    found = spread([point.age_ms for point in points])
    last_s = max((point.at_s for point in points), default=1.0)
    marks, seconds = ticks(found.max, _Y_TICKS), ticks(last_s, _X_TICKS)
    x = Scale(0, seconds[-1], _LEFT, WIDTH - _RIGHT)
    y = Scale(0, marks[-1], HEIGHT - _BOTTOM, _TOP)
    step = max(1, len(points) // _MOST_DOTS)
    dots = "".join(f"M{x(each.at_s):g} {y(each.age_ms):g}h0" for each in points[::step])
    return svg(
        WIDTH,
        HEIGHT,
        "The age of each picture over time",
        [
            *y_axis(marks, y, WIDTH),
            *x_axis(seconds, x, "s"),
            f'<path class="dots" d="{dots}"/>',
            line(_LEFT, y(found.p50), WIDTH - _RIGHT, y(found.p50), "rule"),
            text(WIDTH - _RIGHT, _TOP + 9, f"p50 {found.p50:.1f}", "value", "end"),
        ],
    )


def y_axis(marks: Sequence[float], y: Scale, width: float) -> list[str]:
    """Lines across, with their values at the left."""
    lines = [line(_LEFT, y(at), width - _RIGHT, y(at), "grid") for at in marks]
    return lines + [text(_LEFT - 6, y(at) + 4, f"{at:g}", "tick", "end") for at in marks]


def x_axis(marks: Sequence[float], x: Scale, unit: str) -> list[str]:
    """Values below."""
    words = [text(x(at), HEIGHT - 6, f"{at:g}", "tick", "middle") for at in marks[:-1]]
    return [*words, text(x(marks[-1]), HEIGHT - 6, f"{marks[-1]:g} {unit}", "tick", "end")]
