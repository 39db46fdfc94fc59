"""All streams of one process."""

import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import anyio

from streamer.clock import Clock
from streamer.errors import GoingDown, UnknownStream
from streamer.hub.backoff import Backoff
from streamer.hub.pump import Pump
from streamer.hub.stream import Stream, StreamSpec
from streamer.hub.supervisor import Supervisor
from streamer.hub.worker import Forge


class Hub:
    """The streams, by name, in the order in which they were named."""

    def __init__(self, specs: Iterable[StreamSpec], clock: Clock) -> None:
        self.clock = clock
        self.pump = Pump()
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

    def close(self) -> None:
        """Send every viewer away: the server is being stopped."""
        for stream in self.streams:
            stream.dismiss(GoingDown("The server is being stopped."))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run every stream's supervisor inside the block."""
        forge = Forge()
        async with anyio.create_task_group() as group:
            for stream in self.streams:
                supervisor = Supervisor(stream, forge, self.clock, Backoff(random.random))
                group.start_soon(supervisor.run)
            group.start_soon(self.pump.run)
            yield
            group.cancel_scope.cancel()
