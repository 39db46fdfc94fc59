"""Publishers: a body without end over HTTP, and a WebSocket session of the wire."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from streamer.border import pack_control, pack_media_head
from streamer.clock import Clock
from streamer.control import Hello, Pong, dump
from streamer.errors import BadMessage, PeerTimeout, StreamerError, UnsupportedMedia
from streamer.hub.hub import Hub
from streamer.hub.stream import Stream
from streamer.hub.supply.publication import Publication
from streamer.publishing import (
    CONTAINERS,
    MAX_MESSAGE_BYTES,
    Audience,
    Publish,
    Receipt,
    ServerMessage,
    check_meta,
    parse_publisher,
)
from streamer.server.allowance import SEND_WITHIN_S
from streamer.server.fanout import EXTENSION
from streamer.server.guard import Parting
from streamer.wire import Kind, unpack, unpack_meta

log = logging.getLogger(__name__)

SILENT_S = 10.0


async def take_body(request: Request, hub: Hub, silent_s: float = SILENT_S) -> Response:
    """Publish the body of a request until it ends; says then how much it was.

    Raises:
        StreamerError: it cannot be published, or no longer.
    """
    name = request.path_params["name"]
    began_us = hub.clock.monotonic_us()
    scope = anyio.CancelScope()
    publication = Publication(_ignore, scope.cancel, resumes=False)
    stream = hub.publish(name, publication)
    log.info("event=publisher-came stream=%s by=http", name)
    try:
        with scope:
            await _pour(request, publication, silent_s)
    finally:
        _leave(stream, publication)
    if publication.failure is not None:
        raise publication.failure
    seconds = (hub.clock.monotonic_us() - began_us) / 1e6
    told = {"stream": name, "bytes": publication.received, "seconds": round(seconds, 3)}
    return Parting(JSONResponse(told))


async def _pour(request: Request, publication: Publication, silent_s: float) -> None:
    while True:
        with _patience(silent_s, f"Nothing came for {silent_s:g} s; publish again."):
            message = await request.receive()
        if message["type"] == "http.disconnect":
            return
        if body := message.get("body"):
            await publication.write(body)
        if not message.get("more_body"):
            await publication.finish()
            # The worker coming to the end, or the publisher hanging up, is the end of it.
            await request.receive()
            return


async def serve_publisher(
    socket: WebSocket, hub: Hub, name: str, silent_s: float = SILENT_S
) -> None:
    """Serve an accepted publisher until it leaves.

    Raises:
        StreamerError: it broke the protocol, or cannot publish any longer.
    """
    door = socket.scope.get("extensions", {}).get(EXTENSION)
    if door is not None:
        door.take_messages(MAX_MESSAGE_BYTES)
    container = socket.query_params.get("container")
    if container not in (None, *CONTAINERS):
        raise UnsupportedMedia(f"The container {container!r:.40} is not taken; send webm.")
    outbox, scope = Outbox(), anyio.CancelScope()
    publication = Publication(outbox.put, scope.cancel, resumes=container is None)
    stream = hub.publish(name, publication)
    log.info("event=publisher-came stream=%s by=websocket", name)
    session = Session(publication, outbox, hub.clock)
    session.greet(stream)
    try:
        with scope:
            async with anyio.create_task_group() as group:
                group.start_soon(_deliver, socket, outbox, scope.cancel)
                await session.run(socket, silent_s)
                scope.cancel()
    finally:
        _leave(stream, publication)
    if publication.failure is not None:
        raise publication.failure


class Outbox:
    """What is to be said to a publisher; of each type only the newest, so that it stays small."""

    def __init__(self) -> None:
        self._messages: dict[str, ServerMessage] = {}
        self._wake = anyio.Event()

    def put(self, message: ServerMessage) -> None:
        """Say it as soon as may be."""
        self._messages[message.type] = message
        self._wake.set()

    async def take(self) -> ServerMessage:
        """The next message; waits for it."""
        while not self._messages:
            self._wake = anyio.Event()
            await self._wake.wait()
        return self._messages.pop(next(iter(self._messages)))


class Session:
    """What a publisher says, checked and handed on.

    A publication that does not resume is a recording: its packets are pieces of one container,
    which says itself what is in it.
    """

    def __init__(self, publication: Publication, outbox: Outbox, clock: Clock) -> None:
        self._publication = publication
        self._outbox = outbox
        self._clock = clock
        self._is_recording = not publication.resumes
        self._has_sound = False
        self.has_described = self._is_recording

    async def run(self, socket: WebSocket, silent_s: float) -> None:
        """Obey the publisher until it leaves; what it does wrong ends the publication."""
        try:
            await _receive(socket, self, silent_s)
        except StreamerError as exc:
            self._publication.end(exc)

    def greet(self, stream: Stream) -> None:
        """Say who we are, and how the stream is."""
        self._outbox.put(Hello(stream.name, self._clock.wall_us()))
        self._outbox.put(stream.state.message(self._clock.monotonic_us()))
        self._outbox.put(Audience(stream.viewers))

    async def hear(self, text: str) -> None:
        """Obey one control message.

        Raises:
            PeerError: it makes no sense, or names a codec that is not taken.
        """
        message = parse_publisher(text)
        if isinstance(message, Publish):
            if self._is_recording:
                raise BadMessage("What is in a container is not told by 'publish'; leave it out.")
            body = {"type": message.type, **asdict(message)}
            self.has_described, self._has_sound = True, message.sound is not None
            await self._publication.describe(pack_control(body))
        else:
            self._outbox.put(Pong(message.id, message.client_us, self._clock.wall_us()))

    async def take(self, message: bytes) -> None:
        """Hand on one packet, and acknowledge it.

        Raises:
            PeerError: it is none, comes too early, or carries metadata that is no JSON.
        """
        if not self.has_described:
            raise BadMessage(
                "The first message must be 'publish', which says what the packets are."
            )
        header, payload = unpack(message)
        self._check_kind(header.kind)
        meta, content = unpack_meta(header, payload)
        if meta is not None:
            check_meta(meta)
        if not content:
            raise BadMessage("A packet holds nothing.")
        if self._is_recording:
            await self._publication.write(bytes(content))
        else:
            await self._publication.write(pack_media_head(len(message)) + message)
        self._outbox.put(Receipt(header.sequence))

    def _check_kind(self, kind: Kind) -> None:
        if kind is Kind.AUDIO_PACKET and not self._has_sound:
            raise BadMessage("Sound came of which 'publish' has said nothing.")
        if kind not in (Kind.PACKET, Kind.AUDIO_PACKET):
            raise BadMessage(f"A publisher sends packets (kinds 7 and 8), not kind {kind}.")


async def _receive(socket: WebSocket, session: Session, silent_s: float) -> None:
    """Obey the publisher until it leaves; pings alone do not keep it."""
    end_s = anyio.current_time() + silent_s
    while True:
        what = "packet" if session.has_described else "'publish'"
        with _patience(end_s - anyio.current_time(), f"No {what} came for {silent_s:g} s."):
            message: Any = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if (data := message.get("bytes")) is not None:
            await session.take(data)
            end_s = anyio.current_time() + silent_s
        else:
            await session.hear(message["text"])


async def _deliver(socket: WebSocket, outbox: Outbox, on_end: Callable[[], None]) -> None:
    try:
        while True:
            text = dump(await outbox.take())
            with anyio.fail_after(SEND_WITHIN_S):
                await socket.send_text(text)
    except (WebSocketDisconnect, OSError, TimeoutError, RuntimeError):
        log.debug("event=publisher-takes-nothing")
        on_end()


def _leave(stream: Stream, publication: Publication) -> None:
    stream.stage.leave(publication)
    publication.close()
    log.info("event=publisher-left stream=%s bytes=%s", stream.name, publication.received)


@contextmanager
def _patience(seconds: float, sentence: str) -> Iterator[None]:
    try:
        with anyio.fail_after(seconds):
            yield
    except TimeoutError:
        raise PeerTimeout(sentence) from None


def _ignore(_message: ServerMessage) -> None:
    """Who publishes a body is told by its answer alone."""
