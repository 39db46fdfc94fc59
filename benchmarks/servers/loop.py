"""The bare loop inside a server: uvicorn with its sockets open, and nothing of ours.

What it costs more than `bare` is what any server with an event loop pays beside its sends: timers,
wake-ups, and a processor's cache that holds other things when the loop's turn comes.
"""

import socket
from contextlib import suppress
from typing import Any, cast

from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from benchmarks.servers.publishing import BASE
from benchmarks.servers.serving import serve
from streamer.hub.delivery.message import pack_frame
from streamer.server.fanout import borrow

_EXTENSION = "benchmarks.socket"


class Protocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which tells the application its socket."""

    def handle_connect(self, event: Any) -> None:
        """Put the socket into the scope."""
        super().handle_connect(event)
        sock = borrow(self.transport.get_extra_info("socket"))
        extensions = cast("dict[str, Any]", self.scope["extensions"])
        extensions[_EXTENSION] = sock


class Loop:
    """The sockets of those who watch."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    async def view(self, viewer: WebSocket) -> None:
        """Keep one viewer's socket open."""
        await viewer.accept()
        self._sockets.append(viewer.scope["extensions"][_EXTENSION])
        with suppress(WebSocketDisconnect):
            await viewer.receive_bytes()

    def publish(self, size: int) -> None:
        """Write one frame to all."""
        frame = pack_frame(0x82, BASE[:size])
        for sock in self._sockets:
            sock.send(frame)


def main() -> None:
    """Serve until killed."""
    loop = Loop()
    serve(loop.view, loop.publish, ws=Protocol, ws_per_message_deflate=False)


if __name__ == "__main__":
    main()
