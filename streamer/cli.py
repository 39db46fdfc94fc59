"""The `streamer` command."""

import argparse
import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NoReturn

from streamer import __version__
from streamer.address import redact
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


class Parser(argparse.ArgumentParser):
    """A parser that takes sources anywhere, says what is wrong itself, and shows no password."""

    _passes_on = False

    def add_subparsers(self, **options: Any) -> Any:
        """Leave what follows to the parsers of commands."""
        self._passes_on = True
        return super().add_subparsers(**options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; what is not known is an error here, where the usage is that of the command."""
        if self._passes_on:
            return super().parse_known_args(args, namespace)
        self._passes_on = True  # in Python 3.11 the other comes back to this one
        # Mixing knows nothing of what '--' shields.
        mixes = "--" not in (sys.argv if args is None else args)
        parse = self.parse_known_intermixed_args if mixes else super().parse_known_args
        try:
            found, rest = parse(args, namespace)
        finally:
            self._passes_on = False
        if rest:
            self.error(f"unrecognized arguments: {' '.join(map(_without_value, rest))}")
        return found, rest

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end."""
        super().error(redact(message))


def _without_value(argument: str) -> str:
    return argument.partition("=")[0] if argument.startswith("-") else argument


def build_parser() -> argparse.ArgumentParser:
    """The command line, as a parser."""
    parser = Parser(
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
