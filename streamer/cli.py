"""The `streamer` command."""

import argparse
import logging
import sys
from collections.abc import Sequence

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
# These say themselves how their connection is.
_TELLING = (watch.run, probe.run, bench.run)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    arguments = build_parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO if arguments.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    client = logging.getLogger("streamer.client")
    if arguments.run in _TELLING and not arguments.verbose:
        client.setLevel(logging.CRITICAL)
    try:
        status: int = arguments.run(arguments)
    except StreamerError as exc:
        print(f"streamer: {exc.sentence}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        client.setLevel(logging.NOTSET)
    return status


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
