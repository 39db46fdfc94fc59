"""What came out of a load: second by second, and as a whole. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

from streamer.bench.load.ages import Ages

BUSY = 0.9
IDLE = 0.03
_LONG_PAUSE_MS = 20.0
_MOST_DROPPED = 0.01


@dataclass(frozen=True, slots=True)
class Usage:
    """What processes take: cores, and bytes in memory; NaN where that is not known."""

    cores: float = math.nan
    resident: float = math.nan


@dataclass(frozen=True, slots=True)
class Taken:
    """What came to all viewers in a while.

    `missed` messages are gaps in their sequences, `late` ones came and are too old to be painted;
    `moved` viewers are sent another rendition than at first, `lost` viewers have been
    disconnected. The load generator took `busy` of a core, and was kept from looking for
    `pause_ms` at the longest: of several, the worst.
    """

    delivered: int = 0
    missed: int = 0
    late: int = 0
    lost: int = 0
    moved: int = 0
    acks: int = 0
    bytes: int = 0
    ages: Ages = field(default_factory=Ages)
    busy: float = 0.0
    pause_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Second:
    """One turn of measuring: what came, and what the server and the machine did meanwhile.

    `own` is the server's process, `all` with its workers; `idle` is the share of the machine's
    cores that did nothing.
    """

    lasted_s: float
    taken: Taken
    own: Usage
    all: Usage
    idle: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """So many viewers, for so many seconds."""

    viewers: int
    seconds: tuple[Second, ...]

    @property
    def ages(self) -> Ages:
        """How old all messages were."""
        return Ages.sum(each.taken.ages for each in self.seconds)

    @property
    def lasted_s(self) -> float:
        """For how long it was measured."""
        return sum(each.lasted_s for each in self.seconds)

    @property
    def delivered(self) -> int:
        """Messages that came."""
        return sum(each.taken.delivered for each in self.seconds)

    @property
    def missed(self) -> int:
        """Messages that never came."""
        return sum(each.taken.missed for each in self.seconds)

    @property
    def late(self) -> int:
        """Messages that came too late to be painted."""
        return sum(each.taken.late for each in self.seconds)

    @property
    def dropped(self) -> float:
        """The share of messages that never came, or too late."""
        return (self.missed + self.late) / max(1, self.missed + self.delivered)

    @property
    def moved(self) -> int:
        """How many viewers were sent another rendition than at first, at the worst time."""
        return max((each.taken.moved for each in self.seconds), default=0)

    @property
    def lost(self) -> int:
        """How many viewers have been disconnected."""
        return max((each.taken.lost for each in self.seconds), default=0)

    @property
    def bitrate_bps(self) -> float:
        """Bits per second to all viewers."""
        return sum(each.taken.bytes for each in self.seconds) * 8 / max(self.lasted_s, 1e-9)

    @property
    def busy(self) -> float:
        """The share of its core that the load generator took."""
        return fmean(each.taken.busy for each in self.seconds) if self.seconds else 0.0

    @property
    def pause_ms(self) -> float:
        """For how long the load generator was kept from its work at the longest."""
        return max((each.taken.pause_ms for each in self.seconds), default=0.0)

    @property
    def idle(self) -> float:
        """The share of the machine's cores that did nothing; NaN if not known."""
        return fmean(each.idle for each in self.seconds) if self.seconds else math.nan

    @property
    def own(self) -> Usage:
        """What the server's process took: cores on average, memory at the most."""
        return _usage([each.own for each in self.seconds])

    @property
    def all(self) -> Usage:
        """The same with its workers."""
        return _usage([each.all for each in self.seconds])

    @property
    def is_limited_here(self) -> bool:
        """Whether the load generator was the bottleneck."""
        return self.busy >= BUSY

    def stays_within(self, budget_ms: float) -> bool:
        """Whether 99 % of the messages were younger, nearly none dropped, and no viewer gone."""
        return (
            self.delivered > 0
            and self.ages.percentile_ms(0.99) <= budget_ms
            and self.dropped <= _MOST_DROPPED
            and self.moved <= _MOST_DROPPED * self.viewers
            and not self.lost
        )

    def doubts(self) -> list[str]:
        """What makes the figures less than they seem, in sentences."""
        found = []
        if self.is_limited_here:
            found.append(
                f"The load generator took {self.busy:.0%} of a core: it was the bottleneck, not "
                "the server. Give it more processes with --generators."
            )
        elif self.pause_ms > max(_LONG_PAUSE_MS, self.ages.percentile_ms(0.99) / 2):
            found.append(
                f"The load generator was kept from its work for up to {self.pause_ms:.0f} ms: the "
                "oldest ages may be its own."
            )
        if self.idle < IDLE:
            found.append(
                "No core of this machine was idle: server and load generator took from each "
                "other. Measure a server elsewhere with --url."
            )
        return found


def _usage(found: Sequence[Usage]) -> Usage:
    if not found:
        return Usage()
    return Usage(fmean(each.cores for each in found), max(each.resident for each in found))
