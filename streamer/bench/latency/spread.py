"""Many values as a few figures: percentiles, mean, jitter. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from statistics import fmean, median

NAN = math.nan


@dataclass(frozen=True, slots=True)
class Spread:
    """How values spread; all in the unit of the values, NaN where there were none."""

    p50: float = NAN
    p90: float = NAN
    p95: float = NAN
    p99: float = NAN
    max: float = NAN
    mean: float = NAN


NOTHING = Spread()


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the sorted values lie; NaN for none."""
    if not ordered:
        return NAN
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(values: Sequence[float]) -> Spread:
    """The figures of some values, in any order."""
    if not values:
        return NOTHING
    ordered = sorted(values)
    p50, p90, p95, p99 = (percentile(ordered, share) for share in (0.5, 0.9, 0.95, 0.99))
    return Spread(p50, p90, p95, p99, ordered[-1], fmean(ordered))


def jitter(values: Sequence[float]) -> float:
    """The mean step from one value to the next; NaN for fewer than two."""
    steps = [abs(after - before) for before, after in pairwise(values)]
    return fmean(steps) if steps else NAN


def medians(spreads: Sequence[Spread]) -> Spread:
    """Figure by figure the median of several runs; of means the mean, so that they add up."""
    found = {
        field.name: middle([getattr(each, field.name) for each in spreads])
        for field in fields(Spread)
    }
    known = [each.mean for each in spreads if not math.isnan(each.mean)]
    return Spread(**found | {"mean": fmean(known) if known else NAN})


def middle(values: Sequence[float]) -> float:
    """The median of the values that are numbers; NaN for none."""
    known = [value for value in values if not math.isnan(value)]
    return median(known) if known else NAN
