"""The composition root: settings in, running server out."""

import errno
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path

import anyio
import uvicorn

from streamer.clock import SystemClock
from streamer.config import Settings
from streamer.descriptors import raise_limit
from streamer.errors import ConfigError
from streamer.hub.hub import Hub
from streamer.server.fanout import Protocol
from streamer.server.http import Http
from streamer.server.routes import build
from streamer.server.tokens import LOOPBACK_HOSTS, Gate

log = logging.getLogger(__name__)

_PACKAGE = Path(__file__).parent
_GRACE_S = 2
_OTHER_DESCRIPTORS = 2000  # workers, files, other requests
_LAST_WORDS_S = 0.1
_OF_PORTS = (errno.EADDRINUSE, errno.EACCES)
_MAX_CLIENT_MESSAGE = 64 * 1024


def asset(name: str) -> Path:
    """A folder that the wheel carries inside the package and a checkout beside it."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def listen(settings: Settings) -> socket.socket:
    """A listening socket; `::` takes IPv4 in as well, where the system can do that.

    Raises:
        ConfigError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    both = settings.host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server(
            (settings.host, settings.port), family=family, backlog=512, dualstack_ipv6=both
        )
    except (OSError, UnicodeError) as exc:
        why, option = _why(exc), "--port" if getattr(exc, "errno", None) in _OF_PORTS else "--host"
        raise ConfigError(
            f"{settings.host} port {settings.port} cannot be listened on ({why}); "
            f"choose another with {option}."
        ) from exc


def _why(exc: OSError | UnicodeError) -> str:
    if isinstance(exc, UnicodeError):
        return "not a host name"
    # Python adds the address to the system's words; the resolver's errors have words of their own.
    if exc.errno and exc.errno > 0:
        return os.strerror(exc.errno)
    return str(exc.strerror).partition(" (")[0]


def gate(settings: Settings) -> Gate:
    """Who may come in."""
    ours = (*LOOPBACK_HOSTS, settings.host, *settings.allow_host)
    return Gate(settings.token, ours if settings.on_loopback else (), settings.allow_origin)


def serve(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until interrupted; `ready` is called once connections are accepted."""
    _check_descriptors(settings)
    hub = Hub(settings.streams, SystemClock(), settings.limits, settings.terms)
    config = uvicorn.Config(
        build(hub, gate(settings), asset("web")),
        http=Http,
        ws=Protocol,
        ws_per_message_deflate=False,
        ws_max_size=_MAX_CLIENT_MESSAGE,
        log_config=None,
        log_level=logging.WARNING,  # below, it logs addresses of WebSockets with their tokens
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=_GRACE_S,
    )
    _Server(config, ready, hub.close).run(sockets=[listener])


def _check_descriptors(settings: Settings) -> None:
    wanted = settings.max_viewers + _OTHER_DESCRIPTORS
    if (most := raise_limit(wanted)) < wanted:
        log.warning("event=few-descriptors limit=%d wanted=%d", most, wanted)


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], closing: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._closing = closing

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Endless responses would keep uvicorn waiting until it cancels them, and it closes
        # WebSockets with a code of its own unless their sessions have ended before.
        self._closing()
        await anyio.sleep(_LAST_WORDS_S)
        await super().shutdown(sockets)
