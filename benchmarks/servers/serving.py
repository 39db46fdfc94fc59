"""A plain application under uvicorn: one route of viewers, and the runs that the parent asks for.

By itself, so that the bare loop's process holds none of it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from benchmarks.servers.publishing import listen, obey


def serve(
    view: Callable[[WebSocket], Awaitable[None]], publish: Callable[[int], object], **options: Any
) -> None:
    """Serve with uvicorn's `options` until killed; nobody is pinged."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(obey, publish)
            yield
            group.cancel_scope.cancel()

    app = Starlette(routes=[WebSocketRoute("/ws", view)], lifespan=lifespan)
    config = uvicorn.Config(app, ws_ping_interval=None, log_config=None, **options)
    uvicorn.Server(config).run(sockets=[listen()])
