"""Connect to a server, with every wait bounded, and say in words why that failed."""

import errno
import socket
import ssl
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from ipaddress import ip_address
from operator import attrgetter
from urllib.parse import urlsplit

from websockets.exceptions import InvalidMessage, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from streamer.client.role import Role
from streamer.client.target import Target
from streamer.media.ingest.peers import known
from streamer.wire import SUBPROTOCOL

OPEN_TIMEOUT_S = 5.0
_CLOSE_TIMEOUT_S = 1.0
_STUCK_S = 5
# Our servers say what they have to say on an open WebSocket; gateways say 502 to 504 for them.
_FOREIGN = frozenset({*range(200, 400), 400, 404, 405, 406, 410, 426, 501})
_CAUSES = {
    errno.ECONNREFUSED: "connection refused",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "the network is unreachable",
    errno.ETIMEDOUT: "no answer in time",
    errno.ECONNRESET: "the connection was reset",
    errno.EPIPE: "the connection was closed",
}


@contextmanager
def dial(target: Target, role: Role) -> Iterator[ClientConnection]:
    """An open WebSocket to where the target takes such a client.

    Raises:
        OSError, websockets.exceptions.WebSocketException: there is none; `explain` says why.
    """
    url = target.socket_url(role.folder)
    headers = {"Authorization": f"Bearer {target.token}"} if target.token else {}
    opened = partial(
        connect,
        url,
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        additional_headers=headers,
        compression=None,
        proxy=None if _is_here(url) else True,
        open_timeout=OPEN_TIMEOUT_S,
        close_timeout=_CLOSE_TIMEOUT_S,
        ping_interval=None,
        max_size=role.max_message,
    )
    with known.connected(opened, attrgetter("socket")) as connection, connection:
        _bound_sending(connection.socket)
        yield connection


def is_ours(target: Target, role: Role) -> bool:
    """Whether a server like this one takes such a client there, whatever it says to it then."""
    try:
        with dial(target, role) as connection:
            return connection.subprotocol == SUBPROTOCOL
    except (OSError, WebSocketException, ValueError, ImportError):
        return False


def is_foreign(exc: Exception) -> bool:
    """Whether what answers knows no WebSocket there, or speaks no HTTP of today."""
    if isinstance(exc, InvalidStatus):
        return exc.response.status_code in _FOREIGN
    # Without a cause of that kind the connection only ended too soon.
    return isinstance(exc, InvalidMessage) and isinstance(exc.__cause__, ValueError)


def explain(exc: Exception, target: Target) -> str:
    """Why the target cannot be reached, or no longer can, as a sentence."""
    shown = target.shown
    if isinstance(exc, InvalidStatus):
        return f"{shown} answers with HTTP {exc.response.status_code}."
    if isinstance(exc, OSError):
        return f"{shown} does not answer ({cause(exc)})."
    return f"{shown} closed the connection."


def cause(exc: OSError) -> str:
    """Why a server cannot be reached, in a few words."""
    if isinstance(exc, TimeoutError):
        return "no answer in time"
    if isinstance(exc, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(exc, socket.gaierror):
        return "the host name is not known"
    return _CAUSES.get(exc.errno or 0, "the connection failed")


def _is_here(url: str) -> bool:
    """Whether it is this machine, to which no proxy leads."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bound_sending(sock: socket.socket) -> None:
    """Let no write wait for a peer that stopped reading: it would hold up hearing, too."""
    if sys.platform == "win32":
        value = struct.pack("L", _STUCK_S * 1000)
    else:
        value = struct.pack("ll", _STUCK_S, 0)
    with suppress(OSError):  # it was closed already, and what was said before is still to be read
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, value)
