"""What commands that run a server share: they say where to watch and how to publish."""

import os
import socket
import sys
import threading
import webbrowser
from urllib.parse import quote

from streamer import app
from streamer.config import Settings
from streamer.errors import ConfigError
from streamer.server.tokens import LOOPBACK_HOSTS


def run_server(settings: Settings, listener: socket.socket, *, opens: bool) -> int:
    """Serve until interrupted, and say what and where; `opens` shows the page in a browser."""
    port = listener.getsockname()[1]
    url = page_url(settings, port)

    def ready() -> None:
        for spec in settings.streams:
            shown = ", else ".join(source.address.shown for source in spec.sources)
            print(f"  {spec.name:<16} {shown}")
        if (name := _publishable(settings)) is not None:
            print(f"Publish with {publish_command(settings, port, name)}")
        print(f"Watch at {url}", flush=True)
        if opens and _has_screen():
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    app.serve(settings, listener, ready)
    return 0


def _publishable(settings: Settings) -> str | None:
    """A name to publish to, where that is what the server waits for."""
    if not settings.streams:
        return "cam"
    return next((spec.name for spec in settings.streams if spec.published), None)


def publish_command(settings: Settings, port: int, name: str) -> str:
    """A command to copy that publishes to the server."""
    url = page_url(settings, port, f"/publish/{name}")
    return f"ffmpeg -re -i clip.mp4 -c copy -f mpegts '{url}'"


def page_url(settings: Settings, port: int, path: str = "/") -> str:
    """The address of the wall or another page, as a browser on this machine takes it."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    if settings.host in LOOPBACK_HOSTS:
        host = "localhost"
    query = f"?token={quote(settings.token, safe='')}" if settings.token else ""
    return f"http://{host}:{port}{path}{query}"


def _has_screen() -> bool:
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def check_stdin() -> None:
    """Raises `ConfigError` where standard input is nothing to read media from."""
    if sys.stdin is None or sys.stdin.isatty():
        raise ConfigError(
            "'-' is standard input, and that is no pipe; write ffmpeg ... | streamer serve cam=-"
        )
