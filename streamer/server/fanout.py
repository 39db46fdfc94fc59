"""Fan-out at the speed of the kernel: one prebuilt WebSocket frame, written straight to sockets.

`Protocol` is uvicorn's WebSocket protocol with a side door. A viewer finds it in its scope
(`EXTENSION`) and gets a `Wire`: the port that its subscription writes to. Media and control
messages then go to the socket without a task, a queue or a copy, and what the viewer says comes
back by a plain call. The handshake, pings, the close and everything else stay uvicorn's. On any
other ASGI server there is no such extension, and the viewer is served through a `Mailbox`.

How a frame leaves. With nothing buffered in the transport, the frame is sent to the socket
directly (`send` takes a twentieth less time than `write`); what the kernel does not take is given
to the transport, and until that has drained everything goes through it, in order. The option
`TCP_NOTSENT_LOWAT` makes the kernel refuse early, so that stale frames wait where they can still
be dropped: with us.

Viewers that keep up are not even asked: their convoy sends to the socket itself. So that
nothing else comes between, uvicorn's own writes (pong, ping, close) go through the `Wire` as well,
and whatever has to be buffered, the close and the loss of the connection close the lane.

This leans on uvicorn's internals (`transport`, `conn`, `send_receive_event_to_app`), so its minor
version is pinned and `tests/test_fanout.py` compares bytes.
"""

import asyncio
import fcntl
import socket
import sys
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from streamer.hub.delivery.message import Message, pack_frame
from streamer.server.inbound import Boundary, whole_text

EXTENSION = "streamer.wire"
NOTSENT_LOWAT = 16 * 1024
MAX_UNTAKEN = 1 << 20  # bytes of answers behind what a viewer does not take
PARTING_S = 1.0
READ_BYTES = 16 * 1024
_SIOCOUTQNSD = 0x894B  # linux/sockios.h: bytes that TCP has not sent yet
_TEXT = 0x81
_IS_LINUX = sys.platform == "linux"


class Wire:
    """A viewer's port onto its socket, and what uvicorn takes for its transport."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._on_close: Callable[[], None] | None = None
        self._untaken = 0
        sock = transport.get_extra_info("socket")
        # TLS has to pass through the transport; without a socket there is nothing to be quick on.
        plain = transport.get_extra_info("sslcontext") is None
        self._socket = borrow(sock) if sock is not None and plain else None
        if sock is not None:
            _tune(sock)
        _read_little(transport)

    def send(self, message: Message) -> bool:
        """Write one media message; False when part of it had to be buffered."""
        return self._put(message.frame)

    def send_text(self, text: str) -> None:
        """Write one control message."""
        self.write(pack_frame(_TEXT, text.encode()))

    def lane(self, on_close: Callable[[], None]) -> socket.socket | None:
        """The socket, while nothing is buffered; `on_close` ends that."""
        if self.is_closing() or self._transport.get_write_buffer_size():
            return None
        if self._socket is not None:
            self._on_close = on_close
        return self._socket

    def finish(self, frame: bytes, sent: int) -> None:
        """Send the rest of a frame that the lane did not take."""
        if not self.is_closing():
            self._buffer(memoryview(frame)[sent:])

    def unsent(self) -> int:
        """Bytes in the transport's buffer and, on Linux, unsent ones in the kernel's."""
        buffered = self._transport.get_write_buffer_size()
        if buffered or self._socket is None or not _IS_LINUX or self.is_closing():
            return buffered
        answer = fcntl.ioctl(self._socket, _SIOCOUTQNSD, b"\0\0\0\0")
        return int.from_bytes(answer, sys.byteorder)

    def abort(self) -> None:
        """Drop the connection: its viewer takes nothing."""
        self._close_lane()
        self._transport.abort()

    def lost(self) -> None:
        """The connection is lost; its descriptor will soon be another's."""
        self._close_lane()
        sock, self._socket = self._socket, None
        if sock is not None:
            sock.detach()

    def write(self, data: bytes) -> bool:
        """Write what is said, in order; False when part of it had to be buffered.

        Nobody may drop it, and it may be the answer to what costs the viewer nothing: one that
        goes on asking and takes no answers is dropped.
        """
        if self._is_behind():
            self._untaken += len(data)
        if self._untaken > MAX_UNTAKEN:
            self.abort()
        return self._put(data)

    def _put(self, data: bytes) -> bool:
        if self.is_closing():
            return True
        if self._is_behind() or self._socket is None:
            self._buffer(data)
            return False
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.abort()
            return True
        if sent == len(data):
            return True
        self._buffer(memoryview(data)[sent:])
        return False

    def close(self) -> None:
        """Close once everything is sent."""
        self._close_lane()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether it is closed or being closed."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Take no more from the viewer for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take from the viewer again."""
        self._transport.resume_reading()

    def _is_behind(self) -> bool:
        """Whether anything is buffered; where nothing is, all that was said has been taken."""
        if self._transport.get_write_buffer_size():
            return True
        self._untaken = 0
        return False

    def _buffer(self, data: bytes | memoryview) -> None:
        self._close_lane()
        self._transport.write(data)

    def _close_lane(self) -> None:
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()


class Protocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol with a side door for viewers.

    While `on_text` is set, text messages go there by a plain call.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_text: Callable[[str], None] | None = None
        self._wire: Wire | None = None
        self._boundary = Boundary()

    def handle_connect(self, event: Any) -> None:
        """Put ourselves into the scope, where the application finds us."""
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            extensions = cast("dict[str, Any]", self.scope["extensions"])
            extensions[EXTENSION] = self

    def open_wire(self) -> Wire:
        """The port of an accepted viewer."""
        wire = self._wire = Wire(self.transport)
        self.transport = cast("asyncio.Transport", wire)
        return wire

    def take_messages(self, max_bytes: int) -> None:
        """Take messages of that size: a publisher's are longer than a viewer's."""
        self.conn.max_message_size = max_bytes

    def data_received(self, data: bytes) -> None:
        """Pass a whole text frame to the viewer at once, anything else to the parser."""
        if self.on_text is not None and self._boundary.is_here and not self.close_sent:
            text = whole_text(data)
            if text is not None:
                self.on_text(text.decode("utf-8", "replace"))
                return
        if self.handshake_initiated:
            self._boundary.passed(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let nobody write to the descriptor any more."""
        if self._wire is not None:
            self._wire.lost()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """Drop a viewer that answers no ping: a close would wait until it takes what is unsent."""
        super().keepalive_timeout()
        if self._wire is not None and self._wire.unsent():
            self._wire.abort()

    def handle_parser_exception(self) -> None:
        """Say why, and read on for a moment: to close upon unread bytes resets the connection.

        What the peer was told would then be lost.
        """
        close = self.conn.close_sent
        if self.close_sent or close is None:
            return
        event = {"type": "websocket.disconnect", "code": close.code, "reason": close.reason}
        self.queue.put_nowait(cast("Any", event))
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(PARTING_S, self.transport.close)

    def send_receive_event_to_app(self) -> None:
        """Pass a text message to the viewer by a plain call, anything else to the application."""
        if self.on_text is None or self.curr_msg_data_type != "text" or self.close_sent:
            super().send_receive_event_to_app()
            return
        data, self.frames = b"".join(self.frames), []
        self.on_text(data.decode("utf-8", "replace"))


def _read_little(transport: asyncio.Transport) -> None:
    """Ask the kernel for no more at once than a viewer's control message may be long.

    Where there is no uvloop, which reads into one buffer: asyncio allocates all that it asks for,
    256 KB, which Linux's allocator maps and unmaps. So an acknowledgement takes 10 us to read, and
    1.3 us like this.
    """
    if hasattr(transport, "max_size"):  # asyncio's own transports, but for TLS
        transport.max_size = READ_BYTES


def borrow(sock: socket.socket) -> socket.socket:
    """The transport's socket as one that sends, which event loops do not give; to be detached."""
    return socket.socket(sock.family, sock.type, sock.proto, fileno=sock.fileno())


def _tune(sock: socket.socket) -> None:
    # The transport's socket object allows setsockopt; uvicorn's transports are TCP or Unix.
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lowat = getattr(socket, "TCP_NOTSENT_LOWAT", 25 if _IS_LINUX else None)
    if lowat is not None:
        sock.setsockopt(socket.IPPROTO_TCP, lowat, NOTSENT_LOWAT)
