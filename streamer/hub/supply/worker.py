"""Start, feed, watch and end one worker process.

Workers are forked from a helper process that has PyAV loaded already (multiprocessing's
forkserver), so that one starts in tens of milliseconds and shares FFmpeg's pages with its
siblings. All that a worker says arrives through one socketpair and is read by an
`asyncio.BufferedProtocol` straight into the byte string that every viewer will share.
"""

import asyncio
import logging
import multiprocessing
import socket
from collections.abc import Callable
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, cast

import anyio
import anyio.to_thread

from streamer.address import Scheme, SourceSpec
from streamer.border import CONTROL, RecordReader, pack_control, parse_control
from streamer.clock import Clock
from streamer.errors import MediaError
from streamer.hub.supply.entry import MAIN, SLATE_MAIN, STILL_MAIN, Descriptor, enter

log = logging.getLogger(__name__)

Body = dict[str, Any]
Demand = tuple[dict[int, str], tuple[str, ...]]
_SOCKET_BUFFER = 1 << 20
_GRACE_S = 0.5
STDIN = 0


class Forge:
    """Makes worker processes."""

    def __init__(self) -> None:
        methods = multiprocessing.get_all_start_methods()
        self._context: BaseContext = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        self._context.set_forkserver_preload([MAIN, SLATE_MAIN, STILL_MAIN])

    async def start(
        self,
        spec: SourceSpec,
        on_media: Callable[[bytearray], None],
        on_control: Callable[[dict[str, Any]], None],
        clock: Clock,
        feed: socket.socket | None = None,
    ) -> "Worker":
        """A running worker on `spec`; the callbacks get what it says, in order.

        It gets a duplicate of `feed`, out of which it reads what is published.
        """
        ours, theirs = socket.socketpair()
        for sock in (ours, theirs):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER)
        try:
            process = await anyio.to_thread.run_sync(self._fork, theirs, spec, feed)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        worker = Worker(process, _Reader(on_media, on_control, clock))
        try:
            await worker.listen(ours)
        except BaseException:
            ours.close()
            with anyio.CancelScope(shield=True):
                await worker.stop()
            raise
        return worker

    def _fork(
        self, sock: socket.socket, spec: SourceSpec, feed: socket.socket | None
    ) -> BaseProcess:
        pipe = None if feed is None else Descriptor(feed.fileno())
        if spec.address.scheme is Scheme.STDIN:
            pipe = Descriptor(STDIN)
        return self.fork(enter, sock, spec, pipe)

    def fork(self, target: Callable[..., None], *arguments: Any) -> BaseProcess:
        """A running process that calls `target`, and ends with this one."""
        process: BaseProcess = self._context.Process(  # type: ignore[attr-defined]
            target=target, args=arguments, daemon=True
        )
        process.start()
        return process


class Worker:
    """One worker process, from its start to its reaping."""

    def __init__(self, process: BaseProcess, reader: "_Reader") -> None:
        self._process = process
        self._reader = reader

    async def listen(self, sock: socket.socket) -> None:
        """Read what it says from `sock`, which the worker then owns."""
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self._reader, sock=sock)

    @property
    def pid(self) -> int | None:
        """The process id."""
        return self._process.pid

    @property
    def heard_us(self) -> int:
        """Monotonic time at which the worker last said anything."""
        return self._reader.heard_us

    @property
    def closed(self) -> bool:
        """Whether the worker has hung up."""
        return self._reader.closed

    def tell(
        self, on_media: Callable[[bytearray], None], on_control: Callable[[dict[str, Any]], None]
    ) -> None:
        """Tell others what it says from now on."""
        self._reader.on_media, self._reader.on_control = on_media, on_control

    def hush(self) -> None:
        """Tell nobody any more what it says."""
        self.tell(ignore, ignore)

    def demand(self, renditions: dict[int, str], sound: tuple[str, ...] = ()) -> None:
        """Ask for exactly these renditions, by catalog index, and these forms of sound."""
        body = {"type": "demand", "renditions": renditions, "sound": sound}
        self._reader.write(pack_control(body))

    def keyframe(self, index: int) -> None:
        """Ask the encoder of a rendition for a keyframe."""
        self._reader.write(pack_control({"type": "keyframe", "rendition": index}))

    def again(self) -> None:
        """Let it try once more to open its source, after it said that it could not and waits."""
        self._reader.write(pack_control({"type": "again"}))

    async def stop(self) -> int | None:
        """End the process, kindly and then not, and reap it. Returns its exit code."""
        self._reader.close()
        return await anyio.to_thread.run_sync(self._reap)

    def _reap(self) -> int | None:
        self._process.join(_GRACE_S)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        code = self._process.exitcode
        self._process.close()
        return code


def ignore(_: object) -> None:
    """What a worker says that nobody hears."""


class _Reader(asyncio.BufferedProtocol):
    def __init__(
        self,
        on_media: Callable[[bytearray], None],
        on_control: Callable[[dict[str, Any]], None],
        clock: Clock,
    ) -> None:
        self.on_media = on_media
        self.on_control = on_control
        self._clock = clock
        self._records = RecordReader()
        self._transport: asyncio.Transport | None = None
        self.heard_us = clock.monotonic_us()
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def get_buffer(self, _sizehint: int) -> memoryview:
        return self._records.buffer()

    def buffer_updated(self, nbytes: int) -> None:
        self.heard_us = self._clock.monotonic_us()
        try:
            record = self._records.filled(nbytes)
            if record is None:
                return
            if record[0] == CONTROL:
                self.on_control(parse_control(record[1]))
            else:
                self.on_media(record[1])
        except MediaError as exc:
            log.warning("event=worker-broken reason=%r", exc.sentence)
            self.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.closed = True
        self.on_control({"type": "closed"})

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
