"""The HTTP and WebSocket routes: thin, each hands over to the module that knows."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from streamer.control import ErrorNotice, dump
from streamer.errors import BadVersion, PeerError, StreamerError
from streamer.hub.hub import Hub
from streamer.hub.stream import Opened, Stream
from streamer.server.capture.clip import CLIP_S, Clips
from streamer.server.capture.live import (
    live_mjpeg,
    live_mp4,
    snapshot,
    wanted_rendition,
    wanted_seconds,
)
from streamer.server.capture.past import Past
from streamer.server.guard import Guard, as_response, refuse
from streamer.server.metrics import scrape
from streamer.server.publisher import serve_publisher, take_body
from streamer.server.session import serve_viewer
from streamer.server.tokens import Gate
from streamer.wire import SUBPROTOCOL

log = logging.getLogger(__name__)

_PUBLISH = "/publish/"


def build(hub: Hub, gate: Gate, web: Path) -> Starlette:
    """The ASGI application around a hub; `web` is the folder of the pages."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with hub.running():
            yield

    routes = Routes(hub, gate, web)
    return Starlette(
        routes=routes.table(),
        lifespan=lifespan,
        middleware=[Middleware(Guard, gate=gate)],
        exception_handlers={StreamerError: _respond, 404: routes.miss},
    )


class Routes:
    """The request handlers, with what they need."""

    def __init__(self, hub: Hub, gate: Gate, web: Path) -> None:
        self._hub = hub
        self._past = Past(hub)
        self._clips = Clips(hub)
        self._gate = gate
        self._web = web

    def table(self) -> list[BaseRoute]:
        """All routes, in the order in which they are tried."""
        return [
            WebSocketRoute("/ws/streams/{name}", self.view),
            WebSocketRoute("/ws/publish/{name}", self.publish),
            Route("/ws/streams/{name}", _no_socket),
            Route("/ws/publish/{name}", _no_socket),
            Route("/publish/{name:path}", self.take_body, methods=["PUT", "POST"]),
            Route("/healthz", _healthz),
            Route("/readyz", _healthz),
            Route("/api/streams", self.list_streams),
            Route("/metrics", self.get_metrics),
            Route("/streams/{name}/snapshot.jpg", self.get_snapshot),
            Route("/streams/{name}/snapshot.png", self.get_png),
            Route("/streams/{name}/clip.mp4", self.get_clip),
            Route("/streams/{name}/stream.mp4", self.get_mp4),
            Route("/streams/{name}/stream.mjpeg", self.get_mjpeg),
            Route("/", self._page("index.html")),
            Route("/watch", _to_wall),
            Route("/watch/", _to_wall),
            Route("/watch/{name}", self._page("watch.html")),
            Route("/embed/{name}", self._page("embed.html")),
            Route("/publish", self._page("publish.html", publishes=True)),
            Mount("/", GZipMiddleware(StaticFiles(directory=self._web), compresslevel=6)),
        ]

    async def view(self, socket: WebSocket) -> None:
        """Serve one viewer; refusals are told by close code, once the socket is open."""
        # A browser shows a page nothing of a refused handshake, so we accept first.
        offered = socket.scope["subprotocols"]
        await socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        try:
            self._admit(socket, offered, "watch")
            stream = self._hub.admit(socket.path_params["name"])
            await serve_viewer(socket, stream, self._hub)
        except PeerError as exc:
            log.info("event=viewer-refused code=%s reason=%r", exc.close_code, exc.sentence)
            await _close(socket, exc)

    async def publish(self, socket: WebSocket) -> None:
        """Serve one publisher; refusals are told by close code, once the socket is open."""
        offered = socket.scope["subprotocols"]
        await socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        try:
            self._admit(socket, offered, "publish")
            await serve_publisher(socket, self._hub, socket.path_params["name"])
        except StreamerError as exc:
            log.info("event=publisher-refused code=%s reason=%r", exc.close_code, exc.sentence)
            await _close(socket, exc)

    async def take_body(self, request: Request) -> Response:
        """Publish what a client sends, for as long as it sends."""
        try:
            headers = request.headers
            self._gate.check_origin(headers.get("origin"), headers.get("host"), "publish")
            return await take_body(request, self._hub)
        except StreamerError as exc:
            return refuse(exc)

    async def list_streams(self, _request: Request) -> Response:
        """All streams with their states."""
        now_us = self._hub.clock.monotonic_us()
        return JSONResponse({"streams": [_describe(each, now_us) for each in self._hub.streams]})

    async def get_metrics(self, _request: Request) -> Response:
        """Figures for Prometheus."""
        return scrape(self._hub)

    async def get_snapshot(self, request: Request) -> Response:
        """The current picture, or one of `?ago=3` s ago; `?rendition=jpeg-480` is smaller."""
        rendition, ago_s = wanted_rendition(request, "jpeg"), wanted_seconds(request, "ago")
        stream = self._stream(request)
        if ago_s is None:
            return await snapshot(stream, self._hub, rendition)
        return await self._past.still(stream, rendition, "JPEG", ago_s)

    async def get_png(self, request: Request) -> Response:
        """The same without loss."""
        rendition, ago_s = wanted_rendition(request, "jpeg"), wanted_seconds(request, "ago")
        return await self._past.still(self._stream(request), rendition, "PNG", ago_s)

    async def get_clip(self, request: Request) -> Response:
        """The last `?seconds=10` as MP4, or those before `?ago=5` s ago."""
        rendition = wanted_rendition(request, "auto")
        seconds = wanted_seconds(request) or CLIP_S
        ago_s = wanted_seconds(request, "ago") or 0.0
        return await self._clips.clip(self._stream(request), rendition, seconds, ago_s)

    async def get_mp4(self, request: Request) -> Response:
        """Live fragmented MP4; `?rendition=copy|h264|h264-720`, `?seconds=10`."""
        rendition = wanted_rendition(request, "auto")
        seconds = wanted_seconds(request)
        return live_mp4(self._stream(request), self._hub, rendition, seconds)

    async def get_mjpeg(self, request: Request) -> Response:
        """Live multipart JPEG; `?rendition=jpeg-480`, `?seconds=10`."""
        rendition = wanted_rendition(request, "jpeg")
        seconds = wanted_seconds(request)
        return live_mjpeg(self._stream(request), self._hub, rendition, seconds)

    async def miss(self, request: Request, _exc: Exception) -> Response:
        """Lead who left out a part of an address to the page; all else is not there.

        Files of pages come first: some lie where a stream might be called so.
        """
        path = request.scope["path"]
        if path.startswith(_PUBLISH) and request.method in ("GET", "HEAD"):
            name = urlencode({"name": path.removeprefix(_PUBLISH)})
            return _redirect("/publish", "&".join(filter(None, (name, request.url.query))))
        if self._may_know(request) and any(path == f"/{each.name}" for each in self._hub.streams):
            return _redirect(f"/watch{path}", request.url.query)
        told = f"Nothing is at {path!r:.80}; all streams are at /, and each is at /watch/NAME."
        return JSONResponse({"error": told}, 404)

    def _may_know(self, request: Request) -> bool:
        """Whether it may be told which streams there are; paths of files come through to here."""
        try:
            self._gate.check_token(request.headers.get("authorization"), request.query_params)
        except PeerError:
            return False
        return True

    def _stream(self, request: Request) -> Stream:
        return self._hub.admit(request.path_params["name"])

    def _admit(self, socket: WebSocket, offered: list[str], to: str) -> None:
        headers = socket.headers
        self._gate.check_host(headers.get("host"))
        self._gate.check_origin(headers.get("origin"), headers.get("host"), to)
        self._gate.check_token(headers.get("authorization"), socket.query_params)
        if SUBPROTOCOL not in offered:
            raise BadVersion(f"Ask for the WebSocket subprotocol {SUBPROTOCOL}.")

    def _page(
        self, name: str, *, publishes: bool = False
    ) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            # A page that may not do its work says so itself, in words.
            status = self._page_status(request, publishes)
            headers = {"cache-control": "no-cache"}
            return FileResponse(self._web / name, status, headers)

        return page

    def _page_status(self, request: Request, publishes: bool) -> int:
        try:
            authorization = request.headers.get("authorization")
            self._gate.check_token(authorization, request.query_params)
            if "name" in request.path_params:
                self._hub.stream(request.path_params["name"])
            if publishes:
                self._hub.check_publishing()
        except PeerError as exc:
            return exc.http_status
        return 200


