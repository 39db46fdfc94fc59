"""A viewer's WebSocket session: from the accepted handshake to the close."""

import logging
from collections.abc import Callable
from typing import Any

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from streamer.errors import BadMessage, PeerTimeout
from streamer.hub.delivery.message import Message
from streamer.hub.hub import Hub
from streamer.hub.stream import Stream
from streamer.server.allowance import SEND_WITHIN_S
from streamer.server.fanout import EXTENSION
from streamer.server.mailbox import Mailbox
from streamer.server.viewer import Viewer

log = logging.getLogger(__name__)

PLAY_WITHIN_S = 10.0


async def serve_viewer(
    socket: WebSocket, stream: Stream, hub: Hub, play_within_s: float = PLAY_WITHIN_S
) -> None:
    """Serve an accepted viewer until it leaves.

    Raises:
        PeerError: the viewer broke the protocol; the caller closes with its code.
    """
    door = socket.scope.get("extensions", {}).get(EXTENSION)
    async with anyio.create_task_group() as group:
        scope = group.cancel_scope
        if door is None:
            mailbox = Mailbox()
            viewer = Viewer(stream, mailbox, hub.clock, hub.pump, scope.cancel)
            group.start_soon(_deliver, socket, mailbox, viewer, scope.cancel)
        else:
            viewer = Viewer(stream, door.open_wire(), hub.clock, hub.pump, scope.cancel)
            door.on_text = viewer.receive
        viewer.enter()
        try:
            group.start_soon(_expect_play, viewer, play_within_s)
            await _receive(socket, viewer)
        finally:
            if door is not None:
                door.on_text = None
            viewer.leave()
        scope.cancel()
    if viewer.failure is not None:
        raise viewer.failure


async def _receive(socket: WebSocket, viewer: Viewer) -> None:
    """Obey what the viewer says until it leaves; past a side door, only its leaving comes here."""
    while True:
        message: Any = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None:
            viewer.fail(BadMessage("A viewer sends text messages; binary is for the server."))
            return
        viewer.receive(text)


async def _deliver(
    socket: WebSocket, mailbox: Mailbox, viewer: Viewer, leave: Callable[[], None]
) -> None:
    """Pass on what is sent to a mailbox, for servers without the side door.

    `leave` ends the session of a viewer that takes nothing.
    """
    try:
        while (item := await mailbox.take()) is not None:
            with anyio.fail_after(SEND_WITHIN_S):
                if isinstance(item, Message):
                    await socket.send({"type": "websocket.send", "bytes": bytes(item.data)})
                    mailbox.taken(item)
                else:
                    await socket.send_text(item)
            viewer.pump()
    except TimeoutError:
        log.info("event=viewer-left reason='It takes nothing.'")
        leave()
    except (WebSocketDisconnect, OSError, RuntimeError):
        log.debug("event=viewer-left")


async def _expect_play(viewer: Viewer, within_s: float) -> None:
    await anyio.sleep(within_s)
    if not viewer.is_playing:
        viewer.fail(PeerTimeout(f"No 'play' within {within_s:g} s; send it first."))
