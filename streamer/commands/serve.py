"""`streamer serve`: the sources of the command line and of a configuration file."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from streamer import app, config
from streamer.address import Address, Scheme, SourceSpec
from streamer.commands.running import check_stdin, run_server
from streamer.config import Settings
from streamer.errors import ConfigError
from streamer.hub.past.history import DEFAULT_S
from streamer.hub.spec import StreamSpec
from streamer.parsing import parse_named

HELP = "serve sources to browsers"
# The options of sources, and what they are unless told.
_OF_SOURCES = {
    **dict.fromkeys(("loop", "always", "slate", "trace"), False),
    **dict.fromkeys(("open-timeout", "stall-timeout", "freeze-after")),
    "rtsp-transport": "auto",
    "history": DEFAULT_S,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said of sources, of the server and of who may come in."""
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="[NAME=]SOURCE",
        help="URL (rtsp, rtmp, http, hls, udp ...), file, or pattern:1280x720@30",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="read streamer.toml")
    parser.add_argument("--host", help=f"address to listen on (default {config.DEFAULT_HOST})")
    parser.add_argument("--port", type=int, help=f"port (default {config.DEFAULT_PORT})")
    parser.add_argument("--token", metavar="SECRET", help="let in only who carries this token")
    parser.add_argument("--insecure", action="store_true", help="let the network in without token")
    parser.add_argument(
        "--fallback",
        action="append",
        default=[],
        metavar="NAME=SOURCE",
        help="try this when NAME's source fails; may be repeated",
    )
    parser.add_argument(
        "--allow-exec", action="store_true", help="let exec: sources run their commands"
    )
    parser.add_argument(
        "--publish",
        action=argparse.BooleanOptionalAction,
        help="let publishers in (default: on this machine, or with a token)",
    )
    parser.add_argument("--loop", action="store_true", help="start files again at their end")
    parser.add_argument("--always", action="store_true", help="keep sources open without viewers")
    parser.add_argument(
        "--rtsp-transport",
        default="auto",
        metavar="auto|tcp|udp",
        help="how RTSP carries media",
    )
    parser.add_argument(
        "--open-timeout",
        type=float,
        metavar="SECONDS",
        help="how long a source may take to answer",
    )
    parser.add_argument(
        "--stall-timeout", type=float, metavar="SECONDS", help="silence after which it is dead"
    )
    parser.add_argument(
        "--freeze-after",
        type=float,
        metavar="SECONDS",
        help="report a picture that has not changed for so long; 0: never",
    )
    parser.add_argument(
        "--history",
        type=float,
        default=DEFAULT_S,
        metavar="SECONDS",
        help=f"past to keep in memory (default {DEFAULT_S:g})",
    )
    parser.add_argument(
        "--slate", action="store_true", help="give plain clients a still while a source is offline"
    )
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="pages that may watch",
    )
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a further host name"
    )
    parser.add_argument(
        "--trace", action="store_true", help="tell viewers when each picture was decoded"
    )
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    parser.add_argument(
        "--until-eof", action="store_true", help="stop when standard input ends, as with a parent"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted.

    Raises:
        ConfigError: what is asked for cannot be served.
    """
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
        check_stdin()
    if reads_stdin and arguments.until_eof:
        raise ConfigError("--until-eof watches standard input, which '-' reads; choose one.")
    listener = app.listen(settings)
    if arguments.until_eof:
        _stop_with_stdin()
    return run_server(settings, listener, opens=arguments.open)


def _stop_with_stdin() -> None:
    """Stop when whoever started this server closes its standard input, or ends in any way.

    That is as it should be, so the status is 0; of another SIGTERM it is what it always is.
    """
    ended = threading.Event()
    usual = signal.getsignal(signal.SIGTERM)

    def wait() -> None:
        for _ in sys.stdin.buffer:
            continue
        ended.set()
        signal.raise_signal(signal.SIGTERM)

    def end(number: int, _frame: object) -> None:
        # The server has shut down, or has not begun: uvicorn hands on what it has obeyed.
        if ended.is_set():
            sys.exit(0)
        signal.signal(number, usual)
        signal.raise_signal(number)

    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=wait, name="stdin", daemon=True).start()


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
        streams=_streams(settings.streams, arguments),
    )


def _streams(
    written: Sequence[StreamSpec], arguments: argparse.Namespace
) -> tuple[StreamSpec, ...]:
    """The streams of the file, then those of the command line."""
    _check_options(arguments)
    transport = config.transport(arguments.rtsp_transport)
    seconds = {
        "open_timeout": arguments.open_timeout,
        "stall_timeout": arguments.stall_timeout,
        "freeze_after": arguments.freeze_after,
    }

    def spec(address: Address) -> SourceSpec:
        return config.source_spec(
            address, arguments.loop, transport, seconds, trace=arguments.trace
        )

    named = [_named(text) for text in arguments.sources]
    names = [*(each.name for each in written), *(name for name, _ in named)]
    fallbacks: dict[str, list[SourceSpec]] = {name: [] for name in names}
    for text in arguments.fallback:
        name, address = parse_named(text)
        if name not in fallbacks:
            raise ConfigError(f"--fallback names '{name}', which no source is called.")
        fallbacks[name].append(spec(address))
    given = [
        config.stream_spec(
            name,
            [spec(address), *fallbacks[name]],
            always=arguments.always,
            slate=arguments.slate,
            history=arguments.history,
        )
        for name, address in named
    ]
    more = [replace(s, fallbacks=(*s.fallbacks, *fallbacks[s.name])) for s in written]
    return (*more, *given)


def _named(text: str) -> tuple[str, Address]:
    name, address = parse_named(text)
    if address.scheme is Scheme.FILE and address.target.lower().endswith(".toml"):
        raise ConfigError(
            f"'{address.shown}' is a configuration, no source; write --config {address.shown}."
        )
    return name, address


def _check_options(arguments: argparse.Namespace) -> None:
    """Refuse an option of sources where only a file names them: it would change nothing."""
    if arguments.config is None or arguments.sources:
        return
    for option, usual in _OF_SOURCES.items():
        if getattr(arguments, option.replace("-", "_")) != usual:
            key = option.removeprefix("rtsp-").replace("-", "_")
            raise ConfigError(
                f"--{option} holds for sources of the command line, which names none; write "
                f"{key} = ... under [streams.NAME] in {arguments.config}."
            )
