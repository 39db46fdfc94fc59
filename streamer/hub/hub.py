"""All streams of one process."""

import logging
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import anyio
from anyio.abc import TaskGroup

from streamer.address import PUBLISHED_BODY, SourceSpec
from streamer.clock import Clock
from streamer.errors import (
    BadMessage,
    GoingDown,
    PublishingOff,
    StreamRemoved,
    TooManyStreams,
    TooManyViewers,
    UnknownStream,
)
from streamer.hub.delivery.pump import Pump
from streamer.hub.spec import StreamSpec
from streamer.hub.stream import Stream
from streamer.hub.supply.backoff import Backoff
from streamer.hub.supply.lookout import LOOK_CAP_S, LOOK_FIRST_S, Lookout
from streamer.hub.supply.publication import Publication, Terms
from streamer.hub.supply.retry import Retry
from streamer.hub.supply.slates import Slates, draw
from streamer.hub.supply.supervisor import Supervisor
from streamer.hub.supply.worker import Forge
from streamer.parsing import STREAM_NAME

log = logging.getLogger(__name__)

ABANDONED_US = 60_000_000
_LOOK_EVERY_S = 1.0
_FAILED_S = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How many viewers are let in, in all and on each stream; how many streams there may be."""

    viewers: int = 2000
    viewers_per_stream: int = 2000
    streams: int = 64


class Hub:
    """The streams, by name, in the order in which they were named."""

    def __init__(
        self,
        specs: Iterable[StreamSpec],
        clock: Clock,
        limits: Limits | None = None,
        terms: Terms | None = None,
    ) -> None:
        self.clock = clock
        self._limits = limits or Limits()
        self._terms = terms or Terms()
        self.pump = Pump()
        self.forge = Forge()
        self.slates = Slates(partial(draw, self.forge), clock)
        self._streams = {spec.name: Stream(spec, clock) for spec in specs}
        self._group: TaskGroup | None = None
        self._scopes: dict[str, anyio.CancelScope] = {}

    @property
    def streams(self) -> tuple[Stream, ...]:
        """All streams."""
        return tuple(self._streams.values())

    def stream(self, name: str) -> Stream:
        """The stream of that name.

        Raises:
            UnknownStream: there is none.
        """
        try:
            return self._streams[name]
        except KeyError:
            raise UnknownStream(f"No stream is called '{name:.64}' here.") from None

    def admit(self, name: str) -> Stream:
        """The stream of that name, for one more viewer.

        Raises:
            UnknownStream: there is none.
            TooManyViewers: it or the server is full.
        """
        stream = self.stream(name)
        if stream.viewers >= self._limits.viewers_per_stream:
            raise TooManyViewers(f"'{name}' has {stream.viewers} viewers, which is all it takes.")
        if sum(each.viewers for each in self.streams) >= self._limits.viewers:
            raise TooManyViewers("This server has all the viewers that it takes; try again.")
        return stream

    def publish(self, name: str, publication: Publication) -> Stream:
        """Let a publisher onto the stream of that name, which is made if there is none.

        Raises:
            PublishingOff: no publishers are let in.
            BadMessage: that can be no name.
            NameTaken, PublisherExists: the stream has another source.
            TooManyStreams: there are all that may be.
        """
        self.check_publishing()
        stream = self._streams.get(name) or self._make(name)
        stream.admit(publication, takeover=self._terms.takeover)
        return stream

    def check_publishing(self) -> None:
        """Refuse where publishers are refused.

        Raises:
            PublishingOff: no publishers are let in.
        """
        if not self._terms.open:
            raise PublishingOff("This server takes no publishers; start it with --publish.")

    def remove_abandoned(self) -> None:
        """Remove the streams that were made for publishers who have been gone for a minute."""
        for stream in self.streams:
            if stream.is_abandoned(ABANDONED_US):
                self._remove(stream)

    def close(self) -> None:
        """Send every viewer and publisher away: the server is being stopped."""
        for stream in self.streams:
            stream.dismiss(GoingDown("The server is being stopped."))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run every stream's supervisor inside the block."""
        async with anyio.create_task_group() as group:
            self._group = group
            for stream in self.streams:
                self._start(stream)
            group.start_soon(self.pump.run)
            group.start_soon(self._tidy)
            yield
            self._group = None
            group.cancel_scope.cancel()

    def _make(self, name: str) -> Stream:
        if STREAM_NAME.match(name) is None:
            raise BadMessage(f"'{name:.64}' cannot be a stream's name; use letters and digits.")
        if len(self._streams) >= self._limits.streams:
            raise TooManyStreams(f"This server has {len(self._streams)} streams, all it takes.")
        spec = StreamSpec(name, SourceSpec(PUBLISHED_BODY), temporary=True)
        stream = self._streams[name] = Stream(spec, self.clock)
        self._start(stream)
        return stream

    def _start(self, stream: Stream) -> None:
        if self._group is not None:
            scope = self._scopes[stream.name] = anyio.CancelScope()
            self._group.start_soon(self._supervise, stream, scope)

    async def _supervise(self, stream: Stream, scope: anyio.CancelScope) -> None:
        with scope:
            retry = Retry(stream, self.clock, Backoff(random.random))
            looks = Backoff(random.random, LOOK_FIRST_S, LOOK_CAP_S)
            lookout = Lookout(self.forge, self.clock, looks)
            while True:
                try:
                    await Supervisor(stream, self.forge, self.clock, retry, lookout).run()
                except Exception:
                    # One stream's trouble must not end the others.
                    log.exception("event=supervisor-failed stream=%s", stream.name)
                    await anyio.sleep(_FAILED_S)

    def _remove(self, stream: Stream) -> None:
        del self._streams[stream.name]
        stream.dismiss(StreamRemoved(f"'{stream.name}' was removed."))
        if scope := self._scopes.pop(stream.name, None):
            scope.cancel()

    async def _tidy(self) -> None:
        while True:
            await anyio.sleep(_LOOK_EVERY_S)
            self.remove_abandoned()
