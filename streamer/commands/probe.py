"""`streamer probe`: how old the pictures of any stream or page are, by the mark in them."""

import argparse
import importlib
from types import ModuleType

from streamer import app, config
from streamer.address import SourceSpec
from streamer.commands.source import own_source
from streamer.errors import ConfigError

HELP = "measure how old the pictures of any stream or page are"
_PROBE = "streamer.bench.probe.run"
_SOCKETS = ("ws://", "wss://")
_MOST_S = 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at, and for how long."""
    parser.add_argument(
        "url", metavar="URL", nargs="?", help="http://HOST:PORT/NAME, or a live source"
    )
    parser.add_argument("--token", metavar="SECRET", help="the token of a server of ours")
    parser.add_argument(
        "--rendition",
        default="auto",
        metavar="NAME",
        help="of such a server's stream (default auto)",
    )
    parser.add_argument("--page", metavar="URL", help="look at a web page in Chromium instead")
    parser.add_argument("--selector", metavar="CSS", help="which element of the page")
    parser.add_argument("--browser-path", metavar="FILE", help="the Chromium or Chrome to use")
    parser.add_argument("--seconds", type=float, default=10.0, help="for how long (default 10)")
    parser.add_argument(
        "--warm-up", type=float, default=1.0, metavar="SECONDS", help="left out (default 1)"
    )
    parser.add_argument(
        "--wait", type=float, default=20.0, metavar="SECONDS", help="for the first (default 20)"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--allow-exec", action="store_true", help="let exec: run its command")
    parser.add_argument("--rtsp-transport", default="auto", metavar="auto|tcp|udp")


def run(arguments: argparse.Namespace) -> int:
    """Measure, and print what came out.

    Raises:
        StreamerError: it cannot be opened, or shows no mark.
    """
    if (arguments.url is None) == (arguments.page is None):
        raise ConfigError("Name one thing to look at: a URL, or a page with --page URL.")
    for option in ("seconds", "warm_up", "wait"):
        if not 0 <= getattr(arguments, option) <= _MOST_S:
            raise ConfigError(f"--{option.replace('_', '-')} takes seconds, from 0 to a day.")
    # By name, as it loads PyAV, which is not needed to read a command line.
    probe = importlib.import_module(_PROBE)
    times = (arguments.seconds, arguments.warm_up, arguments.wait)
    probe.run(probe.Order(_what(probe, arguments), *times, arguments.json))
    return 0


def _what(probe: ModuleType, arguments: argparse.Namespace) -> object:
    if arguments.page is not None:
        return _page(probe, arguments)
    if arguments.url.startswith(_SOCKETS) or _is_stream(probe, arguments.url):
        return probe.StreamOrder(arguments.url, arguments.token, arguments.rendition)
    return _source(arguments)


def _is_stream(probe: ModuleType, url: str) -> bool:
    """Whether it is asked for with http:// as `watch` does. A camera's address is left alone."""
    return url.startswith(("http://", "https://")) and "@" not in url and probe.is_stream(url)


def _source(arguments: argparse.Namespace) -> SourceSpec:
    for option in ("selector", "browser_path"):
        if getattr(arguments, option) is not None:
            shown = option.replace("_", "-")
            raise ConfigError(f"--{shown} belongs to a page; name it with --page.")
    address = own_source(arguments.url, allow_exec=arguments.allow_exec)
    return SourceSpec(address, transport=config.transport(arguments.rtsp_transport))


def _page(probe: ModuleType, arguments: argparse.Namespace) -> object:
    if not arguments.page.startswith(("http://", "https://")):
        raise ConfigError(f"'{arguments.page}' is no page; write http://HOST/PATH.")
    wanted = (arguments.page, arguments.selector, arguments.browser_path)
    return probe.PageOrder(*wanted, app.asset("web"))
