"""Plain ASGI: starlette's `send_bytes` from a task per viewer, on uvicorn's defaults.

`deflate` as argument leaves permessage-deflate on, as uvicorn does by default.
"""

import asyncio
import sys

from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.servers.publishing import BASE
from benchmarks.servers.serving import serve

_QUEUE = 64


class Broadcast:
    """A queue for each viewer."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes]] = set()

    async def view(self, socket: WebSocket) -> None:
        """Serve one viewer until it leaves."""
        await socket.accept()
        queue: asyncio.Queue[bytes] = asyncio.Queue(_QUEUE)
        self._queues.add(queue)
        try:
            while True:
                await socket.send_bytes(await queue.get())
        except WebSocketDisconnect:
            pass
        finally:
            self._queues.discard(queue)

    def publish(self, size: int) -> None:
        """Give one message to every viewer."""
        message = BASE[:size]
        for queue in self._queues:
            queue.put_nowait(message)


def main() -> None:
    """Serve until killed."""
    broadcast = Broadcast()
    serve(broadcast.view, broadcast.publish, ws_per_message_deflate="deflate" in sys.argv)


if __name__ == "__main__":
    main()
