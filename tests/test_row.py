"""One frame to a row of real sockets: copies and shared pages arrive alike, whoever is slow."""

import errno
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from streamer.hub.delivery.row import SHARED_BYTES, SHARED_LANES, Pages, Row

Pair = tuple[socket.socket, socket.socket]
LARGE = 256 * 1024


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    """Connections over TCP: our end, which never waits, and the viewer's."""
    with ExitStack() as stack, socket.create_server(("127.0.0.1", 0)) as listener:
        made: list[Pair] = []
        for _ in range(SHARED_LANES):
            theirs = stack.enter_context(socket.create_connection(listener.getsockname()))
            ours = stack.enter_context(listener.accept()[0])
            ours.setblocking(False)
            made.append((ours, theirs))
        yield made


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes that left as shared pages, one entry for each socket and frame."""
    sizes: list[int] = []
    send_pages = os.sendfile

    def sendfile(to: int, file: int, offset: int, count: int) -> int:
        sizes.append(count)
        return send_pages(to, file, offset, count)

    monkeypatch.setattr(os, "sendfile", sendfile)
    return sizes


def row(pairs: list[Pair], pages: Pages | None = None) -> Row:
    return Row((ours for ours, _ in pairs), pages or Pages())


def frame(fill: int, size: int = SHARED_BYTES) -> bytes:
    return bytes([fill]) * size


def receive(sock: socket.socket, size: int) -> bytes:
    return sock.recv(size, socket.MSG_WAITALL)


@pytest.mark.parametrize("size", [SHARED_BYTES - 1, SHARED_BYTES, 100_000], ids=str)
def test_every_socket_gets_the_frame(pairs: list[Pair], shared: list[int], size: int) -> None:
    sent = os.urandom(size)
    assert row(pairs).send(sent) == []
    assert [receive(theirs, size) for _, theirs in pairs] == [sent] * len(pairs)
    assert shared == ([size] * len(pairs) if size >= SHARED_BYTES else [])


def test_few_sockets_are_sent_copies(pairs: list[Pair], shared: list[int]) -> None:
    few = pairs[: SHARED_LANES - 1]
    assert row(few).send(frame(1)) == []
    assert receive(few[0][1], SHARED_BYTES) == frame(1)
    assert shared == []


def test_what_is_under_way_keeps_what_it_was_sent(pairs: list[Pair]) -> None:
    """The first viewer reads nothing until four more frames have been written to the same file."""
    everyone = row(pairs)
    for fill in range(5):
        assert everyone.send(frame(fill)) == []
    for _, theirs in pairs:
        got = receive(theirs, 5 * SHARED_BYTES)
        assert got == b"".join(frame(fill) for fill in range(5))


def test_a_socket_that_is_full_takes_a_part(pairs: list[Pair]) -> None:
    slow, theirs = pairs[2]
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    everyone, taken = row(pairs), 0
    readers = [drain(theirs) for ours, theirs in pairs if ours is not slow]
    for fill in range(40):
        short = dict(everyone.send(frame(fill, LARGE)))
        taken += short.get(slow, LARGE)
        if slow in short:
            break
    assert taken < 40 * LARGE
    assert receive(theirs, taken) == b"".join(frame(fill, LARGE) for fill in range(40))[:taken]
    close(pairs, readers)


def drain(sock: socket.socket) -> threading.Thread:
    """Read to the end beside the test."""

    def read() -> None:
        while sock.recv(LARGE):
            pass

    thread = threading.Thread(target=read)
    thread.start()
    return thread


def close(pairs: list[Pair], readers: list[threading.Thread]) -> None:
    for ours, _ in pairs:
        ours.shutdown(socket.SHUT_WR)
    for reader in readers:
        reader.join()


def test_a_socket_that_is_broken_takes_nothing(pairs: list[Pair]) -> None:
    broken = pairs[3][0]
    broken.shutdown(socket.SHUT_WR)
    assert row(pairs).send(frame(1)) == [(broken, 0)]
    assert receive(pairs[4][1], SHARED_BYTES) == frame(1)


def refuse(*_: object) -> int:
    raise OSError(errno.EMFILE, "Too many open files")


@pytest.mark.parametrize("call", ["memfd_create", "ftruncate", "pwrite"])
def test_without_a_file_copies_are_sent(
    pairs: list[Pair], shared: list[int], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(os, call, refuse)
    assert row(pairs).send(frame(1)) == []
    monkeypatch.undo()
    assert row(pairs[:1]).send(frame(2)) == []
    assert receive(pairs[0][1], 2 * SHARED_BYTES) == frame(1) + frame(2)
    assert shared == []


def test_a_file_that_takes_a_part_is_not_sent(
    pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "pwrite", lambda file, data, at: len(data) - 1)
    assert row(pairs).send(frame(1)) == []
    assert receive(pairs[0][1], SHARED_BYTES) == frame(1)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_pages_cannot_be_sent_copies_are(
    pairs: list[Pair], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    tried: list[int] = []

    def sendfile(to: int, *_: int) -> int:
        tried.append(to)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "sendfile", sendfile)
    everyone = row(pairs)
    assert everyone.send(frame(1)) + everyone.send(frame(2)) == []
    for _, theirs in pairs:
        assert receive(theirs, 2 * SHARED_BYTES) == frame(1) + frame(2)
    assert tried == [pairs[0][0].fileno()]


def test_the_file_is_closed_with_its_owner(pairs: list[Pair]) -> None:
    pages = Pages()
    file = pages.hold(frame(1))
    assert file is not None
    assert os.fstat(file).st_size == SHARED_BYTES
    del pages
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)


def test_lanes_without_a_descriptor_are_sent_copies(shared: list[int]) -> None:
    class Bare:
        def send(self, frame: bytes, /) -> int:
            return len(frame)

        def fileno(self) -> int:
            return -1

    assert Row([Bare() for _ in range(SHARED_LANES)], Pages()).send(frame(1)) == []
    assert shared == []
