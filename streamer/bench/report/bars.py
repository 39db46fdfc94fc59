"""Bars of how many values lie where, for the terminal. Pure."""

import math
from collections.abc import Sequence

_ROWS = 12
_WIDTH = 40
_SHARE = 0.99
_ROUNDING = 1e-9


def histogram(values: Sequence[float]) -> list[str]:
    """A line for each step from the least value to the 99th percentile, and one for the rest."""
    if not values:
        return []
    ordered = sorted(values)
    low, high = ordered[0], ordered[min(len(ordered) - 1, int(len(ordered) * _SHARE))]
    step = _round_step((high - low) / _ROWS)
    first = _row(low, step)
    counts = [0] * (_row(high, step) - first + 2)
    for value in ordered:
        counts[min(_row(value, step) - first, len(counts) - 1)] += 1
    digits = 0 if step >= 1 else 1
    labels = [f"{step * (first + at):.{digits}f}" for at in range(len(counts))]
    labels[-1] += "+"
    rows = list(zip(labels, counts, strict=True))
    return _bars(rows if counts[-1] else rows[:-1])


def _bars(rows: Sequence[tuple[str, int]]) -> list[str]:
    wide, most = max(len(label) for label, _ in rows), max(count for _, count in rows)
    return [f"{label:>{wide}} {'█' * round(_WIDTH * n / most)} {n}" for label, n in rows]


def _row(value: float, step: float) -> int:
    return math.floor(value / step + _ROUNDING)


def _round_step(least: float) -> float:
    """The first of 0.1, 0.2, 0.5, 1, 2, 5, ... that is not below `least`."""
    step = 0.1
    while True:
        for factor in (1, 2, 5):
            if step * factor >= least:
                return step * factor
        step *= 10
