"""Middleware: who may come in at all, and the headers that keep pages safe."""

import re
from pathlib import PurePosixPath

import anyio
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streamer.errors import PeerError, StreamerError
from streamer.server.tokens import Gate

# The player's own files hold no secret, and other pages may import them.
_OPEN_SUFFIXES = frozenset({".js", ".css", ".svg", ".ico"})
_WITH_BODY = ("PUT", "POST")
PART_WITHIN_S = 1.0
_OPEN_PATHS = frozenset({"/healthz", "/readyz"})
# Pages check the token themselves: a person is told in words, not in JSON.
_PUBLISH = "/publish"
_PAGES = re.compile(r"/\Z|/(?:publish|watch)\Z|/(?:publish|watch|embed)/")
_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self' ws: wss:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors "
)
# Of all pages only one may ask for a camera, microphone or screen; none uses the rest.
_SENSORS = "camera={0}, display-capture={0}, microphone={0}, geolocation=()"


class Guard:
    """Checks Host and token of every HTTP request; WebSockets are checked once accepted."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check(HTTPConnection(scope))
        except PeerError as exc:
            answer = refuse if scope["method"] in _WITH_BODY else as_response
            await answer(exc)(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message), HTTPConnection(scope))
            await send(message)

        await self._app(scope, receive, send_safely)

    def _check(self, connection: HTTPConnection) -> None:
        self._gate.check_host(connection.headers.get("host"))
        path = connection.scope["path"]  # `url` is made from the client's Host header too
        is_open = path in _OPEN_PATHS or _is_static(path) or _PAGES.match(path)
        if not is_open or connection.scope["method"] in _WITH_BODY:
            authorization = connection.headers.get("authorization")
            self._gate.check_token(authorization, connection.query_params)

    def _add_headers(self, headers: MutableHeaders, connection: HTTPConnection) -> None:
        path = connection.scope["path"]
        headers.setdefault("x-content-type-options", "nosniff")
        # A token in the query must not travel to other sites.
        headers.setdefault("referrer-policy", "no-referrer")
        owner = "(self)" if path == _PUBLISH else "()"
        headers.setdefault("permissions-policy", _SENSORS.format(owner))
        friends = self._gate.origins if path.startswith("/embed/") else ()
        headers.setdefault("content-security-policy", _POLICY + " ".join(("'self'", *friends)))
        if _is_static(path):
            headers.setdefault("cache-control", "no-cache")
            headers.setdefault("cross-origin-resource-policy", "cross-origin")
            if (origin := connection.headers.get("origin")) and self._gate.is_friend(origin):
                headers["access-control-allow-origin"] = origin
                headers.add_vary_header("origin")


def as_response(exc: StreamerError) -> JSONResponse:
    """An error as an HTTP client gets it: its sentence, nothing of our insides."""
    headers = {"retry-after": "2"} if exc.retryable else None
    if exc.http_status == 401:
        headers = {"www-authenticate": "Bearer"}
    return JSONResponse({"error": exc.sentence}, exc.http_status, headers)


class Parting(Response):
    """An answer to who may still be sending.

    What comes is taken for a moment more: were the connection closed on it, the answer would be
    lost with the connection.
    """

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.body, answer.status_code, dict(answer.headers))
        self.headers["connection"] = "close"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Answer, and wait until the other side has hung up or said all."""
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with anyio.move_on_after(PART_WITHIN_S):
            while (await receive()).get("more_body"):
                pass
        await send({"type": "http.response.body", "body": b""})


def refuse(exc: StreamerError) -> Response:
    """An error as the answer to who may still be sending."""
    return Parting(as_response(exc))


def _is_static(path: str) -> bool:
    return PurePosixPath(path).suffix in _OPEN_SUFFIXES
