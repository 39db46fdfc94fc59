"""A bad link in front of a server: a TCP proxy that limits, delays and stalls what passes.

How it works. Each connection has two ways, each with a transmitter and a delay line. The
transmitter takes bytes from the socket only as fast as the link's rate sends them, so that what
cannot be sent yet backs up to the sender, as it does at a real bottleneck. The delay line then
holds what was sent for the time that it travels, without slowing the rate. A stall stops both
transmitters; what already travels arrives.

How much it holds. Towards the viewer, in front of the bottleneck: `queue_bytes` in the receive
buffer of the socket to the server (the kernel is asked for that much payload; segments are kept
at Ethernet's size, as loopback's 64 KB ones do not fit a small window) and one chunk of at most
5 ms of the rate. Behind it: what the rate sends during the delay. Towards the server likewise, if
that way has a rate of its own.

Tried and rejected: asyncio streams, which read ahead up to 128 KB whatever the limit says.
"""

import asyncio
import random
import re
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from streamer.errors import ConfigError

QUEUE_BYTES = 32 * 1024
_SEGMENT = 1448
_CHUNK_S = 0.005
_MAX_CHUNK = 64 * 1024
_LATE_WAKING_S = 0.005
_TRAVELLING = 1024  # chunks
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
_RATE = re.compile(r"(\d+(?:\.\d+)?)([kmg]?)\Z", re.IGNORECASE)
_TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s)\Z")


@dataclass(frozen=True, slots=True)
class Impairment:
    """What is wrong with a link.

    `rate_bps` is the most bits per second towards the viewer, `up_bps` towards the server (None:
    no limit); `delay_ms` the way in one direction, so half of what it adds to the round trip;
    `jitter_ms` how far the delay wanders to either side; `stall` for how long, and how often,
    nothing passes, in seconds.
    """

    rate_bps: float | None = None
    up_bps: float | None = None
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    stall: tuple[float, float] | None = None

    def stalled_for_s(self, time_s: float) -> float:
        """How long nothing passes from `time_s` on, counted from the link's start."""
        if self.stall is None:
            return 0.0
        duration_s, every_s = self.stall
        into_s = time_s % every_s
        # At the end of each period, so that a session begins well.
        return every_s - into_s if into_s >= every_s - duration_s else 0.0


def parse_link(spec: str) -> Impairment:
    """What `rate=2M,up=1M,delay=50ms,jitter=10ms,stall=3s/30s` says; each part may be left out.

    Raises:
        ConfigError: an unknown part, one given twice, or a value that does not fit.
    """
    fields: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in spec.split(","))):
        name, _, value = part.partition("=")
        if name not in ("rate", "up", "delay", "jitter", "stall"):
            raise ConfigError(
                f"'{part}' is no part of a link; use rate, up, delay, jitter, stall."
            )
        if name in fields:
            raise ConfigError(f"'{name}' stands twice in '{spec}'.")
        fields[name] = value
    return Impairment(
        rate_bps=_rate_bps(fields["rate"]) if "rate" in fields else None,
        up_bps=_rate_bps(fields["up"]) if "up" in fields else None,
        delay_ms=_seconds(fields.get("delay", "0ms")) * 1000,
        jitter_ms=_seconds(fields.get("jitter", "0ms")) * 1000,
        stall=_stall(fields["stall"]) if "stall" in fields else None,
    )


