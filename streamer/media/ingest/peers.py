"""The TCP connections of this process: those that a source made, and those of its own.

A connection of FFmpeg's is only a descriptor. Where the process has others besides, as `push` has
one with the server that it publishes to, they must be told apart: `known` keeps account of them.
"""

import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

_DESCRIPTORS = (Path("/proc/self/fd"), Path("/dev/fd"))

# By then who dials has given up.
_DIALLED_S = 20.0

T = TypeVar("T")


class Known:
    """The connections that no source has made."""

    def __init__(self) -> None:
        self._sockets: set[socket.socket] = set()
        self._dialling = 0
        self._changed = threading.Condition()

    @contextmanager
    def connected(self, connect: Callable[[], T], of: Callable[[T], socket.socket]) -> Iterator[T]:
        """What `connect` returns; its socket is known until this ends."""
        connection = self._connect(connect, of)
        sock = of(connection)
        try:
            yield connection
        finally:
            with self._changed:
                self._sockets.discard(sock)

    def others(self) -> frozenset[str]:
        """The IP addresses that sources are connected with.

        While a connection is being made, nobody can say whose it is; so that is waited for.
        """
        with self._changed:
            self._changed.wait_for(lambda: not self._dialling, _DIALLED_S)
            ours = {each.fileno() for each in self._sockets}
            return frozenset(found for number in _descriptors() - ours if (found := _peer(number)))

    def _connect(self, connect: Callable[[], T], of: Callable[[T], socket.socket]) -> T:
        with self._changed:
            self._dialling += 1
        sockets: set[socket.socket] = set()
        try:
            connection = connect()
            sockets.add(of(connection))
            return connection
        finally:
            with self._changed:
                self._sockets |= sockets
                self._dialling -= 1
                self._changed.notify_all()


known = Known()


def _descriptors() -> set[int]:
    folder = next((each for each in _DESCRIPTORS if each.is_dir()), None)
    return set() if folder is None else {int(name) for name in os.listdir(folder)}  # noqa: PTH208


def _peer(descriptor: int) -> str:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return ""
        with socket.socket(fileno=os.dup(descriptor)) as sock:
            if sock.family not in (socket.AF_INET, socket.AF_INET6):
                return ""
            return str(sock.getpeername()[0]) if sock.type == socket.SOCK_STREAM else ""
    except OSError:
        return ""  # closed meanwhile, or not connected
