"""How the page `/publish` does on an uplink that does not carry what it sends.

`python -m benchmarks.uplink [--seconds 40] [--rates 2M,1M,300k]`, from the root of the tree. One
Chromium sends a noisy 720p30 as its camera, through a link that limits the way to the server; a
page beside it watches without a link. Prints a table and appends it to docs/benchmarks-uplink.md.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from benchmarks.program import streamer
from benchmarks.reporting import append, title
from streamer.bench.impaired import impaired
from streamer.bench.link import parse_link
from tests.integration.conftest import CHROMIUM_FLAGS
from tests.integration.impaired import Seen, open_recorded, seen
from tests.integration.processes import wait_until

REPORT = Path("docs/benchmarks-uplink.md")
RATES = "10M,2M,1M,300k"
SETTLE_S = 10.0
CAMERA = "testsrc2=size=1280x720:rate=30,noise=alls=12:allf=t"
FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-file-for-fake-video-capture={}")
INTRO = """# Publishing over a slow uplink

Written by `python -m benchmarks.uplink`.
"""
HEAD = """
## {title}

One Chromium sends a noisy 720p30 of 2.5 Mbit/s from `/publish` through a link that limits the way
to the server; another page watches. Of {seconds} s, after {settle:.0f} s to settle: pictures a
second, staleness of what was painted in ms, by how much its median is higher in the second half
than in the first, and what the page's statistics say at the end.

| uplink | fps | p50 | p99 | drift of p50 | bitrate | encoder at most | size |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one uplink gave."""

    rate: str
    seen: Seen
    start_ms: float
    end_ms: float
    told: dict[str, str]

    def row(self) -> str:
        """As a row of the table."""
        middle_ms = (self.start_ms + self.end_ms) / 2
        during = self.seen.between(self.start_ms, self.end_ms)
        halves = [
            self.seen.between(self.start_ms, middle_ms).staleness_ms(0.5),
            self.seen.between(middle_ms, self.end_ms).staleness_ms(0.5),
        ]
        fps = len(during.paints) * 1000 / (self.end_ms - self.start_ms)
        cells = (
            f"{fps:.1f}",
            f"{during.staleness_ms(0.5):.0f}",
            f"{during.staleness_ms(0.99):.0f}",
            f"{halves[1] - halves[0]:+.0f}",
            *(self.told[name] for name in ("Bitrate", "at most", "Size")),
        )
        return f"| {self.rate} | {' | '.join(cells)} |"


def main() -> None:
    """Measure and append the table."""
    parser = argparse.ArgumentParser(description="Measure publishing over a slow uplink.")
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--rates", default=RATES)
    arguments = parser.parse_args()
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        context = open_browser(stack, camera_in(folder))
        for rate in arguments.rates.split(","):
            rows.append(measure(context, rate, arguments.seconds).row())
            print(rows[-1], flush=True)
    write_report(rows, arguments.seconds)


def camera_in(folder: Path) -> Path:
    """Three seconds of what the camera sees, over and over; without a codec, as cameras are."""
    path = folder / "camera.y4m"
    command = ("ffmpeg", "-v", "error", "-f", "lavfi", "-i", CAMERA, "-t", "3", str(path))
    subprocess.run((*command[:-1], "-pix_fmt", "yuv420p", command[-1]), check=True)
    return path


def open_browser(stack: ExitStack, camera: Path) -> BrowserContext:
    """A Chromium whose pages may use the camera."""
    playwright = stack.enter_context(sync_playwright())
    flags = (*CHROMIUM_FLAGS, *(each.format(camera) for each in FAKE_CAMERA))
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
    stack.callback(browser.close)
    size = {"width": 1280, "height": 800}
    return browser.new_context(viewport=size, permissions=["camera"])  # type: ignore[arg-type]


def measure(context: BrowserContext, rate: str, seconds: float) -> Outcome:
    """Send over an uplink of this rate, and watch."""
    with ExitStack() as stack:
        server = stack.enter_context(streamer("--publish"))
        link = stack.enter_context(impaired(server.port, parse_link(f"up={rate}")))
        publisher = context.new_page()
        stack.callback(publisher.close)
        publisher.goto(f"http://localhost:{link.port}/publish?name=cam")
        publisher.get_by_role("button", name="Open the camera").click()
        publisher.get_by_role("button", name="Start sending").click()
        viewer = context.new_page()
        stack.callback(viewer.close)
        open_recorded(viewer, f"http://localhost:{server.port}/watch/cam")
        wait_until(lambda: seen(viewer).paints, "picture", 60)
        viewer.wait_for_timeout(SETTLE_S * 1000)
        start_ms = time.time() * 1000
        viewer.wait_for_timeout(seconds * 1000)
        end_ms = time.time() * 1000
        return Outcome(rate, seen(viewer), start_ms, end_ms, figures(publisher))


def figures(publisher: Page) -> dict[str, str]:
    """What the statistics of the page say."""
    told: dict[str, str] = publisher.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.figures dl > div')].map("
        "(row) => ['dt', 'dd'].map((name) => row.querySelector(name).textContent)))"
    )
    return told


def write_report(rows: list[str], seconds: float) -> None:
    """Append a section with the table."""
    head = HEAD.format(title=title(), seconds=f"{seconds:.0f}", settle=SETTLE_S)
    append(REPORT, INTRO, head, rows)


if __name__ == "__main__":
    main()
