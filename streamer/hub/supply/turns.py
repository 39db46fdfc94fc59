"""Whose turn it is among the sources of one stream. Pure, but that it tells the log."""

import logging
from dataclasses import replace

from streamer.address import SourceSpec
from streamer.hub.spec import StreamSpec
from streamer.hub.state import Phase, State

log = logging.getLogger(__name__)


class Turns:
    """Goes round the sources that are pulled: the next at once when one fails, until all have."""

    def __init__(self, spec: StreamSpec) -> None:
        self._spec = spec
        self._turn = 0
        self._missed: set[int] = set()
        self._reasons: dict[int, str | None] = {}
        self._told: dict[int, str | None] = {}
        self._resting: dict[int, int] = {}
        self._live: set[int] = set()

    @property
    def source(self) -> SourceSpec:
        """The source to try."""
        return self._source(self._turn)

    def prove_live(self, live: bool) -> None:
        """The one whose turn it is comes at the speed of life, or turns out not to."""
        (self._live.add if live else self._live.discard)(self._turn)

    def rest(self, until_us: int, turn: int | None = None) -> None:
        """Leave one, usually that whose turn it is, alone for as long as there are others."""
        self._resting[self._turn if turn is None else turn] = until_us

    def missed(self, now_us: int) -> tuple[tuple[int, SourceSpec], ...]:
        """Those before the one whose turn it is that may have come back, and their turns."""
        due = (each for each in sorted(self._missed) if not self._rests(each, now_us))
        return tuple((each, self._source(each)) for each in due)

    def give_up(self, turn: int) -> None:
        """One that failed will not come back."""
        self._missed.discard(turn)

    def go_back(self, turn: int) -> None:
        """It is the turn of one that has come back."""
        self._turn = turn
        self._missed = {each for each in self._missed if each < turn}

    def begin(self, now_us: int) -> None:
        """Begin a try: one that rests is passed over, if there is one that does not."""
        due = self._due(now_us)
        self._missed.update(range(self._turn, due))
        self._turn = due

    @property
    def has_hope(self) -> bool:
        """Whether one before the one whose turn it is failed, and may come back."""
        return bool(self._missed)

    @property
    def missing(self) -> State:
        """The state of a stream whose fallback is over: the first that may come back is away."""
        return State(Phase.OFFLINE, self._reasons.get(min(self._missed)))

    def coming(self, now_us: int) -> SourceSpec:
        """The source that a try would begin with now."""
        return self._source(self._due(now_us))

    def pass_on(self, outcome: State, retryable: bool, now_us: int) -> bool:
        """Whether another source is to be tried at once, after one went like this."""
        if outcome.phase is not Phase.OFFLINE:
            self._turn = 0
            self._missed.clear()
            return False
        failed = self._turn
        self._reasons[failed] = outcome.reason
        self._turn = self._next(failed + 1, now_us)
        if not self._turn:
            return False
        if retryable:
            self._missed.add(failed)
        if self._told.get(failed) != outcome.reason:
            self._told[failed] = outcome.reason
            self._tell(outcome.reason)
        return True

    def proved(self) -> None:
        """A source worked for a while: whatever fails next is news."""
        self._told.clear()

    def _source(self, turn: int) -> SourceSpec:
        return replace(self._spec.pulled[turn], was_live=turn in self._live)

    def _due(self, now_us: int) -> int:
        rests = self._rests(self._turn, now_us)
        return self._next(0, now_us) or self._turn if rests else self._turn

    def _next(self, first: int, now_us: int) -> int:
        """The first from there on that does not rest; 0 if there is none."""
        rest = range(first, len(self._spec.pulled))
        return next((each for each in rest if not self._rests(each, now_us)), 0)

    def _rests(self, turn: int, now_us: int) -> bool:
        return now_us < self._resting.get(turn, 0)

    def _tell(self, reason: str | None) -> None:
        name, shown = self._spec.name, self.source.address.shown
        log.warning("event=fallback stream=%s reason=%r next=%s", name, reason, shown)

    def take_hope(self, retryable: bool) -> bool:
        """Whether any source of the round that is over may come back; the last one may or not."""
        hope = self.has_hope or retryable
        self._missed.clear()
        return hope
