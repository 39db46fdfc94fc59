"""The bare loop inside a server: uvicorn with its sockets open, and nothing of ours.

What it costs more than `bare` is what any server with an event loop pays beside its sends: timers,
wake-ups, and a processor's cache that holds other things when the loop's turn comes.
"""

import os
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from benchmarks.servers.publishing import BASE
from benchmarks.servers.serving import serve
from streamer.hub.message import pack_frame

_EXTENSION = "benchmarks.descriptor"


class Protocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which tells the application its descriptor."""

    def handle_connect(self, event: Any) -> None:
        """Put the descriptor into the scope."""
        super().handle_connect(event)
        descriptor = self.transport.get_extra_info("socket").fileno()
        self.scope["extensions"][_EXTENSION] = descriptor


class Loop:
    """The descriptors of those who watch."""

    def __init__(self) -> None:
        self._descriptors: list[int] = []

    async def view(self, socket: WebSocket) -> None:
        """Keep one viewer's socket open."""
        await socket.accept()
        self._descriptors.append(socket.scope["extensions"][_EXTENSION])
        with suppress(WebSocketDisconnect):
            await socket.receive_bytes()

    def publish(self, size: int) -> None:
        """Write one frame to all."""
        frame = pack_frame(0x82, BASE[:size])
        for descriptor in self._descriptors:
            os.write(descriptor, frame)


def main() -> None:
    """Serve until killed."""
    loop = Loop()
    serve(loop.view, loop.publish, ws=Protocol, ws_per_message_deflate=False)


if __name__ == "__main__":
    main()
