"""`streamer bench`: measure; each kind of measurement is a command of its own."""

import argparse

from streamer.commands.bench import compare, latency, load, matrix

HELP = "measure latency and load, and compare what was measured"
_COMMANDS = {"latency": latency, "matrix": matrix, "load": load, "compare": compare}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One parser for each kind of measurement."""
    kinds = parser.add_subparsers(required=True, metavar="MEASUREMENT")
    for name, command in _COMMANDS.items():
        parts = kinds.add_parser(name, help=command.HELP)
        parts.set_defaults(measure=command.run)
        command.add_arguments(parts)


def run(arguments: argparse.Namespace) -> int:
    """Measure what was asked for."""
    status: int = arguments.measure(arguments)
    return status
