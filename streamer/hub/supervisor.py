"""Run a stream's source: start its worker when wanted, stop it when not, restart it when it fails.

The one owner of retries. A worker counts as hung when it has said nothing for longer than its own
timeouts allow (FFmpeg cannot be interrupted from outside, a process can be killed).

While somebody publishes, that is the source, before all others. A publisher is let go when what it
sends cannot be used; then the next one is the retry.
"""

import logging
from dataclasses import replace
from typing import Any

import anyio

from streamer.address import SourceSpec
from streamer.clock import Clock
from streamer.errors import MediaError, StreamerError, UnsupportedMedia
from streamer.hub.backoff import Backoff
from streamer.hub.publication import Publication
from streamer.hub.state import Phase, State
from streamer.hub.stream import Opened, Stream
from streamer.hub.worker import Forge, Worker
from streamer.rendition import Description

log = logging.getLogger(__name__)

_TICK_S = 0.5
_STEADY_US = 10_000_000
_HANG_MARGIN_S = 3.0
# Before a worker that only reads on would count as hung.
_BEGIN_WITHIN_S = 12.0
_NOTHING = f"Nothing that can be read as video came within {_BEGIN_WITHIN_S:g} s."


class Supervisor:
    """Runs one stream's source for as long as `run` is not cancelled."""

    def __init__(self, stream: Stream, forge: Forge, clock: Clock, backoff: Backoff) -> None:
        self._stream = stream
        self._forge = forge
        self._clock = clock
        self._backoff = backoff
        self._outcome: State | None = None
        self._retry = True
        self._is_unusable = False
        self._turn = 0
        self._hope = False
        self._arrivals = 0
        self._corrupt = 0
        self._publication: Publication | None = None
        self.pid: int | None = None

    async def run(self) -> None:
        """Keep the source running while it is wanted, for ever."""
        while True:
            await self._until_wanted()
            outcome = await self._try()
            if not self._has_passed:
                await self._settle(outcome)

    async def _until_wanted(self) -> None:
        stream = self._stream
        if self._publication is not None and not stream.wanted:
            stream.enter(stream.resting)
        while not stream.wanted:
            await stream.changed(None)
        self._publication = stream.stage.publication

    async def _try(self) -> State:
        self._stream.enter(State(Phase.CONNECTING))
        try:
            return await self._work()
        except Exception:
            # One stream's trouble must not end the others.
            log.exception("event=supervisor-failed stream=%s", self._stream.name)
            return State(Phase.OFFLINE, "The source failed; see the server's log.")

    async def _settle(self, outcome: State) -> None:
        """Go into the state that follows, and wait for what ends it."""
        stream = self._stream
        if self._publication is not None:
            await self._conclude(self._publication, outcome)
        elif self._turn_to_next(outcome):
            return
        elif outcome.phase is Phase.OFFLINE and self._retry:
            stream.tally.restarts += 1
            await self._wait_to_retry(outcome)
        else:
            stream.enter(outcome)
            # Ended, or not worth a retry: the next one who asks starts it again.
            while self._is_over(outcome):
                await stream.changed(None)

    @property
    def _has_passed(self) -> bool:
        """Whether a publisher has come or gone, so that the source is another."""
        return self._stream.stage.publication is not self._publication

    def _is_over(self, outcome: State) -> bool:
        nobody_new = self._stream.arrivals == self._arrivals and not self._has_passed
        return outcome.phase is not Phase.IDLE and nobody_new

    async def _work(self) -> State:
        """Run one worker until it ends, fails, hangs or is not wanted; say how it went."""
        self._outcome, self._retry, self._corrupt = None, True, 0
        self._is_unusable = False
        started_us = self._clock.monotonic_us()
        try:
            worker = await self._start()
        except (OSError, EOFError, RuntimeError) as exc:
            why = getattr(exc, "strerror", None) or type(exc).__name__
            return State(Phase.OFFLINE, f"No process can be started for the source ({why}).")
        self.pid = worker.pid
        try:
            outcome = await self._watch(worker)
        finally:
            self.pid = None
            with anyio.CancelScope(shield=True):
                code = await worker.stop()
            self._stream.restart()
        if self._clock.monotonic_us() - started_us > _STEADY_US:
            self._backoff.reset()
        log.info("event=worker-stopped stream=%s code=%s", self._stream.name, code)
        return outcome

    async def _start(self) -> Worker:
        how = self._source, self._stream.publish, self._on_control, self._clock
        if self._publication is None:
            return await self._forge.start(*how)
        with self._publication.open_feed() as feed:
            return await self._forge.start(*how, feed)

    async def _watch(self, worker: Worker) -> State:
        stream = self._stream
        demand: dict[int, str] = {}
        began_us = self._clock.monotonic_us()
        while stream.wanted and not self._has_passed:
            if self._outcome is not None:
                return self._outcome
            if self._hangs(worker):
                return State(Phase.OFFLINE, "The source hangs and is being restarted.")
            if self._begins_late(began_us):
                self._is_unusable = True
                return State(Phase.OFFLINE, _NOTHING)
            if demand != (now := stream.demand()):
                demand = now
                worker.demand(demand)
            for index in stream.take_keyframes():
                worker.keyframe(index)
            await stream.changed(_TICK_S)
        return stream.resting

    def _hangs(self, worker: Worker) -> bool:
        source = self._source
        opening = self._stream.state.phase is Phase.CONNECTING
        # av.open may take its timeout twice.
        limit_s = 2 * source.open_timeout_s if opening else source.stall_timeout_s
        silent_us = self._clock.monotonic_us() - worker.heard_us
        return silent_us > (limit_s + _HANG_MARGIN_S) * 1e6

    def _begins_late(self, began_us: int) -> bool:
        """Whether a publisher has sent things for long, and no picture yet."""
        if self._publication is None or self._stream.state.phase is not Phase.CONNECTING:
            return False
        return self._clock.monotonic_us() - began_us > _BEGIN_WITHIN_S * 1e6

    async def _conclude(self, publication: Publication, outcome: State) -> None:
        """Let a publisher go when what it sends has ended or cannot be used."""
        if outcome.phase is Phase.OFFLINE and not self._is_unusable and publication.resumes:
            self._stream.tally.restarts += 1
            await self._wait_to_retry(outcome)
            return
        failure: StreamerError | None = None
        if outcome.phase is Phase.OFFLINE:
            name = self._stream.name
            log.warning("event=publisher-failed stream=%s reason=%r", name, outcome.reason)
            failure = StreamerError("The server failed at what was published; publish again.")
            if self._is_unusable:
                failure = UnsupportedMedia(outcome.reason)
        publication.end(failure)
        self._stream.stage.leave(publication)

    @property
    def _source(self) -> SourceSpec:
        spec = self._stream.spec
        if self._publication is not None and spec.published is not None:
            return replace(spec.published, address=self._publication.address)
        return spec.pulled[self._turn]

    def _turn_to_next(self, outcome: State) -> bool:
        """Whether another source is to be tried at once; all that failed decide about a retry."""
        if outcome.phase is not Phase.OFFLINE:
            self._turn, self._hope = 0, False
            return False
        self._turn = (self._turn + 1) % len(self._stream.spec.pulled)
        if self._turn:
            self._hope = self._hope or self._retry
            log.warning(
                "event=fallback stream=%s reason=%r next=%s",
                self._stream.name,
                outcome.reason,
                self._source.address.shown,
            )
            return True
        self._retry, self._hope = self._hope or self._retry, False
        return False

    async def _wait_to_retry(self, outcome: State) -> None:
        stream = self._stream
        retry_at_us = self._clock.monotonic_us() + round(self._backoff.next_s() * 1e6)
        log.warning("event=offline stream=%s reason=%r", stream.name, outcome.reason)
        stream.enter(State(Phase.OFFLINE, outcome.reason, retry_at_us))
        while stream.wanted and not self._has_passed:
            if (left_us := retry_at_us - self._clock.monotonic_us()) <= 0:
                return
            await stream.changed(left_us / 1e6)
        if not stream.wanted:
            stream.enter(stream.resting)

    def _on_control(self, body: dict[str, Any]) -> None:
        try:
            self._obey(body)
        except (KeyError, TypeError, AttributeError) as exc:
            raise MediaError("A worker sent a control record that makes no sense.") from exc

    def _obey(self, body: dict[str, Any]) -> None:
        match body["type"]:
            case "opened":
                opened = Opened(body["codec"], body["width"], body["height"], body["fps"])
                # It may not be the first: a publisher or playlist goes on with something else.
                self._stream.restart()
                self._stream.enter(State(Phase.LIVE))
                self._stream.open(opened)
            case "waiting":
                self._stream.restart()
                self._stream.enter(State(Phase.CONNECTING, body["sentence"]))
            case "description":
                fields = {key: body[key] for key in ("codec", "width", "height", "fps")}
                self._stream.describe(body["rendition"], Description(**fields))
            case "beat":
                self._count_corrupt(body["corrupt"])
            case "ended":
                self._finish(State(Phase.ENDED))
            case "failed":
                self._retry = body["retryable"]
                self._is_unusable = True
                self._finish(State(Phase.OFFLINE, body["sentence"]))
            case "closed":
                self._finish(State(Phase.OFFLINE, "The decoder crashed and is being restarted."))

    def _count_corrupt(self, so_far: int) -> None:
        self._stream.tally.corrupt += so_far - self._corrupt
        self._corrupt = so_far

    def _finish(self, outcome: State) -> None:
        if self._outcome is None:
            # Whoever comes from now on has not seen this end.
            self._outcome, self._arrivals = outcome, self._stream.arrivals
        self._stream.poke()
