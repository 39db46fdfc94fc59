"""Look now and then whether a source is back, while a fallback runs in its place.

A worker of its own tries to open the source beside the fallback's, so that viewers see nothing of
a try that fails. It is told what they demand from its beginning: one that opens takes over in that
moment, and its first picture follows.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio

from streamer.address import SourceSpec
from streamer.clock import Clock
from streamer.errors import Haste
from streamer.hub.supply.backoff import Backoff
from streamer.hub.supply.errand import FAILURES
from streamer.hub.supply.retry import DENIED_S
from streamer.hub.supply.turns import Turns
from streamer.hub.supply.worker import Body, Demand, Forge, Worker, ignore

log = logging.getLogger(__name__)

LOOK_FIRST_S = 4.0
LOOK_CAP_S = 60.0
# Beyond twice the time to open, as av.open may take that twice.
_MARGIN_S = 3.0
_ANSWERS = frozenset({"opened", "failed", "ended", "closed"})

# Takes the turn, the worker, what that was told to make and what it said; returns the worker that
# is to be stopped for it.
Take = Callable[[int, Worker, Demand, Body], Worker | None]


class Lookout:
    """The tries beside the fallback of one stream; `wake` makes it look at the clock."""

    def __init__(self, forge: Forge, clock: Clock, backoff: Backoff) -> None:
        self._forge = forge
        self._clock = clock
        self._backoff = backoff
        self._pause_s: float | None = None
        self._news = anyio.Event()
        self._attempt: _Attempt | None = None

    def proved(self) -> None:
        """Start over with short pauses: what was missed worked for a while."""
        self._backoff.reset()
        self._pause_s = None

    def wake(self) -> None:
        """Time may have passed, or something was said."""
        self._news.set()

    @asynccontextmanager
    async def posted(
        self, turns: Turns, demand: Callable[[], Demand], take: Take
    ) -> AsyncIterator[None]:
        """Look inside the block for the sources that `turns` misses; `take` gets who is back."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._run, turns, demand, take)
            try:
                yield
            finally:
                if self._attempt is not None:
                    self._attempt.abandon()
                group.cancel_scope.cancel()

    async def _run(self, turns: Turns, demand: Callable[[], Demand], take: Take) -> None:
        while True:
            if self._pause_s is None:
                self._pause_s = self._backoff.next_s(LOOK_CAP_S)
            due_us = self._now_us() + round(self._pause_s * 1e6)
            while self._now_us() < due_us or not turns.missed(self._now_us()):
                await self._wait()
            self._pause_s = None
            for turn, source in turns.missed(self._now_us()):
                attempt = self._attempt = _Attempt(turn, take, self.wake)
                await self._look(attempt, source, demand)
                if attempt.is_taken:
                    break
                self._weigh(turns, turn, attempt.answer)

    async def _look(
        self, attempt: "_Attempt", source: SourceSpec, demand: Callable[[], Demand]
    ) -> None:
        """Make an attempt until it has an answer, or takes too long."""
        try:
            worker = await self._forge.start(source, ignore, attempt.hear, self._clock)
        except FAILURES as exc:
            log.warning("event=no-lookout source=%s reason=%r", source.address.shown, str(exc))
            return
        try:
            attempt.begin(worker, demand())
            limit_us = self._now_us() + round((2 * source.open_timeout_s + _MARGIN_S) * 1e6)
            while attempt.answer is None and self._now_us() <= limit_us:
                await self._wait()
        finally:
            await attempt.end()

    def _weigh(self, turns: Turns, turn: int, answer: Body | None) -> None:
        """Take into account why a source did not open."""
        if answer is None:
            return
        if answer.get("haste") == Haste.SELDOM:
            turns.rest(self._now_us() + round(DENIED_S * 1e6), turn)
        if not answer.get("retryable", True):
            turns.give_up(turn)

    async def _wait(self) -> None:
        await self._news.wait()
        self._news = anyio.Event()

    def _now_us(self) -> int:
        return self._clock.monotonic_us()


class _Attempt:
    """One worker beside the fallback's: what it answers, and who is to be stopped in the end."""

    def __init__(self, turn: int, take: Take, wake: Callable[[], None]) -> None:
        self._turn = turn
        self._take = take
        self._wake = wake
        self._worker: Worker | None = None
        self._demanded: Demand = ({}, ())
        self._is_abandoned = False
        self.answer: Body | None = None
        self.is_taken = False

    def hear(self, body: Body) -> None:
        """Take what the worker says; the first answer counts."""
        if self.answer is None and body["type"] in _ANSWERS:
            self.answer = body
            self._consider()
            self._wake()

    def begin(self, worker: Worker, demanded: Demand) -> None:
        """Take the worker, which may have said something already."""
        self._worker, self._demanded = worker, demanded
        if any(demanded):  # who is told of a demand holds pictures for missed if none comes
            worker.demand(*demanded)
        self._consider()

    def abandon(self) -> None:
        """Take over no more."""
        self._is_abandoned = True

    async def end(self) -> None:
        """Stop the worker, or the one in whose place it is now."""
        worker, self._worker = self._worker, None
        if worker is not None:
            with anyio.CancelScope(shield=True):
                await worker.stop()

    def _consider(self) -> None:
        if self._worker is None or self.answer is None or self._is_abandoned:
            return
        if self.answer["type"] == "opened":
            self.is_taken = True
            self._worker = self._take(self._turn, self._worker, self._demanded, self.answer)
