"""`streamer bench compare`: what has changed between two reports, for people and for CI."""

import argparse
import sys
from pathlib import Path

from streamer.bench.latency.compare import (
    JUDGED,
    compare,
    failures,
    parse_figures,
    parse_share,
)
from streamer.bench.latency.outcome import read_figures
from streamer.bench.report.terminal import changes_table

HELP = "show what changed between two reports of --json"
_OVER = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which reports, and what change is too much."""
    parser.add_argument("before", type=Path, metavar="A.json", help="the report to compare with")
    parser.add_argument("after", type=Path, metavar="B.json", help="the report that is new")
    parser.add_argument(
        "--fail-over", metavar="10%", help="exit with status 1 if a figure is worse by more"
    )
    parser.add_argument(
        "--figures",
        metavar="LIST",
        help=f"the figures that --fail-over judges (default {','.join(JUDGED)})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the changes; the status says whether one is too much.

    Raises:
        ConfigError: a report cannot be read, or they have nothing in common.
    """
    most = None if arguments.fail_over is None else parse_share(arguments.fail_over)
    judged = parse_figures(arguments.figures) if arguments.figures else JUDGED
    before, after = read_figures(arguments.before), read_figures(arguments.after)
    changes = compare(before, after)
    over = () if most is None else failures(changes, most, judged)
    print(changes_table(changes, over))
    for path, names in (
        (arguments.before, before.keys() - after),
        (arguments.after, after.keys() - before),
    ):
        if names:
            print(f"Only in {path}: {', '.join(sorted(names))}.")
    for each in over:
        says = f"{each.case}: {each.figure} is {each.share:.0%} worse; allowed is {most:.0%}."
        print(says, file=sys.stderr)
    return _OVER if over else 0
