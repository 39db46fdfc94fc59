"""The `streamer` command."""

import argparse
import importlib
import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from streamer import __version__, app, config
from streamer.address import Address, Scheme, SourceSpec, parse, parse_named
from streamer.config import Settings
from streamer.errors import ConfigError, StreamerError
from streamer.hub.history import DEFAULT_S
from streamer.hub.spec import StreamSpec
from streamer.server.tokens import LOOPBACK_HOSTS

_PUSH = "streamer.client.push"
_DEMO_PORTS = range(config.DEFAULT_PORT, config.DEFAULT_PORT + 10)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO if arguments.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    try:
        status: int = arguments.run(arguments)
    except StreamerError as exc:
        print(f"streamer: {exc.sentence}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def build_parser() -> argparse.ArgumentParser:
    """The command line, as a parser."""
    parser = argparse.ArgumentParser(
        prog="streamer", description="Any video source on a browser canvas, with its delay shown."
    )
    parser.add_argument("--version", action="version", version=f"streamer {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="show a test pattern and a clip, and open the page")
    demo.set_defaults(run=_demo)
    demo.add_argument("--port", type=int, help="port (default: the first free one from 8000)")
    demo.add_argument("--no-open", action="store_true", help="do not open the browser")
    serve = commands.add_parser("serve", help="serve sources to browsers")
    serve.set_defaults(run=_serve)
    _add_serve_arguments(serve)
    push = commands.add_parser("push", help="publish a source to a server")
    push.set_defaults(run=_push)
    _add_push_arguments(push)
    for command in (demo, serve, push):
        command.add_argument("-v", "--verbose", action="store_true", help="log what happens")
    return parser


def _add_serve_arguments(serve: argparse.ArgumentParser) -> None:
    serve.add_argument(
        "sources",
        nargs="*",
        metavar="[NAME=]SOURCE",
        help="URL (rtsp, rtmp, http, hls, udp ...), file, or pattern:1280x720@30",
    )
    serve.add_argument("--config", type=Path, metavar="FILE", help="read streamer.toml")
    serve.add_argument("--host", help=f"address to listen on (default {config.DEFAULT_HOST})")
    serve.add_argument("--port", type=int, help=f"port (default {config.DEFAULT_PORT})")
    serve.add_argument("--token", metavar="SECRET", help="let in only who carries this token")
    serve.add_argument("--insecure", action="store_true", help="let the network in without token")
    serve.add_argument(
        "--fallback",
        action="append",
        default=[],
        metavar="NAME=SOURCE",
        help="try this when NAME's source fails; may be repeated",
    )
    serve.add_argument(
        "--allow-exec", action="store_true", help="let exec: sources run their commands"
    )
    serve.add_argument(
        "--publish",
        action=argparse.BooleanOptionalAction,
        help="let publishers in (default: on this machine, or with a token)",
    )
    serve.add_argument("--loop", action="store_true", help="start files again at their end")
    serve.add_argument("--always", action="store_true", help="keep sources open without viewers")
    serve.add_argument(
        "--rtsp-transport",
        default="auto",
        metavar="auto|tcp|udp",
        help="how RTSP carries media",
    )
    serve.add_argument(
        "--open-timeout",
        type=float,
        metavar="SECONDS",
        help="how long a source may take to answer",
    )
    serve.add_argument(
        "--stall-timeout", type=float, metavar="SECONDS", help="silence after which it is dead"
    )
    serve.add_argument(
        "--freeze-after",
        type=float,
        metavar="SECONDS",
        help="report a picture that has not changed for so long; 0: never",
    )
    serve.add_argument(
        "--history",
        type=float,
        default=DEFAULT_S,
        metavar="SECONDS",
        help=f"past to keep in memory (default {DEFAULT_S:g})",
    )
    serve.add_argument(
        "--slate", action="store_true", help="give plain clients a still while a source is offline"
    )
    serve.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="pages that may watch",
    )
    serve.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a further host name"
    )
    serve.add_argument("--open", action="store_true", help="open the page in a browser")
    serve.add_argument(
        "--until-eof", action="store_true", help="stop when standard input ends, as with a parent"
    )


def _add_push_arguments(push: argparse.ArgumentParser) -> None:
    push.add_argument("source", metavar="SOURCE", help="what `serve` takes, too")
    push.add_argument("url", metavar="URL", help="server and stream: http://HOST:PORT/NAME")
    push.add_argument("--token", metavar="SECRET", help="the server's token")
    push.add_argument(
        "--codec", choices=("h264", "jpeg"), default="h264", help="for what has to be encoded"
    )
    push.add_argument("--bitrate", type=int, metavar="BPS", help="bits per second of h264")
    push.add_argument("--quality", type=int, metavar="1-95", help="of jpeg (default 80)")
    push.add_argument("--allow-exec", action="store_true", help="let exec: run its command")
    push.add_argument("--loop", action="store_true", help="start a file again at its end")
    push.add_argument("--rtsp-transport", default="auto", metavar="auto|tcp|udp")


