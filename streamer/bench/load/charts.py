"""The charts of a load: figures over time, and over numbers of viewers. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from streamer.bench.load.outcome import Outcome
from streamer.bench.report.charts import HEIGHT, WIDTH, line, series, svg, text, x_axis, y_axis
from streamer.bench.report.scale import Scale, ticks

_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 92, 10, 24
_X_TICKS, _Y_TICKS = 8, 4
_APART = 13  # labels of curves that end close together


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line through points."""

    name: str
    points: Sequence[tuple[float, float]]


def over_time(label: str, unit: str, curves: Sequence[Curve]) -> str:
    """Curves over seconds, each named at its end."""
    last_s = max(at for each in curves for at, _ in each.points)
    most = max(value for each in curves for _, value in each.points)
    marks, seconds = ticks(most or 1.0, _Y_TICKS), ticks(last_s, _X_TICKS)
    x = Scale(0, seconds[-1], _LEFT, WIDTH - _RIGHT)
    y = Scale(0, marks[-1], HEIGHT - _BOTTOM, _TOP)
    parts = [*y_axis(marks, y, WIDTH - _RIGHT + 8), *x_axis(seconds, x, "s")]
    return svg(WIDTH, HEIGHT, f"{label}, over time, {unit}", [*parts, *_curves(curves, x, y)])


def by_viewers(outcomes: Sequence[Outcome], budget: str) -> str:
    """The age of pictures over numbers of viewers, with the budget where there is one."""
    found = sorted((each for each in outcomes if each.delivered), key=lambda each: each.viewers)
    if not found:
        return ""
    limit = re.search(r"[\d.]+(?= ms)", budget)
    limit_ms = float(limit[0]) if limit else 0.0
    # What is far beyond the budget would press all else to the ground.
    top = 3 * limit_ms or max(each.ages.percentile_ms(0.99) for each in found)
    curves = [
        Curve(name, [(each.viewers, min(each.ages.percentile_ms(share), top)) for each in found])
        for name, share in (("p50", 0.5), ("p99", 0.99))
    ]
    most = max(value for each in curves for _, value in each.points)
    marks = ticks(max(most, limit_ms), _Y_TICKS)
    viewers = ticks(found[-1].viewers, _X_TICKS)
    x = Scale(0, viewers[-1], _LEFT, 2 * WIDTH - _RIGHT)
    y = Scale(0, marks[-1], HEIGHT - _BOTTOM, _TOP)
    parts = [*y_axis(marks, y, 2 * WIDTH - _RIGHT + 8), *x_axis(viewers, x, "viewers")]
    if limit_ms:
        parts.append(line(_LEFT, y(limit_ms), 2 * WIDTH - _RIGHT, y(limit_ms), "rule"))
        label_y = y(limit_ms) + (-5 if y(limit_ms) > _TOP + _APART else _APART)
        parts.append(text(_LEFT + 6, label_y, f"budget {limit_ms:g} ms", "value"))
    label = "Age on arrival by number of viewers, in ms"
    return svg(2 * WIDTH, HEIGHT, label, [*parts, *_curves(curves, x, y)])


def _curves(curves: Sequence[Curve], x: Scale, y: Scale) -> list[str]:
    parts = []
    below = float("inf")
    order = sorted(range(len(curves)), key=lambda at: curves[at].points[-1][1])
    for index in order:
        points = curves[index].points
        path = " ".join(f"{x(at)},{y(value)}" for at, value in points)
        end_x, end_y = x(points[-1][0]), min(y(points[-1][1]), below - _APART)
        below = end_y
        title = f"<title>{escape(curves[index].name)}</title>"
        parts.append(f'<polyline class="{series(index)}" points="{path}">{title}</polyline>')
        parts.append(text(end_x + 6, end_y + 4, curves[index].name, "value"))
    return parts
