"""What several measurements are asked in the same words, and within which bounds."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from streamer.errors import ConfigError

INTERRUPTED = 130  # status, with what was measured until then

Bound = tuple[str, float, float, float]


def add_token(parser: argparse.ArgumentParser) -> None:
    """The secret of a server that `--url` names."""
    parser.add_argument("--token", metavar="SECRET", help="that server's token")


def add_files(parser: argparse.ArgumentParser, json: str) -> None:
    """Where to write it; `json` says what its figures are for."""
    parser.add_argument("--json", type=Path, metavar="FILE", help=json)
    parser.add_argument("--html", type=Path, metavar="FILE", help="one page with charts")


def check_bounds(bounds: Iterable[Bound]) -> None:
    """Check numbers, each with its option, the least and the most.

    Raises:
        ConfigError: one is out of its bounds.
    """
    for option, value, least, most in bounds:
        if not least <= value <= most:
            raise ConfigError(f"{option} is {value:g}; it goes from {least:g} to {most:g}.")
