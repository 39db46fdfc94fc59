"""Wait until a source that failed is tried again."""

import logging
from collections import deque

from streamer.address import Scheme, SourceSpec
from streamer.clock import Clock
from streamer.errors import Haste
from streamer.hub.state import Phase, State
from streamer.hub.stream import Stream
from streamer.hub.supply.backoff import FIRST_S, UNWATCHED_CAP_S, WATCHED_CAP_S, Backoff

log = logging.getLogger(__name__)

_COMMAND_CAP_S = 1.0
_LEAST_S = 0.2
LONG_CAP_S = 5.0
DENIED_S = 60.0
# A pause may be this part of the outage: whoever waited a minute bears to wait half a second more.
_SHARE = 1 / 120
# Two that take turns, as "refused" and "no answer in time" do, are told once each.
_REASONS = 8


class Retry:
    """The pauses between the tries of one stream."""

    def __init__(self, stream: Stream, clock: Clock, backoff: Backoff) -> None:
        self._stream = stream
        self._clock = clock
        self._backoff = backoff
        self._failing_since_us: int | None = None
        self._haste = Haste.SOON
        self._told: deque[str | None] = deque(maxlen=_REASONS)

    def proved(self) -> None:
        """Start over with short pauses: the source worked for a while."""
        self._backoff.reset()
        self._failing_since_us = None
        self._told.clear()

    def worked(self) -> None:
        """The source worked, if not for long: the outage that follows is another one."""
        self._failing_since_us = None

    async def wait(
        self,
        source: SourceSpec,
        reason: str | None,
        haste: Haste = Haste.SOON,
        took_s: float = 0.0,
    ) -> None:
        """Tell why the stream is offline, and return when `source` should be tried again.

        `took_s` is how long the last try lasted.
        Returns early when a publisher comes or goes and, unless it was denied, when the stream is
        not wanted any more and when somebody comes to watch one that nobody watched.
        """
        self.tell(reason)
        pause_us = round(self._pause_s(source, haste, took_s) * 1e6)
        retry_at_us = self._clock.monotonic_us() + pause_us
        self._stream.enter(State(Phase.OFFLINE, reason, retry_at_us))
        await self._pause(retry_at_us, is_denied=haste is Haste.SELDOM)
        if not self._stream.wanted:
            self._stream.enter(self._stream.resting)

    async def _pause(self, retry_at_us: int, *, is_denied: bool) -> None:
        stream, watched = self._stream, self._stream.viewers > 0
        publication = stream.stage.publication
        while (left_us := retry_at_us - self._clock.monotonic_us()) > 0:
            if stream.stage.publication is not publication:
                return
            if not is_denied and (not stream.wanted or (stream.viewers and not watched)):
                return
            await stream.changed(left_us / 1e6)

    def tell(self, reason: str | None) -> None:
        """Tell the log why nothing comes, once each time it begins."""
        if reason not in self._told:
            self._told.append(reason)
            log.warning("event=offline stream=%s reason=%r", self._stream.name, reason)

    def _pause_s(self, source: SourceSpec, haste: Haste, took_s: float) -> float:
        if haste is Haste.SELDOM:
            return DENIED_S
        if haste is not self._haste:
            # A server that comes back may miss something at first: how long it was away, or often
            # asked, does not count.
            self._haste = haste
            self._backoff.reset()
        slow = haste is Haste.SLOWLY
        pause_s = self._backoff.next_s(UNWATCHED_CAP_S if slow else self._cap_s(source))
        if source.address.scheme is Scheme.EXEC:
            # How often it is started counts, and it may have waited for its peer all along.
            pause_s = max(min(pause_s, _LEAST_S), pause_s - took_s)
        return pause_s

    def _cap_s(self, source: SourceSpec) -> float:
        if source.address.is_listening:
            return FIRST_S  # it only listens, and what arrives meanwhile is lost
        if not self._stream.viewers:
            return UNWATCHED_CAP_S
        # A try that starts a program of unknown weight is not as cheap as others.
        soon_s = _COMMAND_CAP_S if source.address.scheme is Scheme.EXEC else WATCHED_CAP_S
        return min(LONG_CAP_S, max(soon_s, self._failing_s() * _SHARE))

    def _failing_s(self) -> float:
        """For how long nothing has worked."""
        now_us = self._clock.monotonic_us()
        if self._failing_since_us is None:
            self._failing_since_us = now_us
        return (now_us - self._failing_since_us) / 1e6
