"""Our server: the real stream, channel, subscription, session and fan-out; the messages are made.

Only the worker process is left out: what it would send is published directly.
"""

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from benchmarks.servers.publishing import BASE, listen, obey
from streamer.address import SourceSpec
from streamer.clock import SystemClock
from streamer.hub.hub import Hub
from streamer.hub.spec import StreamSpec
from streamer.hub.state import Phase, State
from streamer.hub.stream import Opened, Stream
from streamer.parsing import parse
from streamer.rendition import Description
from streamer.rendition import parse as parse_rendition
from streamer.server.fanout import Protocol
from streamer.server.session import serve_viewer
from streamer.wire import HEADER_SIZE, SUBPROTOCOL, Flags, Header, Kind, pack

_CAPTURED, _CAPTURED_AT = struct.Struct(">Q"), 16
GROUP = 10


class Source:
    """A live stream whose messages are made to measure."""

    def __init__(self, clock: SystemClock) -> None:
        self.stream = Stream(StreamSpec("bench", SourceSpec(parse("pattern:"))), clock)
        self._clock = clock
        self._count = 0
        self._made: dict[tuple[int, Flags], bytes] = {}
        self.stream.channel(parse_rendition("copy"))
        self.stream.enter(State(Phase.LIVE))
        # So few lines that the ladder has no rung below: nobody would publish there.
        self.stream.open(Opened("h264", 320, 180, 30.0))
        self.stream.describe(0, Description("avc1.640029", 320, 180, 30.0))

    def publish(self, size: int) -> int:
        """Publish one fragment of `size` bytes; returns its sequence number."""
        flags = Flags.NONE if self._count % GROUP else Flags.KEYFRAME
        made = self._made.get((size, flags))
        if made is None:
            header = Header(Kind.FRAGMENT, flags, 0, 0, 0, 0, 2000)
            made = self._made[size, flags] = pack(header, BASE[: size - HEADER_SIZE])
        message = bytearray(made)
        _CAPTURED.pack_into(message, _CAPTURED_AT, self._clock.wall_us())
        self.stream.publish(message)
        self._count += 1
        return self._count

    def figures(self) -> dict[str, Any]:
        """What was dropped for the viewers since they came, by reason."""
        return {"dropped": dict(self.stream.tally.dropped)}


def application(source: Source, hub: Hub) -> Starlette:
    """The viewers' route and the pump."""

    async def view(socket: WebSocket) -> None:
        await socket.accept(SUBPROTOCOL)
        await serve_viewer(socket, source.stream, hub)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(hub.pump.run)
            group.start_soon(obey, source.publish, source.figures)
            yield
            group.cancel_scope.cancel()

    return Starlette(routes=[WebSocketRoute("/ws", view)], lifespan=lifespan)


def main() -> None:
    """Serve until killed."""
    clock = SystemClock()
    source, hub = Source(clock), Hub((), clock)
    config = uvicorn.Config(
        application(source, hub),
        ws=Protocol,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_config=None,
        access_log=False,
        lifespan="on",
    )
    uvicorn.Server(config).run(sockets=[listen()])


if __name__ == "__main__":
    main()
