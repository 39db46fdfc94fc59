"""Reads the marks that a web page shows in Chromium, by a script put into it.

The script is `web/reading.js` with `web/mark.js`. Closed shadow trees are opened to it. Where the
pictures come from another origin than the page, the browser lets no script look at them; then they
are read from what the compositor shows, a screenshot for each change, stamped when it was drawn.
"""

import io
import json
import re
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from streamer.address import redact
from streamer.bench.browser import Page, open_browser
from streamer.bench.probe.sightings import Sighting
from streamer.clock import Clock
from streamer.media.picture import mark

WIDTH, HEIGHT = 1280, 800
_ASKS = 20
_READING = """(() => {{
  if (globalThis.top !== globalThis) return;
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {{
    return attach.call(this, {{ ...options, mode: 'open' }});
  }};
  {script}
  globalThis.streamerReading = new Reading({selector});
  globalThis.streamerReading.start();
}})()"""
_TAKE = "globalThis.streamerReading?.take() ?? null"
_NOW = "performance.timeOrigin + performance.now()"


def reading_script(web: Path, selector: str | None) -> str:
    """The script for a page: two modules as one, as pages may forbid to import any."""
    modules = "\n".join((web / name).read_text("utf-8") for name in ("mark.js", "reading.js"))
    script = re.sub(r"^import .*?;$|^export ", "", modules, flags=re.MULTILINE)
    return _READING.format(script=script, selector=json.dumps(selector))


class PageReader:
    """Reads one open page."""

    def __init__(self, page: Page, clock: Clock, browser: str) -> None:
        self._page = page
        self._clock = clock
        self._about = {"browser": browser}
        self._screen: Screen | None = None
        self._offset_us, self.clock_error_us = self._compare_clocks()

    def look(self, wait_s: float) -> Sequence[Sighting]:
        """What was seen since the last call.

        Raises:
            BrowserError: the page or the browser is gone.
        """
        if self._screen is not None:
            return self._screen.look(wait_s)
        time.sleep(wait_s)
        taken = self._page.evaluate(_TAKE)
        if taken is None or taken["tag"] is None:
            return ()
        self._tell(taken)
        if taken["tainted"]:
            self._screen = Screen(self._page, taken["shown"])
            return ()
        unread = [Sighting(self._clock.wall_us(), None)] * taken["unread"]
        return [*(self._sighting(*each) for each in taken["pictures"]), *unread]

    def about(self) -> dict[str, str]:
        """The element, the browser, and how its clock was compared with this one."""
        return self._about

    def _tell(self, taken: dict[str, Any]) -> None:
        self._about["what"] = f"<{taken['tag']}> {taken['width']}x{taken['height']}"
        self._about["seen"] = "drawn on the page"
        if taken["tainted"]:
            self._about["seen"] = (
                "in screenshots, as the pictures come from another origin than the page"
            )

    def _sighting(self, at_ms: float, time_us: int, sequence: int) -> Sighting:
        at_us = round(at_ms * 1000 + self._offset_us)
        return Sighting(at_us, mark.Mark(int(time_us), int(sequence)))

    def _compare_clocks(self) -> tuple[float, float]:
        """What to add to the page's clock, and how wrong that may be: by the quickest answer."""
        tries = []
        for _ in range(_ASKS):
            sent_us = self._clock.wall_us()
            page_us = self._page.evaluate(_NOW) * 1000
            trip_us = self._clock.wall_us() - sent_us
            tries.append((trip_us, sent_us + trip_us / 2 - page_us))
        trip_us, offset_us = min(tries)
        return offset_us, trip_us / 2


class Screen:
    """Reads marks from what the compositor shows at one place of a page."""

    def __init__(self, page: Page, shown: dict[str, float]) -> None:
        self._devtools = page.devtools
        self._shown = shown
        self._last: mark.Mark | None = None
        self._devtools.ask(
            "Page.startScreencast", format="jpeg", quality=90, maxWidth=WIDTH, maxHeight=HEIGHT
        )

    def look(self, wait_s: float) -> list[Sighting]:
        """What was shown since the last call."""
        seen = []
        deadline_s = time.monotonic() + wait_s
        while (left_s := deadline_s - time.monotonic()) > 0:
            for each in self._devtools.events("Page.screencastFrame", left_s):
                self._devtools.ask("Page.screencastFrameAck", sessionId=each["sessionId"])
                at_us = round(each["metadata"]["timestamp"] * 1e6)
                found = self._read(b64decode(each["data"]))
                if found is None or found != self._last:
                    seen.append(Sighting(at_us, found))
                self._last = found or self._last
        return seen

    def _read(self, picture: bytes) -> mark.Mark | None:
        shown = self._shown
        box = (shown["x"], shown["y"], shown["x"] + shown["width"], shown["y"] + shown["height"])
        luma = Image.open(io.BytesIO(picture)).convert("L").crop(tuple(map(round, box)))
        return mark.read(luma.tobytes(), luma.width, luma.width, luma.height)


@contextmanager
def page_reader(
    url: str, selector: str | None, browser_path: str | None, web: Path, clock: Clock
) -> Iterator[PageReader]:
    """A reader of that page in a browser of its own.

    Raises:
        ConfigError: there is no browser.
        BrowserError: it does not start, or the page cannot be opened.
    """
    with open_browser(browser_path) as browser, browser.page(WIDTH, HEIGHT) as page:
        page.on_load(reading_script(web, selector))
        page.goto(url)
        yield PageReader(page, clock, browser.version)


def shown(url: str) -> str:
    """The address of a page without what is secret."""
    return redact(url)
