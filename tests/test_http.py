"""Connections on which nothing comes, or not all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest
import uvicorn
from anyio.abc import SocketStream
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.server import ServerState

from streamer.server import http
from streamer.server.fanout import Protocol
from streamer.server.http import Http

TIMEOUT_S = 10
HEAD_S = 0.4
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n"
UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_S", HEAD_S)


async def answer(_: object) -> PlainTextResponse:
    await anyio.sleep(1.5 * HEAD_S)
    return PlainTextResponse("yes")


async def talk(websocket: WebSocket) -> None:
    await websocket.accept()
    await anyio.sleep(1.5 * HEAD_S)
    await websocket.send_text("yes")


async def read_on(stream: SocketStream) -> None:
    while True:
        await stream.receive()


@asynccontextmanager
async def connected() -> AsyncIterator[SocketStream]:
    app = Starlette(routes=[Route("/", answer), WebSocketRoute("/", talk)])
    config = uvicorn.Config(app, http=Http, ws=Protocol, log_config=None)
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Http(config, state, {}), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, await anyio.connect_tcp("127.0.0.1", port) as stream:
        with anyio.fail_after(TIMEOUT_S):
            yield stream


@pytest.mark.anyio
@pytest.mark.parametrize("said", [b"", b"GET", REQUEST])
async def test_who_says_nothing_or_not_all_is_let_go(said: bytes) -> None:
    async with connected() as stream:
        if said:
            await stream.send(said)
        with pytest.raises(anyio.EndOfStream):
            await stream.receive()


@pytest.mark.anyio
async def test_so_is_who_asks_once_and_begins_again() -> None:
    async with connected() as stream:
        await stream.send(REQUEST + b"\r\n")
        assert (await stream.receive()).startswith(b"HTTP/1.1 200")
        await stream.send(b"G")
        with pytest.raises(anyio.EndOfStream):
            await read_on(stream)


@pytest.mark.anyio
async def test_an_answer_may_take_longer() -> None:
    async with connected() as stream:
        await stream.send(REQUEST + b"\r\n")
        assert (await stream.receive()).startswith(b"HTTP/1.1 200")


@pytest.mark.anyio
async def test_a_websocket_is_let_be() -> None:
    async with connected() as stream:
        await stream.send(REQUEST + UPGRADE + b"\r\n")
        said = b""
        while not said.endswith(b"yes"):
            said += await stream.receive()
        assert said.startswith(b"HTTP/1.1 101")
