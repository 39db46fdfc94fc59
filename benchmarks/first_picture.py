"""How long a viewer waits for the first picture of a source that nobody watched until then.

`python -m benchmarks.first_picture [--times 12]`, from the root of the tree. Chromium opens the
page of one stream after the other; before it comes back to the first, that source is closed
again. A viewer in Python does the same, which shows where the time goes. Prints a table and
appends it to docs/benchmarks-first-picture.md.
"""

import argparse
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from benchmarks.reporting import append, title
from tests.integration.conftest import CHROMIUM_FLAGS, RTSP_SERVER
from tests.integration.observers import Observer
from tests.integration.peeking import described
from tests.integration.processes import Process, answers, free_port, wait_until
from tests.integration.watching import RECORD, stats, wait_for_picture
from tests.peers import DEBIAN_PYTHON

REPORT = Path("docs/benchmarks-first-picture.md")
CLIP = Path("samples/h264.mp4")
IDLE_WITHIN_S = 15.0
INTRO = """# First picture

Written by `python -m benchmarks.first_picture`.
"""
HEAD = """
## {title}

Milliseconds, median of {times} and worst. `page` is from the navigation to the first painted
picture, `player` from the player's request to it. Of a viewer in Python: `live` until the source
is open (a process started, the source opened and probed), `data` from then to the first picture's
bytes. GStreamer's server asks its encoder for a keyframe when a client comes; with a camera that
does not, the wait for one is on top. `rtsp-idle` starts its encoder for the viewer, `rtsp` has
another client.

| source | page | worst | player | worst | live | data |
|---|---|---|---|---|---|---|
"""


@dataclass(slots=True)
class Waits:
    """What was measured of one source, in milliseconds."""

    page: list[float]
    player: list[float]
    live: list[float]
    data: list[float]


def main() -> None:
    """Measure and append the table."""
    parser = argparse.ArgumentParser(description="Measure the time to the first picture.")
    parser.add_argument("--times", type=int, default=12)
    times = parser.parse_args().times
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sources = start_sources(stack, folder)
        port = start_server(stack, folder, sources)
        page = open_browser(stack)
        waits = {name: Waits([], [], [], []) for name in sources}
        for _ in range(times):
            for name, wait in waits.items():
                watch_in_browser(page, port, name, wait)
            for name, wait in waits.items():
                watch_in_python(port, name, wait)
    write_report([row(name, wait) for name, wait in waits.items()], times)


def start_sources(stack: ExitStack, folder: Path) -> dict[str, str]:
    """The sources; a client of its own keeps one camera encoding all the time."""
    cameras = []
    for name in ("busy", "idle"):
        process = Process((DEBIAN_PYTHON, str(RTSP_SERVER)), folder / f"{name}.log")
        stack.callback(process.clear)
        cameras.append(f"rtsp://127.0.0.1:{process.wait_for_line('ready ')}/h264")
    reader = ("ffmpeg", "-v", "error", "-nostdin", "-rtsp_transport", "tcp", "-i", cameras[0])
    kept = Process((*reader, "-c", "copy", "-f", "null", "-"), folder / "reader.log")
    stack.callback(kept.clear)
    sources = {"pattern": "pattern:1280x720@30", "file": str(CLIP)}
    return sources | {"rtsp": cameras[0], "rtsp-idle": cameras[1]}


def start_server(stack: ExitStack, folder: Path, sources: dict[str, str]) -> int:
    """Serve them; the port."""
    port = free_port()
    named = [f"{name}={source}" for name, source in sources.items()]
    command = (sys.executable, "-m", "streamer", "serve", "--loop", "--port", str(port), *named)
    server = Process(command, folder / "server.log")
    stack.callback(server.clear)
    stack.callback(server.stop)
    server.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
    return port


def open_browser(stack: ExitStack) -> Page:
    """A page in Chromium."""
    playwright = stack.enter_context(sync_playwright())
    executable = shutil.which("chromium")
    browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
    stack.callback(browser.close)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(RECORD)
    return page


def watch_in_browser(page: Page, port: int, name: str, wait: Waits) -> None:
    """One viewer, from the navigation to its first picture."""
    wait_until_idle(port, name)
    page.goto(f"http://localhost:{port}/watch/{name}")
    wait.page.append(wait_for_picture(page, 20))
    wait.player.append(stats(page)["firstPictureMs"])
    page.goto("about:blank")


def watch_in_python(port: int, name: str, wait: Waits) -> None:
    """One viewer, from its request to the first picture's bytes."""
    wait_until_idle(port, name)
    began_s = time.monotonic()
    observer = Observer(port, name)
    wait_until(lambda: observer.pictures, "picture", 20)
    live = observer.told_since(began_s, "live")
    observer.close()
    if live is not None:
        wait.live.append((live.at_s - began_s) * 1000)
        wait.data.append((observer.pictures[0][0] - live.at_s) * 1000)


def wait_until_idle(port: int, name: str) -> None:
    """Wait until the source is closed."""
    idle = ("idle",)
    wait_until(lambda: described(port, name)["phase"] in idle, "closed source", IDLE_WITHIN_S)


def row(name: str, wait: Waits) -> str:
    """One row of the table."""
    figures = (
        median(wait.page),
        max(wait.page),
        median(wait.player),
        max(wait.player),
        median(wait.live),
        median(wait.data),
    )
    return f"| {name} | {' | '.join(f'{each:.0f}' for each in figures)} |"


def write_report(rows: list[str], times: int) -> None:
    """Append a section with the table."""
    print(*rows, sep="\n", flush=True)
    head = HEAD.format(title=title(), times=times)
    append(REPORT, INTRO, head, rows)


if __name__ == "__main__":
    main()
