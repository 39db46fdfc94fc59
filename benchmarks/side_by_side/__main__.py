"""The same pictures through this server and others: `python -m benchmarks.side_by_side`.

One page at a time in one Chromium; all take turns, round by round, so that whatever disturbs the
machine disturbs all. With `--keep FILE` rounds of earlier calls count, too, as long as that file
is there: so a long run can be made of short ones.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks import ROOT
from benchmarks.fanout.rounds import note
from benchmarks.peers import hls_js
from benchmarks.side_by_side.camera import Camera, open_camera
from benchmarks.side_by_side.contenders import Contender, contenders
from benchmarks.side_by_side.report import OUTPUT, Turn, render
from streamer.bench.browser import Browser, Page, open_browser
from streamer.bench.probe.page import HEIGHT, WIDTH, PageReader, page_script
from streamer.bench.probe.sightings import Tally
from streamer.clock import SystemClock
from streamer.errors import BrowserError

SECONDS, WARM_UP_S = 3.0, 1.5
_FIRST_WITHIN_S = 20.0
_LOOK_S = 0.25


def main() -> int:
    """Run the rounds, write the page, and say where it is."""
    arguments = parse_arguments()
    there = [each for each in contenders() if arguments.only in f"{each.name} {each.means}"]
    turns = read(arguments.keep)
    begun = max((each.round for each in turns), default=0)
    with open_camera(hls_js()) as camera, open_browser() as browser:
        version = browser.version
        for number in range(begun + 1, begun + arguments.rounds + 1):
            for each in there:
                note(f"round {number}: {each.name}, {each.means}")
                turns.append(turn(number, each, camera, browser))
                keep(arguments.keep, turns)
    note("")
    text = render(turns, version)
    if arguments.only:
        print(text)
        return 0
    OUTPUT.write_text(text)
    print(f"{OUTPUT.relative_to(ROOT)} is written.")
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="This server and others side by side.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="where the turns are kept between calls")
    parser.add_argument("--only", default="", help="print those whose name holds this")
    return parser.parse_args()


def turn(number: int, contender: Contender, camera: Camera, browser: Browser) -> Turn:
    """Look at one page for a while."""
    with contextmanager(contender.start)(camera) as running:
        tally = Tally(WARM_UP_S)
        with browser.page(WIDTH, HEIGHT) as page:
            reader = opened(page, running.page, browser)
            if running.script:
                page.evaluate(running.script)
            wait_for_marks(reader, tally)
            before_s = browser.cpu_s(), running.cpu.seconds(), time.monotonic()
            look(reader, tally, WARM_UP_S + SECONDS)
            lasted_s = time.monotonic() - before_s[2]
            browser_s, server_s = (
                browser.cpu_s() - before_s[0],
                running.cpu.seconds() - before_s[1],
            )
        found = tally.figures()
        return Turn(
            number,
            contender.name,
            contender.means,
            found.pictures,
            found.age.p50,
            found.age.p95,
            found.age.p99,
            found.age.max,
            found.fps,
            found.missed,
            browser_s / lasted_s,
            server_s / lasted_s,
        )


def opened(page: Page, url: str, browser: Browser) -> PageReader:
    """A reader of the page, which may take a moment to be served."""
    page.on_load(page_script(ROOT / "web", None))
    until_s = time.monotonic() + _FIRST_WITHIN_S
    while True:
        try:
            page.goto(url)
        except BrowserError:
            if time.monotonic() > until_s:
                raise
            time.sleep(_LOOK_S)
        else:
            return PageReader(page, SystemClock(), browser.version)


def wait_for_marks(reader: PageReader, tally: Tally) -> None:
    """Wait until something is shown; who shows nothing in time has no figures."""
    until_s = time.monotonic() + _FIRST_WITHIN_S
    while not tally.has_begun and time.monotonic() < until_s:
        tally.add(reader.look(_LOOK_S))


def look(reader: PageReader, tally: Tally, seconds: float) -> None:
    """Read on for so long."""
    if not tally.has_begun:
        return
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        tally.add(reader.look(_LOOK_S))


def read(file: Path | None) -> list[Turn]:
    """What was kept of earlier calls."""
    if file is None or not file.is_file():
        return []
    return [Turn(**each) for each in json.loads(file.read_text())]


def keep(file: Path | None, turns: Iterable[Turn]) -> None:
    """Keep it for later calls."""
    if file is not None:
        file.write_text(json.dumps([asdict(each) for each in turns], indent=1))


if __name__ == "__main__":
    sys.exit(main())
