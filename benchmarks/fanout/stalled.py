"""A page that stops reading for a minute among healthy viewers: what does it cost, and whom?

`python -m benchmarks.fanout.stalled [--rounds 1] [--seconds 60]`, from the root of the tree;
part of `make bench`. A real server encodes the test pattern for 50 viewers of the load generator.
In each round their messages are timed for a while; then a page is opened in Chromium, made to stop
reading, and the others are timed again. It stops in two ways: its renderer is frozen, as when a
computer sleeps, so that browser and kernel still take what fits into their buffers; or nothing
passes on its link, so that it also gives up and connects again.
"""

import argparse
import os
import shutil
import signal
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.fanout.latency import play
from benchmarks.fanout.rounds import note
from benchmarks.fanout.system import buffers
from benchmarks.program import Program, streamer
from streamer.bench.child import Child, python
from streamer.bench.impaired import impaired
from streamer.bench.link import Impairment, Link
from streamer.bench.load.fleet import ACKS_PER_S
from streamer.bench.processes import descendants, resident
from streamer.errors import ChildFailed
from tests.integration.conftest import CHROMIUM_FLAGS
from tests.integration.watching import wait_for

VIEWERS = 50
SECONDS = 60.0
FROZEN, CUT = "its renderer is frozen", "nothing passes on its link"
_NAME = "pattern"
_SETTLE_S = 3.0
_LOOK_EVERY_S = 5.0
_AGAIN_S = 30.0
_AT_FIRST_MS = 500.0
# Comes back at once after a picture was painted: a page that is frozen while it paints would tell
# that it painted when it was thawed.
_JUST_PAINTED = """async () => {
  const count = paints.length;
  while (paints.length === count) await new Promise((resolve) => setTimeout(resolve, 1));
}"""
# Keeps when the page painted each picture, by the server's clock, and how old it was then, in ms.
_RECORD = """
globalThis.paints = [];
(async () => {
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  while (!document.querySelector('stream-player')?.readMark) await pause(5);
  const player = document.querySelector('stream-player');
  let last = null;
  for (;;) {
    const { paintedUs, capturedUs } = (await player.readMark()) ?? {};
    if (paintedUs && capturedUs !== last) {
      last = capturedUs;
      paints.push([paintedUs / 1000, (paintedUs - capturedUs) / 1000]);
    }
    await pause(2);
  }
})();
"""


@dataclass(frozen=True)
class Stall:
    """One stall, `how`: bytes that it cost the server, microseconds of the others, and an age.

    `again_ms` is the age of the oldest picture of those that the page painted when it read again.
    """

    how: str
    own: int
    kernel: int
    messages: int
    p99_without_us: float
    p99_with_us: float
    missed: int
    again_ms: float

    @property
    def ratio(self) -> float:
        """How much later the others' messages came, p99 to p99."""
        return self.p99_with_us / self.p99_without_us


class TimedLink(NamedTuple):
    """A link, and when it began to count its time."""

    link: Link
    since_s: float


