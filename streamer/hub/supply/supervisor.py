"""Run a stream's source: start its worker when wanted, stop it when not, restart it when it fails.

The one owner of retries; while a fallback runs, a `Lookout` hands over what is back. A worker
counts as hung when it has said nothing for longer than its own timeouts allow (FFmpeg cannot be
interrupted from outside, a process can be killed). One that could not open its source is kept, and
asked for the next try: that costs a millisecond instead of a process, so that tries may follow
each other closely while somebody waits.

While somebody publishes, that is the source, before all others. A publisher is let go when what it
sends cannot be used; then the next one is the retry. Its workers get their way in at their start,
so that none of them is kept.
"""

import logging
from dataclasses import replace
from typing import Any

import anyio

from streamer.address import SourceSpec
from streamer.clock import Clock
from streamer.errors import Haste, MediaError, StreamerError, UnsupportedMedia
from streamer.hub.state import Phase, State
from streamer.hub.stream import Opened, Stream
from streamer.hub.supply.errand import FAILURES
from streamer.hub.supply.lookout import Lookout
from streamer.hub.supply.publication import Publication
from streamer.hub.supply.retry import DENIED_S, Retry
from streamer.hub.supply.turns import Turns
from streamer.hub.supply.worker import Body, Demand, Forge, Worker
from streamer.rendition import Description
from streamer.sound import SoundDescription

log = logging.getLogger(__name__)

NONE: Demand = ({}, ())
_TICK_S = 0.5
_STEADY_US = 3_000_000
_BRIEF_US = 1_000_000
_HANG_MARGIN_S = 3.0
# Before a worker that only reads on would count as hung.
_BEGIN_WITHIN_S = 12.0
_NOTHING = f"Nothing that can be read as video came within {_BEGIN_WITHIN_S:g} s."


