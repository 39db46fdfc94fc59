"""How old messages were, as counts that can be added up, exact to 1 %. Pure."""

import math
from collections.abc import Iterable, Mapping

LEAST_US = 100.0
_RATIO = 1.02
_PER_FACTOR = 1 / math.log(_RATIO)
_BUCKETS = 750  # up to a good four minutes


class Ages:
    """Counts of ages, in buckets that are each 2 % wide; what is below 0.1 ms is in the first."""

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self._counts = [0] * _BUCKETS
        for bucket, count in (counts or {}).items():
            self._counts[bucket] += count

    @classmethod
    def sum(cls, parts: "Iterable[Ages]") -> "Ages":
        """All of them together."""
        whole = cls()
        for part in parts:
            for bucket, count in part.counts.items():
                whole._counts[bucket] += count
        return whole

    @property
    def counts(self) -> dict[int, int]:
        """The buckets that hold something."""
        return {bucket: count for bucket, count in enumerate(self._counts) if count}

    @property
    def total(self) -> int:
        """How many ages there are."""
        return sum(self._counts)

    @property
    def max_ms(self) -> float:
        """The greatest; NaN for none."""
        return self.percentile_ms(1.0)

    def add(self, age_us: float) -> None:
        """Take one age."""
        bucket = int(math.log(age_us / LEAST_US) * _PER_FACTOR) if age_us > LEAST_US else 0
        self._counts[min(bucket, _BUCKETS - 1)] += 1

    def percentile_ms(self, share: float) -> float:
        """The age below which `share` of all lie, in milliseconds; NaN for none."""
        total = self.total
        wanted = min(total, math.floor(total * share) + 1)
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return float(LEAST_US * _RATIO ** (bucket + 0.5)) / 1000
        return math.nan
