"""How many pictures each of many tiles paints when all are on one page.

`python -m benchmarks.wall [--tiles 12,30] [--seconds 12] [--opens 50]`, from the root of the tree.
The tiles are one clip of 360p15, passed through; the server and its workers run beside Chromium,
on the same cores. Then the page is opened and closed again and again, and what that leaves behind
is counted. Prints two tables and appends them to docs/benchmarks-wall.md.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, cast

from playwright.sync_api import BrowserContext, Page, sync_playwright

from benchmarks.reporting import append, title
from benchmarks.sources import TICKS_PER_S, cpu_s, figures, total
from tests.integration.browser_memory import browser_mb, browser_pids
from tests.integration.conftest import CHROMIUM_FLAGS
from tests.integration.processes import Process, answers, free_port, wait_until
from tests.integration.tiles import RECORD_TILES

REPORT = Path("docs/benchmarks-wall.md")
FPS = 15
LIVE_WITHIN_S = 60.0
SETTLE_S = 5.0
PAINTED = """() => [...document.querySelectorAll('.tile')].map(({ stats }) => ({
  painted: stats?.painted ?? 0, age: stats?.stalenessMs ?? 0, rendition: stats?.rendition ?? '',
}))"""
INTRO = """# Many tiles on one page

Written by `python -m benchmarks.wall`.
"""
HEAD = """
## {title}

H.264, 360p15, half a megabit each, passed through; a window of 1920 x 1080; {seconds:.0f} s.
`browser` and `server` are cores that all their processes took, `others` what the rest of the
machine took meanwhile; `ms` is the browser's CPU for each painted picture. `passed on` counts the
tiles that still play the source's own pictures at the end.

| tiles | fps, least | median | age, median | browser | ms | server | others | passed on | MB |
|---|---|---|---|---|---|---|---|---|---|
"""
OPENED = """
| page opened and closed | browser MB | viewers left |
|---|---|---|
"""

Figures = list[dict[str, Any]]


def main() -> None:
    """Measure and append the tables."""
    parser = argparse.ArgumentParser(description="Measure many tiles on one page.")
    parser.add_argument("--tiles", default="12,30", help="how many tiles")
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--opens", type=int, default=50, help="how often the page is opened")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_clip(folder / "clip.mp4")
        rows = []
        for tiles in map(int, arguments.tiles.split(",")):
            rows.append(measure(folder, tiles, arguments.seconds))
            print(rows[-1], flush=True)
        opened = reopen(folder, arguments.opens)
    print("\n".join(opened), flush=True)
    write_report(rows, opened, arguments.seconds)


def write_clip(path: Path) -> None:
    """A minute of 360p15 as a camera sends it, a keyframe every two seconds."""
    picture = f"testsrc2=size=640x360:rate={FPS},noise=alls=6:allf=t"
    command = ("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", picture, "-t", "60")
    encoder = ("-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-g", "30")
    rate = ("-pix_fmt", "yuv420p", "-b:v", "500k", "-maxrate", "600k", "-bufsize", "600k")
    subprocess.run((*command, *encoder, *rate, str(path)), check=True)


def measure(folder: Path, tiles: int, seconds: float) -> str:
    """One wall of so many tiles; a row of the table."""
    with ExitStack() as stack:
        server, port = start_server(stack, folder, tiles)
        page = open_browser(stack).new_page()
        page.goto(f"http://localhost:{port}/")
        wait_until(lambda: all_painted(page, tiles), "pictures of all", LIVE_WITHIN_S)
        time.sleep(SETTLE_S)
        return watch(server, page, seconds)


def start_server(stack: ExitStack, folder: Path, tiles: int) -> tuple[Process, int]:
    """A server that plays the clip under so many names."""
    port = free_port()
    sources = [f"cam{number}={folder / 'clip.mp4'}" for number in range(tiles)]
    command = (sys.executable, "-m", "streamer", "serve", "--loop", "--port", str(port), *sources)
    server = Process(command, folder / "server.log")
    stack.callback(server.clear)
    server.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
    return server, port


def open_browser(stack: ExitStack) -> BrowserContext:
    """Chromium, whose pages record what their tiles say."""
    playwright = stack.enter_context(sync_playwright())
    executable = shutil.which("chromium")
    browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
    stack.callback(browser.close)
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    context.add_init_script(RECORD_TILES)
    return context


def painted(page: Page) -> Figures:
    """What each tile has painted, and how old it was."""
    return cast(Figures, page.evaluate(PAINTED))


def all_painted(page: Page, tiles: int) -> bool:
    """Whether every tile has a picture."""
    return sum(bool(each["painted"]) for each in painted(page)) == tiles


def watch(server: Process, page: Page, seconds: float) -> str:
    """Look at a wall that plays for so long; a row of the table."""
    browser, members = browser_pids(), server.members()
    before, took_s = painted(page), -time.monotonic()
    browser_s, server_s, all_s = -cpu_s(browser), -cpu_s(members), -busy_s()
    time.sleep(seconds)
    after, took_s = painted(page), took_s + time.monotonic()
    browser_s, server_s = browser_s + cpu_s(browser), server_s + cpu_s(members)
    others_s = max(0.0, all_s + busy_s() - browser_s - server_s)
    counts = [now["painted"] - then["painted"] for then, now in zip(before, after, strict=True)]
    age_ms = median(each["age"] for each in after)
    passed_on = sum(each["rendition"] == "copy" for each in after)
    return (
        f"| {len(counts)} | {min(counts) / took_s:.1f} | {median(counts) / took_s:.1f} "
        f"| {age_ms:.0f} ms | {browser_s / took_s:.2f} | {1000 * browser_s / sum(counts):.1f} "
        f"| {server_s / took_s:.2f} | {others_s / took_s:.2f} | {passed_on} | {browser_mb():.0f} |"
    )


def busy_s() -> float:
    """Seconds of CPU that the whole machine has been busy."""
    user, nice, system, _idle, _wait, *rest = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + sum(rest[:2])) / TICKS_PER_S


def reopen(folder: Path, times: int) -> list[str]:
    """Open and close a wall of four tiles; rows of the table."""
    rows = []
    with ExitStack() as stack:
        _, port = start_server(stack, folder, 4)
        context = open_browser(stack)
        for number in range(1, times + 1):
            page = context.new_page()
            page.goto(f"http://localhost:{port}/")
            wait_until(partial(any_painted, page), "a picture", LIVE_WITHIN_S)
            page.close()
            if number in (1, times // 5, times):
                wait_until(lambda: viewers(port) == 0, "end of all viewers", 10)
                rows.append(f"| {number} times | {browser_mb():.0f} | {viewers(port):.0f} |")
    return rows


def any_painted(page: Page) -> bool:
    """Whether a tile has a picture."""
    return any(each["painted"] for each in painted(page))


def viewers(port: int) -> float:
    """How many viewers the server counts."""
    return total(figures(port), "streamer_viewers")


def write_report(rows: list[str], opened: list[str], seconds: float) -> None:
    """Append a section with both tables."""
    head = HEAD.format(title=title(), seconds=seconds)
    append(REPORT, INTRO, head, rows)
    append(REPORT, INTRO, OPENED, opened)


if __name__ == "__main__":
    main()
