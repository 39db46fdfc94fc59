"""`streamer bench load`: how many viewers a server carries, and how old their pictures are."""

import argparse
import importlib
import sys

from streamer.address import Scheme
from streamer.bench.load.page import to_html
from streamer.bench.load.report import Report, text, to_json
from streamer.bench.processes import exists
from streamer.bench.report.writing import check_writable, write_text
from streamer.commands.bench.options import INTERRUPTED, add_files, add_token, check_bounds
from streamer.errors import ConfigError
from streamer.parsing import parse

HELP = "let many watch, and find out how many a server carries"
_RUNNING = "streamer.bench.load.running"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who watches what, for how long, and where to write it."""
    parser.add_argument(
        "--url",
        action="append",
        default=[],
        metavar="URL",
        help="a stream of a server that runs already; may be repeated",
    )
    add_token(parser)
    parser.add_argument("--pid", type=int, help="that server's process, if it is on this machine")
    parser.add_argument("--viewers", type=int, default=50, help="in all (default 50)")
    parser.add_argument(
        "--streams", type=int, default=1, help="that they are spread over (default 1)"
    )
    parser.add_argument(
        "--source",
        default="pattern:1280x720@30",
        metavar="SOURCE",
        help="of each stream of its own server (default pattern:1280x720@30)",
    )
    parser.add_argument("--rendition", default="h264", metavar="NAME", help="(default h264)")
    parser.add_argument(
        "--seconds", type=float, help="for how long (default 10; 3 for each number of a ramp)"
    )
    parser.add_argument(
        "--warm-up",
        type=float,
        default=3.0,
        metavar="SECONDS",
        help="left out (default 3); a ramp waits until all is well instead",
    )
    parser.add_argument(
        "--ramp", action="store_true", help="find the largest number within a budget"
    )
    parser.add_argument(
        "--budget-ms",
        type=float,
        default=100.0,
        metavar="MS",
        help="the age that 99 %% of the pictures must stay below (default 100)",
    )
    parser.add_argument(
        "--most", type=int, default=5000, metavar="N", help="where --ramp stops (default 5000)"
    )
    parser.add_argument(
        "--joins", type=float, default=50.0, metavar="N", help="viewers that come a second (50)"
    )
    parser.add_argument("--generators", type=int, metavar="N", help="processes of viewers")
    add_files(parser, json="all figures")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print the tables, and write the files.

    Raises:
        StreamerError: it cannot be measured.
    """
    if arguments.seconds is None:
        arguments.seconds = 3.0 if arguments.ramp else 10.0
    _check(arguments)
    check_writable(arguments.json, arguments.html)
    # By name, as it decodes pictures, which a command that is only parsed never does.
    running = importlib.import_module(_RUNNING)
    wanted = running.Wanted(
        viewers=arguments.viewers,
        streams=arguments.streams,
        seconds=arguments.seconds,
        warm_up_s=arguments.warm_up,
        source=arguments.source,
        rendition=arguments.rendition,
        urls=tuple(arguments.url),
        token=arguments.token,
        pid=arguments.pid,
        processes=arguments.generators,
        joins_per_s=arguments.joins,
        budget_ms=arguments.budget_ms if arguments.ramp else None,
        most=arguments.most,
    )
    report: Report = running.measure(wanted, sys.stderr)
    print(text(report))
    for path, give in ((arguments.json, to_json), (arguments.html, to_html)):
        if path is not None:
            write_text(path, give(report))
    return 0 if report.complete else INTERRUPTED


def _check(arguments: argparse.Namespace) -> None:
    check_bounds(
        (
            ("--viewers", arguments.viewers, 1, 100_000),
            ("--streams", arguments.streams, 1, 100),
            ("--seconds", arguments.seconds, 2, 3600),
            ("--warm-up", arguments.warm_up, 0, 600),
            ("--budget-ms", arguments.budget_ms, 1, 60_000),
            ("--most", arguments.most, 1, 100_000),
            ("--joins", arguments.joins, 0.1, 10_000),
            ("--generators", arguments.generators or 1, 1, 64),
        )
    )
    if arguments.pid is not None:
        _check_process(arguments.pid, is_named=bool(arguments.url))
    if parse(arguments.source).scheme in (Scheme.EXEC, Scheme.STDIN):
        raise ConfigError(
            f"--source {arguments.source}: its own server runs no command and reads no pipe; "
            "start one that does, and name it with --url."
        )


def _check_process(pid: int, *, is_named: bool) -> None:
    if not is_named:
        raise ConfigError("--pid belongs to --url; its own server's process is known.")
    if not exists(pid):
        raise ConfigError(f"--pid {pid}: no such process runs here; leave --pid away.")
