"""WebSockets on loopback: the server's protocol, and a client that parses every byte."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import anyio
import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from streamer.server.fanout import EXTENSION, Protocol, Wire
from streamer.wire import SUBPROTOCOL
from tests.asgi import TIMEOUT_S

App = Callable[..., Any]
# Encrypted, but nobody shows a certificate: there is none to keep or to expire.
ANONYMOUS = "AECDH-AES128-SHA@SECLEVEL=0"


def anonymous(side: int) -> ssl.SSLContext:
    """A context for TLS on loopback; `side` is one of the `ssl` module's `PROTOCOL_TLS_...`."""
    context = ssl.SSLContext(side)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # the last that has such ciphers
    context.set_ciphers(ANONYMOUS)
    return context


class Client:
    """A WebSocket client on a socket, with the `websockets` library's parser.

    Bare until `encrypt`; what is sent and read then goes through TLS.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._writer: asyncio.StreamWriter | None = None
        loop = asyncio.get_running_loop()
        self._send: Callable[[bytes], Awaitable[None]] = lambda data: loop.sock_sendall(sock, data)
        self._recv: Callable[[int], Awaitable[bytes]] = lambda size: loop.sock_recv(sock, size)
        self.events: list[Any] = []
        self.protocol = ClientProtocol(
            parse_uri("ws://localhost/ws/streams/cam"),
            subprotocols=[cast("Any", SUBPROTOCOL)],
            max_size=None,
        )

    async def encrypt(self) -> None:
        """Speak TLS from now on."""
        context = anonymous(ssl.PROTOCOL_TLS_CLIENT)
        reader, writer = await asyncio.open_connection(
            sock=self.sock, ssl=context, server_hostname="localhost"
        )

        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        self._send, self._recv, self._writer = send, reader.read, writer

    def close(self) -> None:
        """Leave without a word."""
        if self._writer is not None:
            self._writer.transport.abort()
        self.sock.close()

    async def open(self) -> None:
        self.protocol.send_request(self.protocol.connect())
        await self.flush()
        await self.next()
        assert self.protocol.handshake_exc is None

    async def flush(self) -> None:
        await self.put(b"".join(self.protocol.data_to_send()))

    async def put(self, data: bytes) -> None:
        """Send bytes, as one segment."""
        await self._send(data)
        for _ in range(3):  # it is read meanwhile
            await anyio.lowlevel.checkpoint()

    async def say(self, text: str) -> None:
        self.protocol.send_text(text.encode())
        await self.flush()

    async def next(self) -> Any:
        """The next event; b"" at the end."""
        while not self.events:
            with anyio.fail_after(TIMEOUT_S):
                data = await self._recv(1 << 16)
            if not data:
                return b""
            self.protocol.receive_data(data)
            assert self.protocol.parser_exc is None
            self.events += self.protocol.events_received()
        return self.events.pop(0)

    async def frames(self, count: int) -> list[tuple[Opcode, bytes]]:
        got = [await self.next() for _ in range(count)]
        assert all(isinstance(each, Frame) and each.fin for each in got)
        return [(each.opcode, bytes(each.data)) for each in got]


class Session:
    """An accepted viewer, from the server's side."""

    def __init__(self) -> None:
        self.protocol: Protocol | None = None
        self.scope: dict[str, Any] = {}
        self.texts: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.opened = asyncio.Event()
        self.heard = asyncio.Event()

    async def app(self, scope: Any, receive: App, send: App) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        self.scope = scope
        self.protocol = cast("Protocol", scope["extensions"][EXTENSION])
        self.protocol.on_text = self._hear
        self.opened.set()
        while True:
            self.events.append(await receive())
            self.heard.set()
            if self.events[-1]["type"] == "websocket.disconnect":
                return

    def _hear(self, text: str) -> None:
        self.texts.append(text)
        self.heard.set()

    async def hears(self, count: int) -> list[str]:
        with anyio.fail_after(TIMEOUT_S):
            while len(self.texts) < count:
                self.heard.clear()
                await self.heard.wait()
        return self.texts


@asynccontextmanager
async def connected(
    app: App,
    protocol: type[WebSocketsSansIOProtocol] = Protocol,
    buffer: int | None = None,
    *,
    tls: bool = False,
) -> AsyncIterator[tuple[Client, WebSocketsSansIOProtocol]]:
    """A client and a server's protocol, over TCP on loopback, or TLS on it."""
    config = uvicorn.Config(
        app,
        interface="asgi3",
        log_config=None,
        lifespan="off",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
    )
    config.load()
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(listener.getsockname())
    far, _ = listener.accept()
    listener.close()
    near.setblocking(False)
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if buffer is not None:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    state = ServerState()
    made = protocol(config, state, {})
    client = Client(near)
    context = anonymous(ssl.PROTOCOL_TLS_SERVER) if tls else None
    async with anyio.create_task_group() as group:
        if tls:
            group.start_soon(client.encrypt)
        transport, _ = await loop.connect_accepted_socket(lambda: made, far, ssl=context)
    try:
        await client.open()
        yield client, made
    finally:
        client.close()
        with anyio.fail_after(TIMEOUT_S):
            await asyncio.gather(*state.tasks, return_exceptions=True)
        transport.abort()
        with anyio.fail_after(TIMEOUT_S):
            while state.connections:
                await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def viewing(
    buffer: int | None = None, *, tls: bool = False
) -> AsyncIterator[tuple[Client, Session, Wire]]:
    session = Session()
    async with connected(session.app, buffer=buffer, tls=tls) as (client, _):
        await session.opened.wait()
        assert session.protocol is not None
        yield client, session, session.protocol.open_wire()
