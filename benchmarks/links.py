"""How old pictures get on bad links: Chromium behind a link of ours, for minutes per case.

`python -m benchmarks.links [--seconds 300] [--starts h264,jpeg,copy] [--cases 0.7x,delay=50ms]`,
from the root of the tree. Prints a table and appends it to docs/benchmarks-links.md. The starts of
a case run side by side, each behind a link of its own.
"""

import argparse
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.reporting import append, title
from streamer.bench.impaired import impaired
from streamer.bench.link import Impairment, Link, parse_link
from tests.integration.conftest import CHROMIUM_FLAGS
from tests.integration.impaired import (
    Seen,
    bitrate_bps,
    open_recorded,
    seen,
    write_clip,
)
from tests.integration.processes import Process, answers, free_port

REPORT = Path("docs/benchmarks-links.md")
STARTS = "h264,jpeg,copy"
CASES = "1x,0.7x,0.3x,0.1x,delay=50ms,stall=3s/30s"
RATE_S = 8.0
LIFTED_S = 20.0
INTRO = """# Bounded staleness

Written by `python -m benchmarks.links`.
"""
HEAD = """
## {title}

Staleness is the age of a picture when it is painted, in ms, of {seconds:.0f} s after the first
picture; `drift` is the median of the last third less that of the first. `changes` counts the
renditions after the first; `back` is seconds from the lifting of the limit to the start's own
rendition (the most of this sample: {lifted:.0f} s).

| link | start | kbit/s | p50 | p95 | p99 | drift | fps | changes | settled on | back |
|---|---|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Watch:
    """A page that watches through a link."""

    start: str
    link: Link
    page: Page
    rate_bps: float | None


def main() -> None:
    """Run every case and append the table."""
    arguments = parse_arguments()
    starts, cases = arguments.starts.split(","), arguments.cases.split(",")
    cases = [case.replace("+", ",") for case in cases]
    with ExitStack() as stack:
        port = stack.enter_context(serving())
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        rates = {start: measured_bps(browser, port, start) for start in starts}
        rows = []
        for case in cases:
            rows += run_case(browser, port, case, rates, arguments.seconds)
            print(*rows[-len(starts) :], sep="\n", flush=True)
        browser.close()
    write_report(rows, arguments.seconds)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure staleness on bad links.")
    parser.add_argument("--seconds", type=float, default=300.0, help="per case")
    parser.add_argument("--starts", default=STARTS, help="renditions that viewers start on")
    parser.add_argument(
        "--cases", default=CASES, help="shares of the rate (0.3x), links, or 0.3x+delay=50ms"
    )
    return parser.parse_args()


class serving:  # noqa: N801  # used as a function
    """A server with the test pattern and a camera-like clip; gives its port."""

    def __enter__(self) -> int:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        write_clip(folder / "clip.mp4")
        port = free_port()
        command = (sys.executable, "-m", "streamer", "serve", "--loop", "--port", str(port))
        sources = ("pattern=pattern:1280x720@30", f"clip={folder / 'clip.mp4'}")
        self._server = Process((*command, *sources), folder / "server.log")
        self._server.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
        return port

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._server.clear()
        self._folder.cleanup()


def address(port: int, start: str) -> str:
    """The page that watches with this rendition."""
    stream = "clip" if start == "copy" else "pattern"
    return f"http://localhost:{port}/embed/{stream}?rendition={start}"


def measured_bps(browser: Browser, port: int, start: str) -> float:
    """The rate of a rendition on a good link."""
    page = browser.new_page()
    open_recorded(page, address(port, start))
    time.sleep(RATE_S)
    rate = bitrate_bps(page)
    page.close()
    return rate


def run_case(
    browser: Browser, port: int, case: str, rates: dict[str, float], seconds: float
) -> list[str]:
    """Watch through one kind of link, with every start at once; rows of the table."""
    with ExitStack() as stack:
        watches = []
        for start, rate_bps in rates.items():
            link_as = impairment(case, rate_bps)
            link = stack.enter_context(impaired(port, link_as))
            page = browser.new_page()
            stack.callback(page.close)
            open_recorded(page, address(link.port, start))
            watches.append(Watch(start, link, page, link_as.rate_bps))
        time.sleep(seconds)
        lifted_ms = time.time() * 1000
        for watch in watches:
            watch.link.impairment = Impairment()
        time.sleep(LIFTED_S)
        return [row(case, watch, seen(watch.page), lifted_ms) for watch in watches]


def impairment(case: str, rate_bps: float) -> Impairment:
    """The link of a case: a share of the stream's rate, what else it says, or both."""
    first, _, rest = case.partition(",")
    if not first.endswith("x"):
        return parse_link(case)
    share = float(first.removesuffix("x"))
    return replace(parse_link(rest), rate_bps=None if share >= 1 else share * rate_bps)


def row(case: str, watch: Watch, all_seen: Seen, lifted_ms: float) -> str:
    """One row of the table."""
    limited = all_seen.between(0, lifted_ms)
    start_ms = limited.paints[0][0] if limited.paints else lifted_ms
    third_ms = (lifted_ms - start_ms) / 3
    first = limited.between(start_ms, start_ms + third_ms).staleness_ms(0.5)
    last = limited.between(lifted_ms - third_ms, lifted_ms).staleness_ms(0.5)
    fps = len(limited.paints) * 1000 / max(lifted_ms - start_ms, 1)
    settled = limited.moves[-1].rendition if limited.moves else "-"
    returns = [
        move.at_ms - lifted_ms
        for move in all_seen.between(lifted_ms, float("inf")).moves
        if move.rendition == watch.start
    ]
    back = "-" if settled == watch.start else f"{returns[-1] / 1000:.1f}" if returns else "never"
    rate = "" if watch.rate_bps is None else f"{watch.rate_bps / 1000:.0f}"
    ages = " | ".join(f"{limited.staleness_ms(share):.0f}" for share in (0.5, 0.95, 0.99))
    return (
        f"| {case} | {watch.start} | {rate} | {ages} | {last - first:+.0f} | {fps:.1f} "
        f"| {len(limited.moves) - 1} | {settled} | {back} |"
    )


def write_report(rows: list[str], seconds: float) -> None:
    """Append a section with the table."""
    head = HEAD.format(title=title(), seconds=seconds, lifted=LIFTED_S)
    append(REPORT, INTRO, head, rows)


if __name__ == "__main__":
    main()
