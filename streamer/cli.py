"""The `streamer` command."""

import argparse
import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from streamer import __version__
from streamer.commands import bench, demo, pattern, probe, push, serve, watch
from streamer.errors import StreamerError

_COMMANDS = {
    "demo": demo,
    "serve": serve,
    "push": push,
    "watch": watch,
    "probe": probe,
    "pattern": pattern,
    "bench": bench,
}
# These say themselves how their connection is, and run no server that ends by itself.
_ONLOOKERS = (watch.run, push.run, probe.run, bench.run)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO if arguments.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    try:
        with _looking_on(arguments.verbose) if arguments.run in _ONLOOKERS else nullcontext():
            status: int = arguments.run(arguments)
    except StreamerError as exc:
        print(f"streamer: {exc.sentence}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except _Ended:
        return 143
    return status


@contextmanager
def _looking_on(verbose: bool) -> Iterator[None]:
    """Log nothing of connections, and clear up when told to end: a browser would stay behind."""
    client = logging.getLogger("streamer.client")
    client.setLevel(logging.NOTSET if verbose else logging.CRITICAL)
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        client.setLevel(logging.NOTSET)


class _Ended(BaseException):
    """Somebody told this process to end."""


def _end(_number: int, _frame: object) -> None:
    raise _Ended


def build_parser() -> argparse.ArgumentParser:
    """The command line, as a parser."""
    parser = argparse.ArgumentParser(
        prog="streamer", description="Any video source on a browser canvas, with its delay shown."
    )
    parser.add_argument("--version", action="version", version=f"streamer {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        parts = commands.add_parser(name, help=command.HELP)
        parts.set_defaults(run=command.run)
        command.add_arguments(parts)
        parts.add_argument("-v", "--verbose", action="store_true", help="log what happens")
    return parser