class Bench:
    """The server, the healthy viewers and the browser."""

    def __init__(self, server: Program, load: Child, browser: Browser) -> None:
        self._server = server
        self._load = load
        self._browser = browser
        target = play("h264", "avc1") | {"path": f"/ws/streams/{_NAME}"}
        load.ask(
            do="open", name="healthy", port=server.port, count=VIEWERS, acks_per_s=ACKS_PER_S,
            timed=True, **target,
        )  # fmt: skip
        time.sleep(_SETTLE_S)

    def stall(self, how: str, seconds: float) -> Stall:
        """Time the others without a page, then while one has stopped reading."""
        note(f"stalled viewer: without, {seconds:g} s")
        others = set(buffers(self._server.port))
        without, _, _ = self._watch(others, seconds)
        with self._opened(how) as (page, link):
            before = resident(self._server.pid)
            note(f"stalled viewer: {how}, {seconds:g} s")
            page.evaluate(_JUST_PAINTED)
            since_ms = _cut(link, seconds) if link else _freeze()
            during, own, kernel = self._watch(others, seconds)
            if link is None:
                since_ms = _thaw()
            again_ms = _first_age(page, since_ms)
        return Stall(
            how=how,
            own=own - before,
            kernel=kernel,
            messages=during["messages"],
            p99_without_us=without["p99_us"],
            p99_with_us=during["p99_us"],
            missed=during["missed"],
            again_ms=again_ms,
        )

    @contextmanager
    def _opened(self, how: str) -> Iterator[tuple[Page, TimedLink | None]]:
        """A page that has played for a while; through a link, so far without faults, to be cut."""
        with ExitStack() as stack:
            link = None
            if how == CUT:
                proxy = stack.enter_context(impaired(self._server.port, Impairment()))
                link = TimedLink(proxy, time.monotonic())
            page = self._browser.new_page()
            stack.callback(page.close)
            port = link.link.port if link else self._server.port
            page.add_init_script(_RECORD)
            page.goto(f"http://localhost:{port}/embed/{_NAME}?rendition=h264")
            wait_for(page, "paints.length > 60", _AGAIN_S)
            yield page, link

    def _watch(self, others: set[str], seconds: float) -> tuple[dict[str, int], int, int]:
        """How late messages are for so long, and the most memory meanwhile.

        That of the server's process, and of the kernel for connections that are not the `others`.
        """
        own, kernel = [], []
        self._count()
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > _LOOK_EVERY_S:
            time.sleep(_LOOK_EVERY_S)
            own.append(resident(self._server.pid))
            held = buffers(self._server.port)
            kernel.append(sum(size for peer, size in held.items() if peer not in others))
        time.sleep(max(0.0, left_s))
        return self._count(), max(own), max(kernel)

    def _count(self) -> dict[str, int]:
        counted = self._load.ask(do="delays", name="healthy")
        if counted["lost"]:
            raise ChildFailed(f"{counted['lost']} of the healthy viewers were disconnected.")
        return counted


def measure(rounds: int, seconds: float) -> list[Stall]:
    """Both ways to stop, in turn."""
    load = Child("the load generator", python("streamer.bench.load.generator"))
    try:
        with streamer(f"{_NAME}=pattern:1280x720@30") as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
            )
            bench = Bench(server, load, browser)
            return [bench.stall(how, seconds) for _ in range(rounds) for how in (FROZEN, CUT)]
    finally:
        load.end()


def _cut(timed: TimedLink, seconds: float) -> float:
    """Let nothing pass for so long; when it will again, in ms since the epoch."""
    every_s = time.monotonic() - timed.since_s + seconds
    # The first of them begins now.
    timed.link.impairment = Impairment(stall=(seconds, every_s))
    return (time.time() + seconds) * 1000


def _freeze() -> float:
    for pid in _renderers():
        os.kill(pid, signal.SIGSTOP)
    return time.time() * 1000


def _renderers() -> list[int]:
    """The processes of our browser that run pages."""
    found = []
    for pid in descendants(os.getpid()):
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists() and b"--type=renderer" in command.read_bytes():
            found.append(pid)
    return found


def _thaw() -> float:
    for pid in _renderers():
        os.kill(pid, signal.SIGCONT)
    return time.time() * 1000


def _first_age(page: Page, since_ms: float) -> float:
    """The age of the oldest picture of the first that were painted since then."""
    until_s = since_ms / 1000 + _AGAIN_S
    while time.time() < until_s:
        time.sleep(0.05)
        told: list[tuple[float, float]] = page.evaluate("paints")
        paints = [each for each in told if each[0] > since_ms]
        if paints and paints[-1][0] > paints[0][0] + _AT_FIRST_MS:
            return max(age for at_ms, age in paints if at_ms <= paints[0][0] + _AT_FIRST_MS)
    raise ChildFailed(f"The page has not painted again within {_AGAIN_S:g} s.")


def tell(stalls: list[Stall], how: str) -> str:
    """What the stalls of one kind showed, in a sentence."""
    those = [each for each in stalls if each.how == how]
    ratio = statistics.median(each.ratio for each in those)
    return (
        f"A page that stops because {how}: {max(each.own for each in those) / 1024:.0f} KB more "
        f"in the server's process and {max(each.kernel for each in those) / 1024:.0f} KB in the "
        f"kernel at most; the others' p99 {ratio:.2f} of that without it "
        f"({those[0].p99_with_us / 1e3:.1f} ms), {sum(each.missed for each in those)} frames "
        f"missed; the first pictures afterwards are {max(each.again_ms for each in those):.0f} ms "
        f"old at most."
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Stop a page among healthy viewers.")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    arguments = parser.parse_args()
    stalls = measure(arguments.rounds, arguments.seconds)
    note("")
    for each in stalls:
        print(each)
    print(tell(stalls, FROZEN), tell(stalls, CUT), sep="\n")


if __name__ == "__main__":
    main()
