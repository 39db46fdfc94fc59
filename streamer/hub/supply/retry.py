"""Wait until a source that failed is tried again."""

import logging

from streamer.address import Scheme, SourceSpec
from streamer.clock import Clock
from streamer.hub.state import Phase, State
from streamer.hub.stream import Stream
from streamer.hub.supply.backoff import FIRST_S, UNWATCHED_CAP_S, WATCHED_CAP_S, Backoff

log = logging.getLogger(__name__)

_COMMAND_CAP_S = 2.0


class Retry:
    """The pauses between the tries of one stream."""

    def __init__(self, stream: Stream, clock: Clock, backoff: Backoff) -> None:
        self._stream = stream
        self._clock = clock
        self._backoff = backoff

    def proved(self) -> None:
        """Start over with short pauses: the source worked for a while."""
        self._backoff.reset()

    async def wait(self, source: SourceSpec, reason: str | None) -> None:
        """Tell why the stream is offline, and return when `source` should be tried again.

        Returns early when the stream is not wanted any more, when a publisher comes or goes, and
        when somebody comes to watch one that nobody watched.
        """
        stream, watched = self._stream, self._stream.viewers > 0
        publication = stream.stage.publication
        pause_us = round(self._backoff.next_s(self._cap_s(source)) * 1e6)
        retry_at_us = self._clock.monotonic_us() + pause_us
        log.warning("event=offline stream=%s reason=%r", stream.name, reason)
        stream.enter(State(Phase.OFFLINE, reason, retry_at_us))
        while stream.wanted and (left_us := retry_at_us - self._clock.monotonic_us()) > 0:
            if stream.stage.publication is not publication or (stream.viewers and not watched):
                return
            await stream.changed(left_us / 1e6)
        if not stream.wanted:
            stream.enter(stream.resting)

    def _cap_s(self, source: SourceSpec) -> float:
        if source.address.is_listening:
            return FIRST_S  # it only listens, and what arrives meanwhile is lost
        if not self._stream.viewers:
            return UNWATCHED_CAP_S
        # A try that starts a program of unknown weight is not as cheap as others.
        return _COMMAND_CAP_S if source.address.scheme is Scheme.EXEC else WATCHED_CAP_S
