"""One short piece of picture work, done by a process that does only that and is then gone.

The server's own process never touches pictures: what is decoded or drawn may hang, crash or take
all the memory there is, and a process can be killed.
"""

import socket
from collections.abc import Callable, Iterable
from typing import Any

import anyio
import anyio.to_thread

from streamer.border import RecordReader
from streamer.hub.supply.worker import Forge

DONE_WITHIN_S = 10.0
# What may go wrong, all of which is said to the log by who asked.
FAILURES = (OSError, EOFError, RuntimeError)


async def run_errand(
    forge: Forge,
    target: Callable[..., None],
    *arguments: Any,
    parts: Iterable[bytes | memoryview] = (),
) -> bytes:
    """What `target` sends as one media record down the socket that is its first argument.

    It reads `parts`, to their end, from the same socket.

    Raises:
        OSError, EOFError, RuntimeError, MediaError: it did not, or not in time.
    """
    return await anyio.to_thread.run_sync(_run, forge, target, arguments, parts)


def _run(
    forge: Forge,
    target: Callable[..., None],
    arguments: tuple[Any, ...],
    parts: Iterable[bytes | memoryview],
) -> bytes:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = forge.fork(target, theirs, *arguments)
        try:
            ours.settimeout(DONE_WITHIN_S)
            for part in parts:
                ours.sendall(part)
            ours.shutdown(socket.SHUT_WR)
            return _record(ours)
        finally:
            process.kill()
            process.join()
            process.close()


def _record(sock: socket.socket) -> bytes:
    reader = RecordReader()
    while count := sock.recv_into(reader.buffer()):
        record = reader.filled(count)
        if record is not None:
            return bytes(record[1])
    raise EOFError("The process ended early.")
