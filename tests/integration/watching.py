"""What the browser tests share: what a page says and shows, asked of its `<stream-player>`."""

import base64
import io
import re
import sys
from collections.abc import Sequence
from typing import Any, TypedDict, cast

from PIL import Image
from playwright.sync_api import Locator, Page, Request

from streamer.media.picture import mark
from tests.integration.processes import wait_until

PLAYER = "document.querySelector('stream-player')"
# Runs before the page's own scripts: keeps every state that a player tells, with its words.
RECORD = """
globalThis.told = [];
globalThis.firstPictureMs = null;
addEventListener('statechange', ({ target, detail }) => {
  const title = (target.shadowRoot ?? target).querySelector('.message .title')?.textContent ?? '';
  told.push({ phase: detail.phase, title });
  if (detail.phase === 'live') firstPictureMs ??= performance.now();
}, true);
"""
# Milliseconds from the mark's time to its painting, by the server's clock, of pictures in a row.
READINGS = """async (count) => {
  const player = document.querySelector('stream-player');
  const { ageUs } = await import('/mark/mark.js');
  const found = new Map();
  const end = performance.now() + 100 * count;
  while (found.size < count && performance.now() < end) {
    const reading = await player.readMark();
    if (reading?.mark && reading.paintedUs !== null) {
      found.set(reading.mark.sequence, ageUs(reading.mark, reading.paintedUs) / 1000);
    }
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
  return [...found.values()];
}"""
# A number that stands for every pixel of the canvas; null where nothing was painted.
HASH = """async (player) => {
  const blob = await player.snapshot();
  if (!blob) return null;
  let hash = 0;
  for (const byte of new Uint8Array(await blob.arrayBuffer())) hash = (hash * 31 + byte) | 0;
  return hash;
}"""

# What is loaded once there is a past: the line over the bar, and small pictures for it.
LINE = "/face/scrubber.js"
LATE = re.compile(r"/(face/scrubber|face/clothing|engine/thumbnails)\.js$")

# The file that the player's snapshot is, as base64.
SNAPSHOT = """async (player) => {
  const bytes = new Uint8Array(await (await player.snapshot()).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}"""


class Told(TypedDict):
    """One state that a player told, and the title over its picture then."""

    phase: str
    title: str


def wait_for(page: Page, expression: str, timeout_s: float = 30.0) -> None:
    """Wait until a JavaScript expression holds on the page.

    Asked from here again and again, as the pages' policy forbids what Playwright's waiting does.
    """
    wait_until(lambda: page.evaluate(f"() => Boolean({expression})"), expression, timeout_s)


def open_page(page: Page, url: str) -> None:
    """Open a page with a player, recording what it tells."""
    page.add_init_script(RECORD)
    page.goto(url)


def wait_for_picture(page: Page, timeout_s: float = 30.0) -> float:
    """Wait for the first picture; milliseconds from the start of the navigation to it."""
    wait_for(page, "firstPictureMs !== null", timeout_s)
    return cast(float, page.evaluate("firstPictureMs"))


def first_load(page: Page, requests: Sequence[Request]) -> dict[str, int]:
    """The bytes of what is loaded for the first picture, of all that was; by its address.

    What is loaded after it is no part of it, though a part of that may have come, too.
    """
    first_ms = cast(float, page.evaluate("performance.timeOrigin + firstPictureMs"))
    line_ms = [each.timing["startTime"] for each in requests if LINE in each.url]
    assert all(each > first_ms for each in line_ms), (line_ms, first_ms)
    early = [each for each in requests if not LATE.search(each.url)]
    return {each.url: each.sizes()["responseBodySize"] for each in early}


def wait_for_phase(page: Page, phase: str, timeout_s: float = 30.0) -> None:
    """Wait until the page's player is in `phase`."""
    wait_for(page, f"{PLAYER}.state?.phase === '{phase}'", timeout_s)


def stats(page: Page, timeout_s: float = 30.0) -> dict[str, Any]:
    """The player's next figures."""
    page.evaluate(f"globalThis.lastStats = {PLAYER}.stats")
    wait_for(page, f"{PLAYER}.stats !== lastStats", timeout_s)
    return cast(dict[str, Any], page.evaluate(f"{PLAYER}.stats"))


def is_stepped_down(figures: dict[str, Any]) -> bool:
    """Whether the player was given another rendition for its connection.

    Who acknowledges late, as on a busy machine, looks like one behind a slow link.
    """
    return str(figures["renditionReason"]).startswith("Your connection")


def assert_rendition(figures: dict[str, Any], rendition: str, what: str = "") -> None:
    """It is the rendition that the player should have, or one for a slow connection."""
    told = (what, figures["rendition"], figures["renditionReason"])
    assert figures["rendition"] == rendition or is_stepped_down(figures), told


def staleness_ms(page: Page, count: int) -> list[float]:
    """The age at painting of up to `count` different pictures, read from the canvas; sorted."""
    return sorted(cast(list[float], page.evaluate(READINGS, count)))


def assert_marks_move(page: Page, count: int = 5, timeout_s: float = 30.0) -> float:
    """Wait until so many different marks are read in a row; the median age of those, in ms."""
    ages: list[float] = []

    def read() -> bool:
        ages[:] = staleness_ms(page, count)
        return len(ages) == count

    wait_until(read, f"{count} pictures with a mark", timeout_s, lambda: str(ages))
    return ages[count // 2]


def tell_age(page: Page, where: str) -> float:
    """Print how old the pictures of the last ten seconds were when they were painted; ms."""
    wait_for(page, f"{PLAYER}.stats?.stalenessP50Ms != null")
    age_ms = cast(float, stats(page)["stalenessP50Ms"])
    sys.stdout.write(f"\n{where}: age of painted pictures p50 {age_ms:.0f} ms\n")
    return age_ms


def told(page: Page) -> list[Told]:
    """All states that the page's players told so far, in order."""
    return cast(list[Told], page.evaluate("told"))


def forget_told(page: Page) -> None:
    """Begin a new record of states."""
    page.evaluate("told.length = 0")


def assert_moves(player: Locator, times: int = 2, timeout_s: float = 30.0) -> None:
    """Wait until what is on the player's canvas has changed so many times."""
    seen = [player.evaluate(HASH, timeout=timeout_s * 1000)]

    def moved() -> bool:
        now = player.evaluate(HASH)
        if now is not None and now != seen[-1]:
            seen.append(now)
        return len(seen) > times

    wait_until(moved, "moving picture", timeout_s)


def snapshot(player: Locator) -> Image.Image:
    """What is on a player's canvas."""
    return Image.open(io.BytesIO(base64.b64decode(player.evaluate(SNAPSHOT)))).convert("RGB")


def mark_on_screen(page: Page) -> mark.Mark | None:
    """Read the mark from the pixels of the screen, where the canvas is."""
    shot = page.locator("stream-player canvas").screenshot()
    luma = Image.open(io.BytesIO(shot)).convert("L")
    return mark.read(luma.tobytes(), luma.width, luma.width, luma.height)
