"""Whose turn it is among the sources of one stream. Pure."""

import logging

from streamer.address import SourceSpec
from streamer.hub.spec import StreamSpec
from streamer.hub.state import Phase, State

log = logging.getLogger(__name__)


class Turns:
    """Goes round the sources that are pulled: the next at once when one fails, until all have."""

    def __init__(self, spec: StreamSpec) -> None:
        self._spec = spec
        self._turn = 0
        self._hope = False

    @property
    def source(self) -> SourceSpec:
        """The source to try."""
        return self._spec.pulled[self._turn]

    def pass_on(self, outcome: State, retryable: bool) -> bool:
        """Whether another source is to be tried at once, after one went like this."""
        if outcome.phase is not Phase.OFFLINE:
            self._turn, self._hope = 0, False
            return False
        self._turn = (self._turn + 1) % len(self._spec.pulled)
        if not self._turn:
            return False
        self._hope = self._hope or retryable
        log.warning(
            "event=fallback stream=%s reason=%r next=%s",
            self._spec.name,
            outcome.reason,
            self.source.address.shown,
        )
        return True

    def take_hope(self, retryable: bool) -> bool:
        """Whether any source of the round that is over may come back; the last one may or not."""
        hope, self._hope = self._hope or retryable, False
        return hope
