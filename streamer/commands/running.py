"""What commands that run a server share: they say where to watch and how to publish."""

import os
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from urllib.parse import quote

from streamer import app
from streamer.address import Address, Scheme
from streamer.commands.reachable import ANYWHERE, addresses
from streamer.config import Settings
from streamer.errors import ConfigError
from streamer.parsing import rated
from streamer.server.tokens import LOOPBACK_HOSTS

# What people write for something else, where there is no such file.
_MEANT = {
    "pattern": "pattern: for the test pattern",
    "screen": "screen: for the screen of this machine",
}


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
        print("\n".join(_places(settings, port)), flush=True)
        if opens and _has_screen():
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    _warn_of_missing(settings)
    app.serve(settings, listener, ready)
    return 0


def _warn_of_missing(settings: Settings) -> None:
    """Say which files are not there, which else would be known once somebody watches."""
    for spec in settings.streams:
        for source in spec.sources:
            path = _path(source.address)
            if path is not None and not _is_there(path):
                shown = source.address.shown
                hint = f", or write {_MEANT[path]}" if path in _MEANT else ""
                print(
                    f"streamer: {shown} is not there; check the path, or put it there before "
                    f"somebody watches '{spec.name}'{hint}.",
                    file=sys.stderr,
                )


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:
        return True  # what else is wrong with it is told when it is opened


def _path(address: Address) -> str | None:
    """The file or directory that is opened, where it is one."""
    match address.scheme:
        case Scheme.FILE:
            return address.target
        case Scheme.DIR | Scheme.SDP:
            return address.target.partition(":")[2]
        case Scheme.IMAGE:
            return rated(address)[0]
        case _:
            return None


def _places(settings: Settings, port: int) -> list[str]:
    """Where to watch, on this machine first."""
    others = [_url(settings, each, port, "/") for each in addresses(settings.host)]
    here = f"Watch at {page_url(settings, port)}"
    return [here, *(f"From other machines: {each}" for each in others)]


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
    is_here = settings.host in LOOPBACK_HOSTS or settings.host in ANYWHERE
    return _url(settings, "localhost" if is_here else settings.host, port, path)


def _url(settings: Settings, host: str, port: int, path: str) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    query = f"?token={quote(settings.token, safe='')}" if settings.token else ""
    return f"http://{bracketed}:{port}{path}{query}"


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
