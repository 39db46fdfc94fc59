"""Reads the marks that a web page shows in Chromium, by a script put into it.

The script is `web/bench/marks.js` with what it imports. Closed shadow trees are opened to it.
Where the pictures come from another origin than the page, the browser lets no script look at them;
then they are read from screenshots, as quickly as these can be had. Tried and rejected: the
screencast of the DevTools protocol, whose pictures come 100 ms later.
"""

import io
import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from streamer.bench.browser import Page, open_browser
from streamer.bench.probe.sightings import Sighting
from streamer.clock import Clock
from streamer.media.picture import mark

WIDTH, HEIGHT = 1280, 800
_ASKS = 20
_TAINTED = (
    "The pictures come from another origin than the page, so they were read from screenshots; "
    "these are too few to see each, and a little late themselves."
)
_MODULES = ("mark/mark.js", "mark/reader.js", "bench/marks.js")
_SCRIPT = """(() => {{
  if (globalThis.top !== globalThis) return;
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {{
    return attach.call(this, {{ ...options, mode: 'open' }});
  }};
  {script}
  globalThis.streamerMarks = new PageMarks({selector});
  globalThis.streamerMarks.start();
}})()"""
_TAKE = "globalThis.streamerMarks?.take() ?? null"
_STATUS = "performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0"
_ERRORS = 400
_NOW = "performance.timeOrigin + performance.now()"


def page_script(web: Path, selector: str | None) -> str:
    """The script for a page: modules as one, as pages may forbid to import any."""
    modules = "\n".join((web / name).read_text("utf-8") for name in _MODULES)
    script = re.sub(r"^import .*?;$|^export ", "", modules, flags=re.MULTILINE)
    return _SCRIPT.format(script=script, selector=json.dumps(selector))


class PageReader:
    """Reads one open page; `selector` names the element, or what it is in."""

    def __init__(
        self, page: Page, clock: Clock, browser: str, selector: str | None = None
    ) -> None:
        self._page = page
        self._clock = clock
        self._selector = selector
        self._has_element = False
        self._status = int(page.evaluate(_STATUS))
        self._about = {"browser": browser}
        self._last: mark.Mark | None = None
        self._offset_us, error_us = self._compare_clocks()
        self._about["clock"] = f"off by {self._offset_us / 1000:.2f} ms, to {error_us / 1000:.2f}"

    def look(self, wait_s: float) -> Sequence[Sighting]:
        """What was seen since the last call.

        Raises:
            BrowserError: the page or the browser is gone.
        """
        taken = self._page.evaluate(_TAKE)
        if taken is None or taken["tag"] is None:
            time.sleep(wait_s)
            return ()
        self._has_element = True
        self._tell(taken)
        if taken["tainted"]:
            return list(self._shots(taken["shown"], wait_s))
        time.sleep(wait_s)
        unread = [Sighting(self._clock.wall_us(), None)] * taken["unread"]
        return [*(self._sighting(*each) for each in taken["pictures"]), *unread]

    def about(self) -> dict[str, str]:
        """The element, the browser, and how its clock was compared with this one."""
        trouble = self._trouble()
        return {**self._about, "trouble": trouble} if trouble else self._about

    def _trouble(self) -> str | None:
        if self._status >= _ERRORS:
            return f"The page answers with HTTP {self._status}; check its address."
        if self._has_element:
            return None
        if self._selector is None:
            return "The page has no canvas, video or img."
        return f"The page has no element '{self._selector}' that is or has a canvas, video or img."

    def _tell(self, taken: dict[str, Any]) -> None:
        self._about["what"] = f"<{taken['tag']}> {taken['width']}x{taken['height']}"
        self._about["seen"] = "drawn on the page"
        if taken["tainted"]:
            self._about["seen"] = "in screenshots"
            self._about["note"] = _TAINTED

    def _sighting(self, at_ms: float, time_us: int, sequence: int) -> Sighting:
        at_us = round(at_ms * 1000 + self._offset_us)
        return Sighting(at_us, mark.Mark(int(time_us), int(sequence)))

    def _shots(self, shown: dict[str, float], seconds: float) -> Iterator[Sighting]:
        """New pictures in screenshots; each counts as seen when its screenshot was there."""
        x, y, width, height = (shown[name] for name in ("x", "y", "width", "height"))
        _, _, cell = mark.geometry(round(width), round(height))
        corner = (x, y, cell * (mark.COLUMNS + 2), cell * (mark.ROWS + 2))
        deadline_s = time.monotonic() + seconds
        while time.monotonic() < deadline_s:
            shot = Image.open(io.BytesIO(self._page.screenshot(corner))).convert("L")
            at_us = self._clock.wall_us()
            found = mark.read(shot.tobytes(), shot.width, round(width), round(height))
            if found is None or found != self._last:
                self._last = found
                yield Sighting(at_us, found)

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
        page.on_load(page_script(web, selector))
        page.goto(url)
        yield PageReader(page, clock, browser.version, selector)