async def _close(socket: WebSocket, exc: StreamerError) -> None:
    try:
        await socket.send_text(dump(ErrorNotice(exc.close_code, exc.sentence)))
        await socket.close(exc.close_code, _close_reason(exc.sentence))
    except (WebSocketDisconnect, RuntimeError, OSError):
        log.debug("event=peer-left-first")


def _close_reason(sentence: str) -> str:
    """As much of a sentence as fits into a close frame: 123 bytes (RFC 6455 section 5.5)."""
    return sentence.encode("utf-8", "replace")[:123].decode(errors="ignore")


async def _no_socket(request: Request) -> Response:
    """Answer who asks for a WebSocket's address as for a page."""
    told = (
        f"{request.url.path} is the address of a WebSocket; watch at /watch/NAME, publish by "
        "PUT /publish/NAME, or open it as a WebSocket (docs/protocol.md)."
    )
    return JSONResponse({"error": told}, 426, {"upgrade": "websocket", "connection": "upgrade"})


async def _to_wall(request: Request) -> Response:
    """Lead who named no stream to all of them."""
    return _redirect("/", request.url.query)


def _redirect(path: str, query: str) -> Response:
    """Lead to another page of this server; the query may hold the token."""
    return RedirectResponse(f"{path}?{query}" if query else path)


async def _healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _respond(_request: Any, exc: Exception) -> Response:
    assert isinstance(exc, StreamerError)  # noqa: S101  # the only class registered
    return as_response(exc)


def _describe(stream: Stream, now_us: int) -> dict[str, Any]:
    state = stream.state.message(now_us)
    opened = stream.opened
    width, height, fps = _seen(stream, opened) if opened else (None, None, None)
    return {
        "name": stream.name,
        "source": (stream.playing or stream.spec.source).address.shown,
        "phase": state.phase,
        "reason": state.reason,
        "retry_in_ms": state.retry_in_ms,
        "frozen_ms": state.frozen_ms,
        "viewers": stream.viewers,
        "publisher": stream.stage.publication is not None,
        "kept": any(channel.history.newest for channel in stream.channels),
        "codec": opened.codec if opened else None,
        "width": width,
        "height": height,
        "fps": fps,
    }


def _seen(stream: Stream, opened: Opened) -> tuple[int, int, float]:
    """Width, height and pictures a second: as they go out in full, else as the source told."""
    for channel in stream.channels:
        told, rendition = channel.description, channel.rendition
        if channel.is_running and told.width and not (rendition.height or rendition.fps):
            return told.width, told.height, told.fps or opened.fps or round(channel.cost.fps, 1)
    return opened.width, opened.height, opened.fps
