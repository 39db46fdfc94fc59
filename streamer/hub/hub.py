"""All streams of one process."""

import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import anyio

from streamer.clock import Clock
from streamer.errors import GoingDown, TooManyViewers, UnknownStream
from streamer.hub.backoff import Backoff
from streamer.hub.pump import Pump
from streamer.hub.retry import Retry
from streamer.hub.slates import Slates, draw
from streamer.hub.stream import Stream, StreamSpec
from streamer.hub.supervisor import Supervisor
from streamer.hub.worker import Forge


@dataclass(frozen=True, slots=True)
class Limits:
    """How many viewers are let in, in all and on each stream."""

    viewers: int = 2000
    viewers_per_stream: int = 2000


class Hub:
    """The streams, by name, in the order in which they were named."""

    def __init__(
        self, specs: Iterable[StreamSpec], clock: Clock, limits: Limits | None = None
    ) -> None:
        self.clock = clock
        self._limits = limits or Limits()
        self.pump = Pump()
        self._forge = Forge()
        self.slates = Slates(partial(draw, self._forge), clock)
        self._streams = {spec.name: Stream(spec, clock) for spec in specs}

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

    def close(self) -> None:
        """Send every viewer away: the server is being stopped."""
        for stream in self.streams:
            stream.dismiss(GoingDown("The server is being stopped."))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run every stream's supervisor inside the block."""
        async with anyio.create_task_group() as group:
            for stream in self.streams:
                retry = Retry(stream, self.clock, Backoff(random.random))
                supervisor = Supervisor(stream, self._forge, self.clock, retry)
                group.start_soon(supervisor.run)
            group.start_soon(self.pump.run)
            yield
            group.cancel_scope.cancel()
