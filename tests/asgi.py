"""A client of an ASGI application, in its process: events in, events out, and no socket."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import anyio
from starlette.applications import Starlette

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.hub.hub import Hub, Limits
from streamer.hub.spec import StreamSpec
from streamer.hub.stream import Opened, Stream
from streamer.hub.supply.publication import Terms
from streamer.parsing import parse
from streamer.server.routes import build
from streamer.server.tokens import Gate

TIMEOUT_S = 20
WEB = Path(__file__).parent.parent / "web"
H264 = Opened("h264", 640, 360, 30.0)
SPECS = (
    StreamSpec("cam", SourceSpec(parse("rtsp://user:s3cr3t@cam.lan/1?token=s3cr3t"))),
    StreamSpec("pattern.js", SourceSpec(parse("pattern:"))),
)

Event = MutableMapping[str, Any]


class Answer(NamedTuple):
    """A whole HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes


class Exchange:
    """One request or WebSocket: what the application sends, and what it gets."""

    def __init__(self, takes: int = 0) -> None:
        self._out: asyncio.Queue[Event] = asyncio.Queue(takes)
        self._in: asyncio.Queue[Event] = asyncio.Queue()
        self.receive = self._in.get
        self.send = self._out.put

    async def next(self) -> Event:
        """What the application sends next."""
        with anyio.fail_after(TIMEOUT_S):
            return await self._out.get()

    def tell(self, event: Event) -> None:
        """Give the application an event."""
        self._in.put_nowait(event)

    @property
    def pending(self) -> int:
        """How many events the application has sent that nobody has looked at."""
        return self._out.qsize()


class Site:
    """An application around a hub whose streams the test plays by hand."""

    def __init__(
        self,
        gate: Gate | None = None,
        limits: Limits | None = None,
        terms: Terms | None = None,
    ) -> None:
        self.clock = ManualClock()
        self.hub = Hub(SPECS, self.clock, limits, terms)
        self.app: Starlette = build(self.hub, gate or Gate(), WEB)

    @property
    def cam(self) -> Stream:
        return self.hub.stream("cam")

    @asynccontextmanager
    async def exchange(self, url: str, **scope: Any) -> AsyncIterator[Exchange]:
        """A request that the application answers while the block runs; it is over afterwards.

        Where `takes` is given, the application has to wait once so many events are not looked at.
        """
        exchange = Exchange(scope.pop("takes", 0))
        viewers = sum(each.viewers for each in self.hub.streams)
        async with anyio.create_task_group() as group:
            given = scope_of(url, **scope)
            group.start_soon(self.app, given, exchange.receive, exchange.send)
            yield exchange
            if given["type"] == "http":
                exchange.tell({"type": "http.disconnect"})
            else:
                exchange.tell({"type": "websocket.disconnect", "code": 1000})
        assert sum(each.viewers for each in self.hub.streams) == viewers

    async def get(self, url: str, method: str = "GET", **headers: str) -> Answer:
        """The whole answer to a request."""
        async with self.exchange(url, method=method, headers=headers) as exchange:
            exchange.tell({"type": "http.request"})
            start = await exchange.next()
            body, more = b"", True
            while more:
                part = await exchange.next()
                body, more = body + part.get("body", b""), part.get("more_body", False)
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], found, body)


def scope_of(url: str, headers: dict[str, str] | None = None, **extra: Any) -> Event:
    """An ASGI scope; header names are written with `_` for `-`."""
    path, _, query = url.partition("?")
    given = {"host": "localhost:8000"} | (headers or {})
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            (name.replace("_", "-").encode(), value.encode("latin-1"))
            for name, value in given.items()
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "extensions": {},
    } | extra
