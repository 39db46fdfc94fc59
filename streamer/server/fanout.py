"""Fan-out at the speed of the kernel: one prebuilt WebSocket frame, written straight to sockets.

`Protocol` is uvicorn's WebSocket protocol with a side door. A viewer finds it in its scope
(`EXTENSION`) and gets a `Wire`: the port that its subscription writes to. Media and control
messages then go to the socket without a task, a queue or a copy, and what the viewer says comes
back by a plain call. The handshake, pings, the close and everything else stay uvicorn's. On any
other ASGI server there is no such extension, and the viewer is served through a `Mailbox`.

How a frame leaves. With nothing buffered in the transport, the frame is written to the socket's
descriptor directly; what the kernel does not take is given to the transport, and until that has
drained everything goes through it, in order. `TCP_NOTSENT_LOWAT` makes the kernel refuse early, so
that stale frames wait where they can still be dropped: with us.

This leans on uvicorn's internals (`transport`, `conn`, `send_receive_event_to_app`), so its minor
version is pinned and `tests/test_fanout.py` compares bytes.
"""

import asyncio
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from streamer.hub.message import Message

EXTENSION = "streamer.wire"
NOTSENT_LOWAT = 16 * 1024
_SIOCOUTQNSD = 0x894B  # linux/sockios.h: bytes that TCP has not sent yet
_TEXT, _BINARY = 0x81, 0x82
_IS_LINUX = sys.platform == "linux"


def pack_frame(opcode: int, payload: bytes | bytearray) -> bytes:
    """One unmasked, final WebSocket frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        head = struct.pack(">BB", opcode, size)
    elif size < 1 << 16:
        head = struct.pack(">BBH", opcode, 126, size)
    else:
        head = struct.pack(">BBQ", opcode, 127, size)
    return head + payload


class Wire:
    """A viewer's port onto its socket."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        sock = transport.get_extra_info("socket")
        # TLS has to pass through the transport; without a socket there is nothing to be quick on.
        plain = transport.get_extra_info("sslcontext") is None
        self._descriptor = sock.fileno() if sock is not None and plain else -1
        if sock is not None:
            _tune(sock)

    def send(self, message: Message) -> bool:
        """Write one media message; False when part of it had to be buffered."""
        frame = message.frame
        if frame is None:
            frame = message.frame = pack_frame(_BINARY, message.data)
        return self._write(frame)

    def send_text(self, text: str) -> None:
        """Write one control message."""
        self._write(pack_frame(_TEXT, text.encode()))

    def unsent(self) -> int:
        """Bytes in the transport's buffer and, on Linux, unsent ones in the kernel's."""
        buffered = self._transport.get_write_buffer_size()
        if buffered or self._descriptor < 0 or not _IS_LINUX or self._transport.is_closing():
            return buffered
        answer = fcntl.ioctl(self._descriptor, _SIOCOUTQNSD, b"\0\0\0\0")
        return int.from_bytes(answer, sys.byteorder)

    def abort(self) -> None:
        """Drop the connection: its viewer takes nothing."""
        self._transport.abort()

    def _write(self, frame: bytes) -> bool:
        transport = self._transport
        if transport.is_closing():
            return True
        if self._descriptor < 0 or transport.get_write_buffer_size():
            transport.write(frame)
            return False
        try:
            written = os.write(self._descriptor, frame)
        except BlockingIOError:
            written = 0
        except OSError:
            transport.abort()
            return True
        if written == len(frame):
            return True
        transport.write(memoryview(frame)[written:])
        return False


class Protocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol with a side door for viewers.

    While `on_text` is set, text messages go there by a plain call.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_text: Callable[[str], None] | None = None

    def handle_connect(self, event: Any) -> None:
        """Put ourselves into the scope, where the application finds us."""
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            extensions = cast("dict[str, Any]", self.scope["extensions"])
            extensions[EXTENSION] = self

    def open_wire(self) -> Wire:
        """The port of an accepted viewer."""
        return Wire(self.transport)

    def send_receive_event_to_app(self) -> None:
        """Pass a text message to the viewer by a plain call, anything else to the application."""
        if self.on_text is None or self.curr_msg_data_type != "text" or self.close_sent:
            super().send_receive_event_to_app()
            return
        data, self.frames = b"".join(self.frames), []
        self.on_text(data.decode("utf-8", "replace"))


def _tune(sock: socket.socket) -> None:
    # The transport's socket object allows setsockopt; uvicorn's transports are TCP or Unix.
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lowat = getattr(socket, "TCP_NOTSENT_LOWAT", 25 if _IS_LINUX else None)
    if lowat is not None:
        sock.setsockopt(socket.IPPROTO_TCP, lowat, NOTSENT_LOWAT)
