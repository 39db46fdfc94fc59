"""`streamer bench latency`: how old pictures are when they are shown, stage by stage."""

import argparse
import importlib
import sys
from pathlib import Path as FilePath

from streamer.bench.impaired import add_link_argument
from streamer.bench.latency.case import Means, Path, parse_counts, parse_list, parse_sizes
from streamer.bench.latency.outcome import Report
from streamer.bench.link import parse_link
from streamer.bench.report.terminal import report_text
from streamer.bench.report.writing import check_writable, write
from streamer.commands.bench.options import INTERRUPTED, add_files, add_token, check_bounds
from streamer.errors import ConfigError

HELP = "measure how old pictures are when they are shown, stage by stage"
_RUNNING = "streamer.bench.latency.running"
_BROWSER = "webcodecs,mse"
_FAILED = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to measure, by what means, and where to write it."""
    add_measuring_arguments(parser)
    parser.add_argument(
        "--viewers", default="1", metavar="LIST", help="how many watch at once (default 1)"
    )
    add_link_argument(parser)


def add_measuring_arguments(parser: argparse.ArgumentParser) -> None:
    """What every measurement of latency takes."""
    parser.add_argument("--url", metavar="URL", help="a stream of a server that runs already")
    add_token(parser)
    parser.add_argument(
        "--paths", default="h264,jpeg", metavar="LIST", help="of h264, jpeg and copy"
    )
    parser.add_argument(
        "--browser",
        nargs="?",
        const=_BROWSER,
        metavar="LIST",
        help=f"watch in Chromium, by {_BROWSER} or one of them",
    )
    parser.add_argument("--browser-path", metavar="FILE", help="the Chromium or Chrome to start")
    parser.add_argument(
        "--sizes", default="1280x720@30", metavar="LIST", help="of the pattern: 1280x720@30"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="for how long (default 10)")
    parser.add_argument(
        "--warm-up", type=float, default=2.0, metavar="SECONDS", help="left out (default 2)"
    )
    parser.add_argument("--runs", type=int, default=1, help="of each case, by turns (default 1)")
    parser.add_argument(
        "--max-latency", type=int, default=500, metavar="MS", help="the viewers' bound"
    )
    add_files(parser, json="for `bench compare`")
    parser.add_argument("--csv", type=FilePath, metavar="FILE", help="every run as one line")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print the tables, and write the files.

    Raises:
        StreamerError: it cannot be measured.
    """
    check_writable(arguments.json, arguments.csv, arguments.html)
    if arguments.link is not None:
        parse_link(arguments.link)
    counts = parse_counts(arguments.viewers, "--viewers")
    report = measured(arguments, counts, (arguments.link or "",))
    print(report_text(report))
    return finish(report, arguments)


def finish(report: Report, arguments: argparse.Namespace) -> int:
    """Write the files, say what failed, and give the status.

    Raises:
        ConfigError: a file cannot be written.
    """
    write(report, arguments.json, arguments.csv, arguments.html)
    for sentence in report.failures:
        print(f"streamer: {sentence}", file=sys.stderr)
    if not report.complete:
        return INTERRUPTED
    return _FAILED if report.failures else 0


def measured(
    arguments: argparse.Namespace, viewers: tuple[int, ...], links: tuple[str, ...]
) -> Report:
    """The report of what the arguments ask for.

    Raises:
        StreamerError: it cannot be measured.
    """
    _check(arguments)
    paths = tuple(map(Path, parse_list(arguments.paths, Path, "--paths")))
    # By name, as it decodes pictures, which a command that is only parsed never does.
    running = importlib.import_module(_RUNNING)
    wanted = running.Wanted(
        paths,
        _means(arguments.browser),
        parse_sizes(arguments.sizes),
        viewers,
        links,
        arguments.seconds,
        arguments.warm_up,
        arguments.runs,
        arguments.max_latency,
        arguments.url,
        arguments.token,
        arguments.browser_path,
    )
    report: Report = running.measure(wanted, sys.stderr)
    return report


def _means(browser: str | None) -> tuple[Means, ...]:
    if browser is None:
        return (Means.PYTHON,)
    names = tuple(dict.fromkeys(part.strip() for part in browser.split(",")))
    if not set(names) <= set(_BROWSER.split(",")):
        raise ConfigError(f"--browser '{browser}': write {_BROWSER}, or one of them.")
    return tuple(map(Means, names))


def _check(arguments: argparse.Namespace) -> None:
    check_bounds(
        (
            ("--seconds", arguments.seconds, 1, 3600),
            ("--warm-up", arguments.warm_up, 0, 600),
            ("--runs", arguments.runs, 1, 100),
            ("--max-latency", arguments.max_latency, 100, 10_000),
        )
    )
