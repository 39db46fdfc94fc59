"""Files that lead elsewhere: an HTTP request without end, datagrams, standard output."""

import http.client
import json
import select
import socket
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from streamer.address import redact
from streamer.errors import ConfigError, TargetError, TargetRefused

OPEN_S = 5.0
_ANSWER_S = 2.0
_TS_PACKET = 188
_DATAGRAM = 7 * _TS_PACKET  # what fits into Ethernet's frames
_MULTICAST_HOPS = 1
# Who gets these answers would get them again.
_FOR_GOOD = frozenset({400, 401, 403, 404, 405, 409, 410, 411, 413, 415, 501})


class Outlet(Protocol):
    """Takes bytes; `write` raises `TargetError` or `OSError` when nobody does any more."""

    def write(self, data: bytes) -> int:
        """Send all of it."""
        ...


class HttpBody:
    """The body of one request, in chunks."""

    def __init__(self, connection: http.client.HTTPConnection, shown: str) -> None:
        self._connection = connection
        self._shown = shown

    def write(self, data: bytes) -> int:
        """Send a chunk.

        Raises:
            TargetError: the server has answered already, or is gone.
        """
        try:
            if select.select([self._connection.sock], [], [], 0)[0]:
                self._end(None)
            self._connection.send(b"%x\r\n%b\r\n" % (len(data), data))
        except OSError as exc:
            self._end(exc)
        return len(data)

    def finish(self) -> None:
        """End the body, and hear the server out."""
        with suppress(OSError, http.client.HTTPException):
            self._connection.send(b"0\r\n\r\n")
            self._connection.sock.settimeout(_ANSWER_S)
            self._connection.getresponse().read()

    def _end(self, cause: OSError | None) -> None:
        try:
            self._connection.sock.settimeout(_ANSWER_S)
            answer = self._connection.getresponse()
            body = answer.read(4096)
        except (OSError, http.client.HTTPException):
            raise TargetError(f"{self._shown} closed the connection.") from cause
        kind = TargetRefused if answer.status in _FOR_GOOD else TargetError
        raise kind(f"{self._shown} answers with {answer.status}{_reason(body)}") from cause


def _reason(body: bytes) -> str:
    """What our servers, and many others, say in JSON."""
    try:
        said = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return "."
    return f": {said!s:.300}"


@contextmanager
def http_body(url: str, method: str, content_type: str) -> Iterator[HttpBody]:
    """A request to that URL, whose body may be written.

    Raises:
        OSError: nobody is there.
    """
    parts = urlsplit(url)
    connection = _connection(parts)
    try:
        connection.putrequest(
            method, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        )
        connection.putheader("Transfer-Encoding", "chunked")
        connection.putheader("Content-Type", content_type)
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            basic = b64encode(pair.encode()).decode()
            connection.putheader("Authorization", f"Basic {basic}")
        connection.endheaders()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = HttpBody(connection, redact(url))
        yield body
        body.finish()
    finally:
        connection.close()


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=OPEN_S)


class Datagrams:
    """MPEG-TS over UDP, whole packets in each datagram."""

    def __init__(self, sock: socket.socket, address: tuple[str, int]) -> None:
        self._sock = sock
        self._address = address
        self._left = b""

    def write(self, data: bytes) -> int:
        """Send what there is of whole packets; that nobody listens is no failure."""
        whole = self._left + data
        end = len(whole) - len(whole) % _TS_PACKET
        for at in range(0, end, _DATAGRAM):
            with suppress(ConnectionRefusedError):
                self._sock.sendto(whole[at : min(at + _DATAGRAM, end)], self._address)
        self._left = whole[end:]
        return len(data)


@contextmanager
def datagrams(url: str) -> Iterator[Datagrams]:
    """A UDP socket for that URL.

    Raises:
        OSError: the host is not known.
    """
    parts = urlsplit(url)
    family, kind, _, _, address = socket.getaddrinfo(
        parts.hostname, parts.port, type=socket.SOCK_DGRAM
    )[0]
    with socket.socket(family, kind) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _MULTICAST_HOPS)
        yield Datagrams(sock, (str(address[0]), int(address[1])))


class StandardOutput:
    """Standard output, unbuffered."""

    def write(self, data: bytes) -> int:
        """Send it."""
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return len(data)


@contextmanager
def standard_output() -> Iterator[StandardOutput]:
    """Standard output, where it leads to a program or file.

    Raises:
        ConfigError: it is a terminal.
    """
    if sys.stdout.isatty():
        raise ConfigError(
            "'-' is standard output, and that is a terminal; write "
            "streamer pattern --to - | streamer serve cam=-"
        )
    yield StandardOutput()
