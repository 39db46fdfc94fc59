"""Pictures over plain HTTP: one JPEG, endless multipart JPEG, endless fragmented MP4."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Protocol

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from streamer.control import CODECS, Play
from streamer.errors import BadMessage, PeerError, SourceLost
from streamer.hub.delivery.message import Message
from streamer.hub.hub import Hub
from streamer.hub.state import Phase
from streamer.hub.stream import Stream
from streamer.server.allowance import SEND_WITHIN_S
from streamer.server.capture.mp4 import Mp4, payload, picture
from streamer.server.mailbox import Mailbox
from streamer.server.viewer import Viewer

log = logging.getLogger(__name__)

FIRST_PICTURE_S = 15.0
_LONGEST_S = 86_400
# Whoever saves a stream wants it whole rather than young.
_PATIENCE_MS = 10_000
_JPEG = ("jpeg",)
BOXED = tuple(codec for codec in CODECS if codec != "jpeg")
BOUNDARY = "frame"


class Body(Protocol):
    """What media messages become in one answer, and whether those of the sound are among them."""

    hears: bool

    def take(self, message: Message) -> bytes | None:
        """What is to be sent now; None where the answer ends before this message."""
        ...

    def rest(self) -> bytes:
        """What is left to be sent of an answer that ends."""
        ...


class Multipart:
    """JPEGs, one after the other, as cameras send them."""

    hears = False

    def take(self, message: Message) -> bytes | None:
        """The part that a JPEG becomes."""
        body = picture(message)
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
        return b"".join((head.encode(), body, b"\r\n"))

    def rest(self) -> bytes:
        """Nothing."""
        return b""


async def media(
    stream: Stream, hub: Hub, play: Play, *, hears: bool = False
) -> AsyncGenerator[Message, None]:
    """The media messages of a stream, until it ends or goes offline for good.

    Where it `hears`, those of the sound come among them, once there are any of pictures.

    Before the first of them, being offline at all ends it: why there is no picture is known then.
    Whoever takes JPEG alone is given the stream's slate instead, if it has one.

    Raises:
        PeerError: it cannot be watched like this, or no longer.
    """
    mailbox = Mailbox()
    viewer = Viewer(stream, mailbox, hub.clock, hub.pump, mailbox.close)
    viewer.enter()
    try:
        viewer.play(play)
        slated = play.codecs == _JPEG and bool(stream.spec.slate)
        begun = slated
        while begun or viewer.state.phase is not Phase.OFFLINE:
            item = await _next(viewer, mailbox)
            if item is None:
                break
            if isinstance(item, Message):
                if hears:
                    viewer.record()
                begun = True
                yield item
                mailbox.taken(item)
                viewer.pump()
            elif slated:
                slate = await hub.slates.message(stream, viewer.state, play.renditions[0])
                if slate is not None:
                    yield slate
    finally:
        viewer.leave()
    if viewer.failure is not None:
        raise viewer.failure


async def _next(viewer: Viewer, mailbox: Mailbox) -> Message | str | None:
    """What the viewer is sent next; None when that was all."""
    if viewer.state.is_final and mailbox.is_empty and not viewer.waits:
        return None
    return await mailbox.take()


async def snapshot(stream: Stream, hub: Hub, rendition: str) -> Response:
    """The next picture as a JPEG.

    Raises:
        SourceLost: none came in time.
    """
    play = Play(renditions=(rendition,), codecs=_JPEG, max_latency_ms=_PATIENCE_MS)
    async with aclosing(media(stream, hub, play)) as messages:
        message = await first_of(messages, stream)
    headers = {"cache-control": "no-store"}
    return Response(payload(message), 200, headers, "image/jpeg")


class LiveResponse(Response):
    """What `body` makes of the media messages, without end or for a number of seconds."""

    def __init__(
        self,
        stream: Stream,
        hub: Hub,
        play: Play,
        media_type: str,
        body: Body,
        seconds: float | None,
    ) -> None:
        super().__init__(media_type=media_type, headers={"cache-control": "no-store"})
        del self.headers["content-length"]
        self._stream = stream
        self._hub = hub
        self._play = play
        self._body = body
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the stream ends or the client leaves.

        Raises:
            SourceLost: there is no first picture, and nothing has been sent.
        """
        if scope["method"] == "HEAD":
            await self._send_head(send)
            await send({"type": "http.response.body", "body": b""})
            return
        hears = self._body.hears
        async with aclosing(media(self._stream, self._hub, self._play, hears=hears)) as messages:
            first = await first_of(messages, self._stream)
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                await self._send_all(first, messages, send)
                group.cancel_scope.cancel()

    async def _send_all(
        self, first: Message, messages: AsyncIterator[Message], send: Send
    ) -> None:
        await self._send_head(send)
        try:
            with anyio.move_on_after(self._seconds):
                await self._send_parts(first, messages, send)
        except TimeoutError:
            log.info("event=capture-ended reason='The client takes nothing.'")
            return  # it would not take the end either; the server drops the connection
        await send({"type": "http.response.body", "body": self._body.rest()})

    async def _send_head(self, send: Send) -> None:
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _send_parts(
        self, first: Message, messages: AsyncIterator[Message], send: Send
    ) -> None:
        if not await self._send_part(first, send):
            return
        try:
            async for message in messages:
                if not await self._send_part(message, send):
                    return
        except PeerError as exc:
            log.info("event=capture-ended reason=%r", exc.sentence)

    async def _send_part(self, message: Message, send: Send) -> bool:
        """Send what a message becomes; False where the answer ends before it."""
        part = self._body.take(message)
        if part:
            with anyio.fail_after(SEND_WITHIN_S):
                await send({"type": "http.response.body", "body": part, "more_body": True})
        return part is not None


def live_mp4(stream: Stream, hub: Hub, rendition: str, seconds: float | None) -> Response:
    """Live fragmented MP4 with its sound; it ends where a decoder configuration changes."""
    play = Play(renditions=(rendition,), codecs=BOXED, max_latency_ms=_PATIENCE_MS)
    body = Mp4(stream, hub.clock)
    return LiveResponse(stream, hub, play, "video/mp4", body, seconds)


def live_mjpeg(stream: Stream, hub: Hub, rendition: str, seconds: float | None) -> Response:
    """Live multipart/x-mixed-replace of JPEGs, as cameras send it."""
    play = Play(renditions=(rendition,), codecs=_JPEG, max_latency_ms=_PATIENCE_MS)
    media_type = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
    return LiveResponse(stream, hub, play, media_type, Multipart(), seconds)


def wanted_rendition(request: Request, default: str) -> str:
    """`?rendition=` of a request."""
    return request.query_params.get("rendition", default)


def wanted_seconds(request: Request, name: str = "seconds") -> float | None:
    """`?seconds=` of a request, or another span; None where it is not given.

    Raises:
        BadMessage: not a number above 0, up to 86400.
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= _LONGEST_S:
        raise BadMessage(
            f"'{name}' is {text!r:.40}; give a number more than 0, up to {_LONGEST_S}."
        )
    return seconds


async def first_of(messages: AsyncIterator[Message], stream: Stream) -> Message:
    """The next message, if it comes in time.

    Raises:
        SourceLost: it does not.
    """
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
