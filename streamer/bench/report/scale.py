"""From values to places in a drawing, and the round numbers along the way. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to places; either may run backwards."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where the value is, to a tenth of a pixel; never outside."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        share = min(1.0, max(0.0, share))
        return round(self.start + share * (self.end - self.start), 1)


def ticks(high: float, most: int) -> list[float]:
    """Round values from 0 on, up to the first that is not below `high`."""
    step = round_step(high / most)
    return [step * index for index in range(math.ceil(high / step - 1e-9) + 1)]


def round_step(least: float) -> float:
    """The first of 1, 2, 2.5, 5 times a power of ten that is not below `least`."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least - 1e-12)


def bins(values: Sequence[float], most: int) -> tuple[float, list[int]]:
    """The width of a bin, and how many of the values lie in each from 0 on."""
    width = round_step(max(values, default=1.0) / most)
    counts = [0] * (math.floor(max(values, default=0.0) / width) + 1)
    for value in values:
        counts[max(0, math.floor(value / width))] += 1
    return width, counts
