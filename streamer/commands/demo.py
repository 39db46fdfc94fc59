"""`streamer demo`: a test pattern and a clip, and the page that shows them."""

import argparse
import socket
from collections.abc import Sequence
from dataclasses import replace

from streamer import app, config
from streamer.address import Address, Scheme, SourceSpec
from streamer.commands.running import run_server
from streamer.config import Settings
from streamer.errors import ConfigError
from streamer.hub.spec import StreamSpec

HELP = "show a test pattern and a clip, and open the page"
_PORTS = range(config.DEFAULT_PORT, config.DEFAULT_PORT + 10)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to serve, and whether to open the page."""
    parser.add_argument("--port", type=int, help="port (default: the first free one from 8000)")
    parser.add_argument("--no-open", action="store_true", help="do not open the browser")


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted."""
    clip = Address(Scheme.FILE, str(app.asset("samples") / "clip.mp4"))
    streams = (
        StreamSpec("pattern", SourceSpec(Address(Scheme.PATTERN, "1280x720@30"))),
        StreamSpec("clip", SourceSpec(clip, loop=True)),
    )
    ports = _PORTS if arguments.port is None else (arguments.port,)
    settings, listener = _first_free(Settings(streams=streams), ports)
    return run_server(settings, listener, opens=not arguments.no_open)


def _first_free(settings: Settings, ports: Sequence[int]) -> tuple[Settings, socket.socket]:
    for port in ports[:-1]:
        try:
            chosen = config.check(replace(settings, port=port))
            return chosen, app.listen(chosen)
        except ConfigError:
            continue
    last = config.check(replace(settings, port=ports[-1]))
    return last, app.listen(last)
