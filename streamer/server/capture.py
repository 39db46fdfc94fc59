"""Pictures over plain HTTP: one JPEG, endless multipart JPEG, endless fragmented MP4."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from streamer.clock import Clock
from streamer.control import CODECS, Play
from streamer.errors import BadMessage, PeerError, SourceLost
from streamer.hub.stream import Stream
from streamer.server.viewer import Viewer
from streamer.wire import HEADER_SIZE, Kind

log = logging.getLogger(__name__)

FIRST_PICTURE_S = 15.0
_LONGEST_S = 86_400
BOUNDARY = "frame"
_KIND_AT = 1

Encode = Callable[[bytearray], bytes]


async def media(stream: Stream, clock: Clock, play: Play) -> AsyncGenerator[bytearray, None]:
    """The media messages of a stream, until it ends or goes offline for good."""
    viewer = Viewer(stream, clock)
    viewer.enter()
    try:
        viewer.play(play)
        while not (viewer.state.is_final and viewer.subscription.is_empty):
            item = await viewer.subscription.next()
            viewer.check()
            if item is None:
                return
            if not isinstance(item, str):
                yield item
    finally:
        viewer.leave()


async def snapshot(stream: Stream, clock: Clock, rendition: str) -> Response:
    """The next picture as a JPEG.

    Raises:
        SourceLost: none came in time.
    """
    play = Play(renditions=(rendition,), codecs=("jpeg",))
    async with aclosing(media(stream, clock, play)) as messages:
        message = await _first(messages, stream)
    headers = {"cache-control": "no-store"}
    return Response(bytes(memoryview(message)[HEADER_SIZE:]), 200, headers, "image/jpeg")


class LiveResponse(Response):
    """What `encode` makes of each media message, without end or for a number of seconds."""

    def __init__(
        self,
        stream: Stream,
        clock: Clock,
        play: Play,
        media_type: str,
        encode: Encode,
        seconds: float | None,
    ) -> None:
        super().__init__(media_type=media_type, headers={"cache-control": "no-store"})
        del self.headers["content-length"]
        self._stream = stream
        self._clock = clock
        self._play = play
        self._encode = encode
        self._seconds = seconds

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the stream ends or the client leaves.

        Raises:
            SourceLost: there is no first picture, and nothing has been sent.
        """
        async with aclosing(media(self._stream, self._clock, self._play)) as messages:
            first = await _first(messages, self._stream)
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                await self._send_all(first, messages, send)
                group.cancel_scope.cancel()

    async def _send_all(
        self, first: bytearray, messages: AsyncIterator[bytearray], send: Send
    ) -> None:
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send(_chunk(self._encode(first)))
        with anyio.move_on_after(self._seconds):
            await self._send_rest(first, messages, send)
        await send({"type": "http.response.body", "body": b""})

    async def _send_rest(
        self, first: bytearray, messages: AsyncIterator[bytearray], send: Send
    ) -> None:
        try:
            async for message in messages:
                if message[_KIND_AT] != Kind.INIT:
                    await send(_chunk(self._encode(message)))
                elif message[HEADER_SIZE:] != first[HEADER_SIZE:]:
                    return  # a file has one init segment; the client asks again for the next
        except PeerError as exc:
            log.info("event=capture-ended reason=%r", exc.sentence)


def live_mp4(stream: Stream, clock: Clock, rendition: str, seconds: float | None) -> Response:
    """Live fragmented MP4; it ends where the decoder configuration changes."""
    play = Play(renditions=(rendition,), codecs=tuple(c for c in CODECS if c != "jpeg"))
    return LiveResponse(stream, clock, play, "video/mp4", _payload, seconds)


def live_mjpeg(stream: Stream, clock: Clock, rendition: str, seconds: float | None) -> Response:
    """Live multipart/x-mixed-replace of JPEGs, as cameras send it."""
    play = Play(renditions=(rendition,), codecs=("jpeg",))
    media_type = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
    return LiveResponse(stream, clock, play, media_type, _part, seconds)


def wanted_rendition(request: Request, default: str) -> str:
    """`?rendition=` of a request."""
    return request.query_params.get("rendition", default)


def wanted_seconds(request: Request) -> float | None:
    """`?seconds=` of a request; None means without end.

    Raises:
        BadMessage: not a number from 0 to 86400.
    """
    text = request.query_params.get("seconds")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= _LONGEST_S:
        raise BadMessage(f"'seconds' is {text!r:.40}; give a number up to {_LONGEST_S}.")
    return seconds


async def _first(messages: AsyncIterator[bytearray], stream: Stream) -> bytearray:
    try:
        with anyio.fail_after(FIRST_PICTURE_S):
            return await anext(messages)
    except (TimeoutError, StopAsyncIteration):
        why = stream.state.reason or f"'{stream.name}' gave no picture in time."
        raise SourceLost(why) from None


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def _chunk(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


def _payload(message: bytearray) -> bytes:
    return bytes(memoryview(message)[HEADER_SIZE:])


def _part(message: bytearray) -> bytes:
    picture = memoryview(message)[HEADER_SIZE:]
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
    return b"".join((head.encode(), picture, b"\r\n"))