class Supervisor:
    """Runs one stream's source for as long as `run` is not cancelled."""

    def __init__(
        self, stream: Stream, forge: Forge, clock: Clock, retry: Retry, lookout: Lookout
    ) -> None:
        self._stream = stream
        self._forge = forge
        self._clock = clock
        self._retry = retry
        self._lookout = lookout
        self._turns = Turns(stream.spec)
        self._publication: Publication | None = None
        self._outcome: State | None = None
        self._retryable = True
        self._haste = Haste.SOON
        self._denied = False
        self._is_unusable = False
        self._worker: Worker | None = None
        self._employed_for: SourceSpec | None = None
        self._waits = False
        self._demanded: Demand = NONE
        self._started_us = 0
        self._opened_us: int | None = None
        self._arrivals = 0
        self._corrupt = 0

    @property
    def pid(self) -> int | None:
        """The worker's process id, while there is one."""
        return None if self._worker is None else self._worker.pid

    async def run(self) -> None:
        """Keep the source running while it is wanted, for ever."""
        try:
            while True:
                await self._until_wanted()
                self._turns.begin(self._clock.monotonic_us())
                outcome = await self._try()
                if not self._has_passed:
                    await self._settle(outcome)
        finally:
            await self._dismiss()

    async def _until_wanted(self) -> None:
        stream = self._stream
        if not stream.wanted:
            if self._publication is not None:
                stream.enter(stream.resting)
            await self._dismiss()
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
        if outcome.phase is Phase.ENDED and self._publication is None and self._turns.has_hope:
            # A fallback is over: it will not come back, but one before it may.
            outcome, self._retryable = self._turns.missing, False
        if self._publication is not None:
            await self._conclude(self._publication, outcome)
        elif self._passes_on(outcome):
            self._stream.tally.restarts += 1
        elif outcome.phase is Phase.OFFLINE and self._turns.take_hope(self._retryable):
            await self._wait_to_retry(outcome)
        else:
            self._tell(outcome)
            self._stream.enter(outcome)
            # Ended, or not worth a retry: the next one who asks starts it again.
            while self._is_over(outcome):
                await self._stream.changed(None)

    def _tell(self, outcome: State) -> None:
        """Tell the log of what does not come back by itself."""
        if outcome.phase is Phase.OFFLINE:
            self._retry.tell(outcome.reason)
        elif outcome.phase is Phase.ENDED:
            # A file is there again for whoever comes next.
            level = logging.WARNING if self._stream.spec.is_read_once else logging.INFO
            log.log(level, "event=ended stream=%s", self._stream.name)

    def _passes_on(self, outcome: State) -> bool:
        now_us = self._clock.monotonic_us()
        if self._denied:
            self._turns.rest(now_us + round(DENIED_S * 1e6))
        return self._turns.pass_on(outcome, self._retryable, now_us)

    async def _wait_to_retry(self, outcome: State) -> None:
        self._stream.tally.restarts += 1
        haste, self._haste = self._haste, Haste.SOON
        now_us = self._clock.monotonic_us()
        is_published = self._publication is not None
        source = self._source if is_published else self._turns.coming(now_us)
        await self._retry.wait(source, outcome.reason, haste, (now_us - self._started_us) / 1e6)

    @property
    def _has_passed(self) -> bool:
        """Whether a publisher has come or gone, so that the source is another."""
        return self._stream.stage.publication is not self._publication

    def _is_over(self, outcome: State) -> bool:
        nobody_new = self._stream.arrivals == self._arrivals
        stays = nobody_new or (outcome.phase is Phase.ENDED and self._stream.spec.is_read_once)
        return outcome.phase is not Phase.IDLE and stays and not self._has_passed

    @property
    def _source(self) -> SourceSpec:
        published = self._stream.spec.published
        if self._publication is not None and published is not None:
            return replace(published, address=self._publication.address)
        return self._turns.source

    async def _work(self) -> State:
        """Run one worker until it ends, fails, hangs or is not wanted; say how it went."""
        if not self._can_go_on():
            await self._dismiss()
        self._begin()
        try:
            await self._employ()
        except FAILURES as exc:
            why = getattr(exc, "strerror", None) or type(exc).__name__
            return State(Phase.OFFLINE, f"No process can be started for the source ({why}).")
        try:
            outcome = await self._watch()
        finally:
            if not self._waits:
                await self._dismiss()
            self._stream.restart()
        self._judge()
        return outcome

    def _begin(self) -> None:
        """Forget how it went with the last worker."""
        self._outcome, self._retryable, self._corrupt = None, True, 0
        self._is_unusable = self._denied = self._waits = False
        self._started_us, self._opened_us = self._clock.monotonic_us(), None

    def _judge(self) -> None:
        """Take into account for how long the source was open."""
        if self._opened_us is None:
            return
        open_us = self._clock.monotonic_us() - self._opened_us
        if open_us > _STEADY_US:
            self._retry.proved()
            self._turns.proved()
            self._stream.stage.worked(steadily=True)
            self._haste = Haste.SOON
            # Not one that opened and then gave nothing, which is silent in the end.
            silent_us = round(self._source.stall_timeout_s * 1e6)
            if open_us > _STEADY_US + silent_us and not self._turns.has_hope:
                self._lookout.proved()
        elif open_us > _BRIEF_US:
            self._retry.worked()

    def _can_go_on(self) -> bool:
        """Whether the last worker waits for another try of the source whose turn it is."""
        worker = self._worker
        waits = worker is not None and self._waits and not worker.closed
        return waits and self._publication is None and self._employed_for == self._source

    async def _employ(self) -> None:
        if self._worker is not None:
            self._worker.again()
            return
        self._worker = await self._start()
        self._employed_for, self._demanded = self._source, NONE

    async def _start(self) -> Worker:
        how = self._source, self._stream.publish, self._on_control, self._clock
        if self._publication is None:
            return await self._forge.start(*how)
        with self._publication.open_feed() as feed:
            return await self._forge.start(*how, feed)

    async def _dismiss(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            with anyio.CancelScope(shield=True):
                code = await worker.stop()
            log.info("event=worker-stopped stream=%s code=%s", self._stream.name, code)

    async def _watch(self) -> State:
        if self._publication is not None or not self._turns.has_hope:
            return await self._watch_worker()
        async with self._lookout.posted(self._turns, lambda: self._demanded, self._go_back):
            return await self._watch_worker()

    def _go_back(self, turn: int, worker: Worker, demanded: Demand, opened: Body) -> Worker | None:
        """Go on with a source that is back; returns the fallback's worker, which is to be stopped.

        It happens at once, as the first picture follows what the worker said.
        """
        self._judge()
        if (fallback := self._worker) is not None:
            fallback.hush()
        self._turns.go_back(turn)
        self._worker, self._employed_for, self._demanded = worker, self._source, demanded
        self._begin()
        shown = self._source.address.shown
        log.warning("event=back stream=%s source=%s", self._stream.name, shown)
        worker.tell(self._stream.publish, self._on_control)
        try:
            self._on_control(opened)
        except MediaError as exc:
            self._finish(State(Phase.OFFLINE, exc.sentence))
        self._stream.poke()
        return fallback

    async def _watch_worker(self) -> State:
        stream = self._stream
        while stream.wanted and not self._has_passed and (worker := self._worker) is not None:
            if self._outcome is not None:
                return self._outcome
            if self._hangs(worker):
                return State(Phase.OFFLINE, "The source hangs and is being restarted.")
            if self._begins_late():
                self._is_unusable = True
                return State(Phase.OFFLINE, _NOTHING)
            if self._demanded != (demand := (stream.demand(), stream.sound.demand())):
                self._demanded = demand
                worker.demand(*demand)
            for index in stream.take_keyframes():
                worker.keyframe(index)
            self._lookout.wake()
            await stream.changed(_TICK_S)
        return stream.resting

    def _hangs(self, worker: Worker) -> bool:
        source = self._source
        opening = self._stream.state.phase is Phase.CONNECTING
        # av.open may take its timeout twice.
        limit_s = 2 * source.open_timeout_s if opening else source.stall_timeout_s
        silent_us = self._clock.monotonic_us() - max(worker.heard_us, self._started_us)
        return silent_us > (limit_s + _HANG_MARGIN_S) * 1e6

    def _begins_late(self) -> bool:
        """Whether a publisher has sent things for long, and no picture yet."""
        if self._publication is None or self._stream.state.phase is not Phase.CONNECTING:
            return False
        return self._clock.monotonic_us() - self._started_us > _BEGIN_WITHIN_S * 1e6

    async def _conclude(self, publication: Publication, outcome: State) -> None:
        """Let a publisher go when what it sends has ended or cannot be used."""
        if outcome.phase is Phase.OFFLINE and not self._is_unusable and publication.resumes:
            await self._wait_to_retry(outcome)
            return
        failure: StreamerError | None = None
        if outcome.phase is Phase.OFFLINE:
            if self._stream.stage.fail(outcome.reason):
                name = self._stream.name
                log.warning("event=publisher-failed stream=%s reason=%r", name, outcome.reason)
            failure = StreamerError("The server failed at what was published; publish again.")
            if self._is_unusable:
                failure = UnsupportedMedia(outcome.reason)
        else:
            self._stream.stage.worked()
        publication.end(failure)
        self._stream.stage.leave(publication)

    def _on_control(self, body: dict[str, Any]) -> None:
        try:
            self._obey(body)
        except (KeyError, TypeError, AttributeError) as exc:
            raise MediaError("A worker sent a control record that makes no sense.") from exc

    def _obey(self, body: dict[str, Any]) -> None:
        match body["type"]:
            case "opened":
                self._open(Opened(**_fields(body, "codec", "width", "height", "fps", "sound")))
            case "waiting":
                self._stream.restart()
                self._stream.enter(State(Phase.CONNECTING, body["sentence"]))
            case "description":
                description = Description(**_fields(body, "codec", "width", "height", "fps"))
                self._stream.describe(body["rendition"], description)
            case "sound":
                sound = SoundDescription(**_fields(body, "codec", "rate", "channels"))
                self._stream.sound.describe(body["form"], sound)
            case "beat":
                self._count_corrupt(body["corrupt"])
            case kind:
                self._take_news(kind, body)

    def _take_news(self, kind: str, body: dict[str, Any]) -> None:
        """Take how the source goes on, or how it ended."""
        match kind:
            case "frozen":
                self._freeze(body["for_ms"])
            case "log":
                event, _, rest = body["text"].partition(" ")
                log.warning("%s stream=%s %s", event, self._stream.name, rest)
            case "starts":
                self._offer_own(body["found"])
            case "pace":
                self._prove_live(body["live"])
            case "ended":
                self._finish(State(Phase.ENDED))
            case "failed":
                self._retryable, self._waits = body["retryable"], body["waits"]
                # The most careful of the sources that failed in a row decides.
                self._haste = max(self._haste, haste := Haste(body["haste"]))
                self._denied = haste is Haste.SELDOM
                self._is_unusable = True
                self._finish(State(Phase.OFFLINE, body["sentence"]))
            case "closed":
                self._finish(State(Phase.OFFLINE, "The decoder crashed and is being restarted."))

    def _prove_live(self, live: bool) -> None:
        if self._publication is None:
            self._turns.prove_live(live)

    def _open(self, opened: Opened) -> None:
        """Take what the source is; a publisher or playlist may go on with something else."""
        if self._opened_us is None:
            self._opened_us = self._clock.monotonic_us()
        self._stream.restart()
        self._stream.playing = self._source
        self._stream.enter(State(Phase.LIVE))
        self._stream.open(opened)

    def _offer_own(self, starts: bool) -> None:
        """Offer the source's own pictures only as long as a decoder can begin with them."""
        if (opened := self._stream.opened) is not None:
            log.info("event=starts stream=%s found=%s", self._stream.name, starts)
            self._stream.open(replace(opened, starts=starts))

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


def _fields(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: body[name] for name in names}