class Link:
    """A listening proxy; `port` is where viewers connect. `impairment` may change at any time."""

    def __init__(
        self, host: str, port: int, impairment: Impairment, queue_bytes: int = QUEUE_BYTES
    ) -> None:
        self.impairment = impairment
        self._target = (host, port)
        self._queue_bytes = queue_bytes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self._shorten_queue(self._listener)
        self._random = random.Random(1)  # noqa: S311  # the same jitter in every run
        self._start_s = 0.0
        self.port: int = self._listener.getsockname()[1]

    async def serve(self) -> None:
        """Pass connections on, until cancelled."""
        loop = asyncio.get_running_loop()
        self._start_s = loop.time()
        with self._listener:
            async with anyio.create_task_group() as group:
                while True:
                    viewer, _ = await loop.sock_accept(self._listener)
                    group.start_soon(self._connect, viewer)

    async def _connect(self, viewer: socket.socket) -> None:
        with viewer:
            try:
                with await self._reach_server() as server:
                    viewer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    async with anyio.create_task_group() as group:
                        group.start_soon(self._pass, server, viewer, False)
                        await self._pass(viewer, server, True)
                        group.cancel_scope.cancel()
            except* OSError:
                pass  # either end left; so does the other

    async def _reach_server(self) -> socket.socket:
        """A connection to the first of the server's addresses that answers.

        Raises:
            OSError: none does.
        """
        loop = asyncio.get_running_loop()
        failure = OSError("The server has no address.")
        for family, *_, address in await loop.getaddrinfo(*self._target, type=socket.SOCK_STREAM):
            try:
                return await self._reach(family, address)
            except OSError as exc:
                failure = exc
        raise failure

    async def _reach(self, family: int, address: Any) -> socket.socket:
        with ExitStack() as stack:
            server = stack.enter_context(socket.socket(family))
            server.setblocking(False)
            self._shorten_queue(server)
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(server, address)
            stack.pop_all()
            return server

    def _shorten_queue(self, source: socket.socket) -> None:
        source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._queue_bytes)
        source.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)

    async def _pass(self, source: socket.socket, sink: socket.socket, upwards: bool) -> None:
        """One way, until its source ends."""
        send, receive = anyio.create_memory_object_stream[tuple[float, bytes]](_TRAVELLING)
        async with anyio.create_task_group() as group:
            group.start_soon(self._arrive, receive, sink)
            await self._transmit(source, send, upwards)

    async def _transmit(
        self,
        source: socket.socket,
        travelling: MemoryObjectSendStream[tuple[float, bytes]],
        upwards: bool,
    ) -> None:
        loop = asyncio.get_running_loop()
        free_s = due_s = 0.0
        with travelling:
            while data := await loop.sock_recv(source, self._chunk(upwards)):
                await self._sit_out_stall()
                rate_bps = self._rate_bps(upwards)
                if rate_bps is not None:
                    # Waking late must not lower the rate.
                    free_s = max(free_s, loop.time() - _LATE_WAKING_S) + len(data) * 8 / rate_bps
                    await anyio.sleep(max(0.0, free_s - loop.time()))
                due_s = max(due_s, loop.time() + self._delay_s())
                await travelling.send((due_s, data))

    async def _arrive(
        self, travelling: MemoryObjectReceiveStream[tuple[float, bytes]], sink: socket.socket
    ) -> None:
        loop = asyncio.get_running_loop()
        with travelling:
            async for due_s, data in travelling:
                await anyio.sleep(max(0.0, due_s - loop.time()))
                await loop.sock_sendall(sink, data)
        sink.shutdown(socket.SHUT_WR)

    async def _sit_out_stall(self) -> None:
        now_s = asyncio.get_running_loop().time()
        left_s = self.impairment.stalled_for_s(now_s - self._start_s)
        if left_s > 0:
            await anyio.sleep(left_s)

    def _rate_bps(self, upwards: bool) -> float | None:
        return self.impairment.up_bps if upwards else self.impairment.rate_bps

    def _chunk(self, upwards: bool) -> int:
        rate_bps = self._rate_bps(upwards)
        if rate_bps is None:
            return _MAX_CHUNK
        return min(max(_SEGMENT, round(rate_bps / 8 * _CHUNK_S)), _MAX_CHUNK)

    def _delay_s(self) -> float:
        jitter_ms = self.impairment.jitter_ms
        wander_ms = self._random.uniform(-jitter_ms, jitter_ms) if jitter_ms else 0.0
        return max(0.0, self.impairment.delay_ms + wander_ms) / 1000


@asynccontextmanager
async def open_link(
    host: str, port: int, impairment: Impairment, queue_bytes: int = QUEUE_BYTES
) -> AsyncIterator[Link]:
    """Serve a link to a server at `host` and `port`."""
    link = Link(host, port, impairment, queue_bytes)
    async with anyio.create_task_group() as group:
        group.start_soon(link.serve)
        yield link
        group.cancel_scope.cancel()


def _rate_bps(value: str) -> float:
    match = _RATE.match(value)
    if match is None or float(match[1]) == 0:
        raise ConfigError(f"'{value}' is no rate; write bits per second as 800k or 2.5M.")
    return float(match[1]) * _SCALE[match[2].lower()]


def _seconds(value: str) -> float:
    match = _TIME.match(value)
    if match is None:
        raise ConfigError(f"'{value}' is no time; write for example 50ms or 3s.")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def _stall(value: str) -> tuple[float, float]:
    duration, _, every = value.partition("/")
    duration_s, every_s = _seconds(duration), _seconds(every)
    if not 0 < duration_s < every_s:
        raise ConfigError(f"'{value}' is no stall; write for how long and how often, as 3s/30s.")
    return duration_s, every_s
