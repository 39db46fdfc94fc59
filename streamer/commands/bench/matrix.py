"""`streamer bench matrix`: how old pictures get, every path over every link."""

import argparse

from streamer.bench.link import parse_link
from streamer.bench.report.matrix import matrix_text
from streamer.bench.report.writing import check_writable
from streamer.commands.bench.latency import add_measuring_arguments, finish, measured

HELP = "measure every path over every link, into one table"
LINKS = ("", "delay=50ms", "delay=20ms,jitter=10ms", "rate=2M", "rate=1M,delay=50ms")
_NONE = "none"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to measure over which links, and where to write it."""
    add_measuring_arguments(parser)
    parser.add_argument(
        "--link",
        action="append",
        metavar="SPEC",
        help="one of the links, or none; may be repeated (default: "
        f"{' '.join(link or _NONE for link in LINKS)})",
    )
    # A viewer takes a while to find what a link carries.
    parser.set_defaults(warm_up=6.0, seconds=8.0, runs=3)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print the table, and write the files.

    Raises:
        StreamerError: it cannot be measured.
    """
    check_writable(arguments.json, arguments.csv, arguments.html)
    links = tuple("" if link == _NONE else link for link in arguments.link or LINKS)
    for link in links:
        parse_link(link)
    report = measured(arguments, (1,), links)
    print(matrix_text(report))
    return finish(report, arguments)
