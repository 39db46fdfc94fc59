"""Run a stream's source: start its worker when wanted, stop it when not, restart it when it fails.

The one owner of retries. A worker counts as hung when it has said nothing for longer than its own
timeouts allow (FFmpeg cannot be interrupted from outside, a process can be killed). One that
could not open its source is kept, and asked for the next try: that costs a millisecond instead of
a process, so that tries may follow each other closely while somebody waits.
"""

import logging
from typing import Any

import anyio

from streamer.address import SourceSpec
from streamer.clock import Clock
from streamer.errors import MediaError
from streamer.hub.retry import Retry
from streamer.hub.state import Phase, State
from streamer.hub.stream import Opened, Stream
from streamer.hub.worker import Forge, Worker
from streamer.rendition import Description

log = logging.getLogger(__name__)

_TICK_S = 0.5
_STEADY_US = 3_000_000
_HANG_MARGIN_S = 3.0


class Supervisor:
    """Runs one stream's source for as long as `run` is not cancelled."""

    def __init__(self, stream: Stream, forge: Forge, clock: Clock, retry: Retry) -> None:
        self._stream = stream
        self._forge = forge
        self._clock = clock
        self._retry = retry
        self._outcome: State | None = None
        self._retryable = True
        self._worker: Worker | None = None
        self._employed_for: SourceSpec | None = None
        self._waits = False
        self._demanded: dict[int, str] = {}
        self._started_us = 0
        self._opened_us: int | None = None
        self._turn = 0
        self._hope = False
        self._arrivals = 0
        self._corrupt = 0

    async def run(self) -> None:
        """Keep the source running while it is wanted, for ever."""
        try:
            while True:
                await self._turn_over()
        finally:
            await self._dismiss()

    async def _turn_over(self) -> None:
        """One run of the source, and the wait until the next is due."""
        stream = self._stream
        if not stream.wanted:
            await self._dismiss()
        while not stream.wanted:
            await stream.changed(None)
        stream.enter(State(Phase.CONNECTING))
        try:
            outcome = await self._work()
        except Exception:
            # One stream's trouble must not end the others.
            log.exception("event=supervisor-failed stream=%s", stream.name)
            outcome = State(Phase.OFFLINE, "The source failed; see the server's log.")
        if self._turn_to_next(outcome):
            return
        if outcome.phase is Phase.OFFLINE and self._retryable:
            stream.tally.restarts += 1
            await self._retry.wait(self._source, outcome.reason)
            return
        stream.enter(outcome)
        # Ended, or not worth a retry: the next one who asks starts it again.
        while outcome.phase is not Phase.IDLE and stream.arrivals == self._arrivals:
            await stream.changed(None)

    async def _work(self) -> State:
        """Run one worker until it ends, fails, hangs or is not wanted; say how it went."""
        if not self._can_go_on():
            await self._dismiss()
        self._outcome, self._retryable, self._corrupt = None, True, 0
        self._started_us, self._opened_us = self._clock.monotonic_us(), None
        try:
            worker = await self._employ()
        except (OSError, EOFError, RuntimeError) as exc:
            why = getattr(exc, "strerror", None) or type(exc).__name__
            return State(Phase.OFFLINE, f"No process can be started for the source ({why}).")
        self._waits = False
        try:
            outcome = await self._watch(worker)
        finally:
            if not self._waits:
                await self._dismiss()
            self._stream.restart()
        if self._is_proved():
            self._retry.proved()
        return outcome

    def _is_proved(self) -> bool:
        opened_us = self._opened_us
        return opened_us is not None and self._clock.monotonic_us() - opened_us > _STEADY_US

    def _can_go_on(self) -> bool:
        """Whether the last worker waits for another try of the source whose turn it is."""
        worker = self._worker
        waits = worker is not None and self._waits and not worker.closed
        return waits and self._employed_for == self._source

    async def _employ(self) -> Worker:
        if self._worker is not None:
            self._worker.again()
            return self._worker
        self._worker = await self._forge.start(
            self._source, self._stream.publish, self._on_control, self._clock
        )
        self._employed_for, self._demanded = self._source, {}
        return self._worker

    async def _dismiss(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            with anyio.CancelScope(shield=True):
                code = await worker.stop()
            log.info("event=worker-stopped stream=%s code=%s", self._stream.name, code)

    @property
    def pid(self) -> int | None:
        """The worker's process id, while there is one."""
        return None if self._worker is None else self._worker.pid

    async def _watch(self, worker: Worker) -> State:
        stream = self._stream
        while stream.wanted:
            if self._outcome is not None:
                return self._outcome
            if self._hangs(worker):
                return State(Phase.OFFLINE, "The source hangs and is being restarted.")
            if self._demanded != (demand := stream.demand()):
                self._demanded = demand
                worker.demand(demand)
            for index in stream.take_keyframes():
                worker.keyframe(index)
            await stream.changed(_TICK_S)
        return State(Phase.IDLE)

    def _hangs(self, worker: Worker) -> bool:
        source = self._source
        opening = self._stream.state.phase is Phase.CONNECTING
        # av.open may take its timeout twice.
        limit_s = 2 * source.open_timeout_s if opening else source.stall_timeout_s
        silent_us = self._clock.monotonic_us() - max(worker.heard_us, self._started_us)
        return silent_us > (limit_s + _HANG_MARGIN_S) * 1e6

    @property
    def _source(self) -> SourceSpec:
        return self._stream.spec.sources[self._turn]

    def _turn_to_next(self, outcome: State) -> bool:
        """Whether another source is to be tried at once; all that failed decide about a retry."""
        if outcome.phase is not Phase.OFFLINE:
            self._turn, self._hope = 0, False
            return False
        self._turn = (self._turn + 1) % len(self._stream.spec.sources)
        if self._turn:
            self._hope = self._hope or self._retryable
            log.warning(
                "event=fallback stream=%s reason=%r next=%s",
                self._stream.name,
                outcome.reason,
                self._source.address.shown,
            )
            return True
        self._retryable, self._hope = self._hope or self._retryable, False
        return False

    def _on_control(self, body: dict[str, Any]) -> None:
        try:
            self._obey(body)
        except (KeyError, TypeError, AttributeError) as exc:
            raise MediaError("A worker sent a control record that makes no sense.") from exc

    def _obey(self, body: dict[str, Any]) -> None:
        match body["type"]:
            case "opened":
                opened = Opened(body["codec"], body["width"], body["height"], body["fps"])
                self._opened_us = self._clock.monotonic_us()
                self._stream.enter(State(Phase.LIVE))
                self._stream.open(opened)
            case "description":
                fields = {key: body[key] for key in ("codec", "width", "height", "fps")}
                self._stream.describe(body["rendition"], Description(**fields))
            case "beat":
                self._count_corrupt(body["corrupt"])
            case "frozen":
                self._freeze(body["for_ms"])
            case "ended":
                self._finish(State(Phase.ENDED))
            case "failed":
                self._retryable, self._waits = body["retryable"], body["waits"]
                self._finish(State(Phase.OFFLINE, body["sentence"]))
            case "closed":
                self._finish(State(Phase.OFFLINE, "The decoder crashed and is being restarted."))

    def _count_corrupt(self, so_far: int) -> None:
        self._stream.tally.corrupt += so_far - self._corrupt
        self._corrupt = so_far

    def _freeze(self, for_ms: int | None) -> None:
        """The picture has not changed for so long, or changes again."""
        if self._stream.state.phase is Phase.LIVE:
            since_us = None if for_ms is None else self._clock.monotonic_us() - for_ms * 1000
            log.warning("event=frozen stream=%s for_ms=%s", self._stream.name, for_ms)
            self._stream.enter(State(Phase.LIVE, frozen_since_us=since_us))

    def _finish(self, outcome: State) -> None:
        if self._outcome is None:
            # Whoever comes from now on has not seen this end.
            self._outcome, self._arrivals = outcome, self._stream.arrivals
        self._stream.poke()