def _push(arguments: argparse.Namespace) -> int:
    address = parse(arguments.source)
    if address.scheme is Scheme.EXEC and not arguments.allow_exec:
        raise ConfigError("exec: runs a command on this machine; allow it with --allow-exec.")
    if address.scheme is Scheme.STDIN:
        _check_stdin()
    transport = config.transport(arguments.rtsp_transport)
    # By name, as it loads PyAV, which a server's process never does.
    importlib.import_module(_PUSH).run(
        SourceSpec(address, arguments.loop, transport),
        arguments.url,
        token=arguments.token,
        codec=arguments.codec,
        quality=arguments.quality,
        bitrate_bps=arguments.bitrate,
    )
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    clip = Address(Scheme.FILE, str(app.asset("samples") / "clip.mp4"))
    streams = (
        StreamSpec("pattern", SourceSpec(Address(Scheme.PATTERN, "1280x720@30"))),
        StreamSpec("clip", SourceSpec(clip, loop=True)),
    )
    ports = _DEMO_PORTS if arguments.port is None else (arguments.port,)
    settings, listener = _first_free(Settings(streams=streams), ports)
    return _run(settings, listener, opens=not arguments.no_open)


def _first_free(settings: Settings, ports: Sequence[int]) -> tuple[Settings, socket.socket]:
    for port in ports[:-1]:
        try:
            chosen = config.check(replace(settings, port=port))
            return chosen, app.listen(chosen)
        except ConfigError:
            continue
    last = config.check(replace(settings, port=ports[-1]))
    return last, app.listen(last)


def _serve(arguments: argparse.Namespace) -> int:
    settings = config.read(arguments.config) if arguments.config else Settings()
    settings = config.check(_merge(settings, arguments))
    if not settings.streams and not settings.terms.open:
        raise ConfigError(
            "Nothing to serve; name a source, for example pattern:1280x720@30, or let publishers "
            "in with --publish."
        )
    sources = [source for spec in settings.streams for source in spec.sources]
    reads_stdin = any(source.address.scheme is Scheme.STDIN for source in sources)
    if reads_stdin:
        _check_stdin()
    if reads_stdin and arguments.until_eof:
        raise ConfigError("--until-eof watches standard input, which '-' reads; choose one.")
    listener = app.listen(settings)
    if arguments.until_eof:
        _stop_with_stdin()
    return _run(settings, listener, opens=arguments.open)


def _stop_with_stdin() -> None:
    """Stop when whoever started this server closes its standard input, or ends in any way."""

    def wait() -> None:
        for _ in sys.stdin.buffer:
            continue
        signal.raise_signal(signal.SIGTERM)

    threading.Thread(target=wait, name="stdin", daemon=True).start()


def _check_stdin() -> None:
    if sys.stdin is None or sys.stdin.isatty():
        raise ConfigError(
            "'-' is standard input, and that is no pipe; write ffmpeg ... | streamer serve cam=-"
        )


def _merge(settings: Settings, arguments: argparse.Namespace) -> Settings:
    given = {
        "host": arguments.host,
        "port": arguments.port,
        "token": arguments.token,
        "insecure": arguments.insecure or None,
        "allow_exec": arguments.allow_exec or None,
        "publish": arguments.publish,
    }
    settings = replace(
        settings, **{key: value for key, value in given.items() if value is not None}
    )
    return replace(
        settings,
        allow_host=(*settings.allow_host, *arguments.allow_host),
        allow_origin=(*settings.allow_origin, *arguments.allow_origin),
        streams=(*settings.streams, *_streams(arguments)),
    )


def _streams(arguments: argparse.Namespace) -> list[StreamSpec]:
    transport = config.transport(arguments.rtsp_transport)
    seconds = {
        "open_timeout": arguments.open_timeout,
        "stall_timeout": arguments.stall_timeout,
        "freeze_after": arguments.freeze_after,
    }

    def spec(address: Address) -> SourceSpec:
        return config.source_spec(address, arguments.loop, transport, seconds)

    named = [parse_named(text) for text in arguments.sources]
    fallbacks: dict[str, list[SourceSpec]] = {name: [] for name, _ in named}
    for text in arguments.fallback:
        name, address = parse_named(text)
        if name not in fallbacks:
            raise ConfigError(f"--fallback names '{name}', which no source is called.")
        fallbacks[name].append(spec(address))
    return [
        config.stream_spec(
            name,
            [spec(address), *fallbacks[name]],
            always=arguments.always,
            slate=arguments.slate,
            history=arguments.history,
        )
        for name, address in named
    ]


def _run(settings: Settings, listener: socket.socket, *, opens: bool) -> int:
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
