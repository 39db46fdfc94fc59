"""Plain ASGI: starlette's `send_bytes` from a task per viewer, on uvicorn's defaults.

`deflate` as argument leaves permessage-deflate on, as uvicorn does by default.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.servers.publishing import BASE, listen, obey

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

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(obey, broadcast.publish)
            yield
            group.cancel_scope.cancel()

    app = Starlette(routes=[WebSocketRoute("/ws", broadcast.view)], lifespan=lifespan)
    deflate = "deflate" in sys.argv
    config = uvicorn.Config(
        app, ws_per_message_deflate=deflate, ws_ping_interval=None, log_config=None
    )
    uvicorn.Server(config).run(sockets=[listen()])


if __name__ == "__main__":
    main()
