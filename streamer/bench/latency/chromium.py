"""Viewers in Chromium: opened in a page of the server, listened to, and checked by the mark."""

import io
import math
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from PIL import Image

from streamer.bench.browser import Browser, Page
from streamer.bench.latency.case import Case, Means
from streamer.bench.latency.moments import Moments
from streamer.bench.latency.takes import Check, Take
from streamer.client.target import Target
from streamer.errors import BrowserError
from streamer.media.picture import mark

_FIRST_S = 20.0
_POLL_S = 0.2
_CHECKS = 12
_CHECK_EVERY_S = 0.06
_SCREEN_S = 1.0
_MODULE = "/bench/page.js"
_PAGE_US = "(performance.timeOrigin + performance.now()) * 1000"
_CLOCK_QUESTIONS = 30


class ChromiumWatch:
    """All viewers of one run, in one page."""

    def __init__(self, browser: Browser, page: Page, case: Case, is_here: bool) -> None:
        self._browser = browser
        self._page = page
        self._case = case
        self._is_here = is_here
        self._clock = page_clock(page)
        self._renditions: list[dict[str, None]] = [{} for _ in range(case.viewers)]
        self._readings: list[list[dict[str, Any]]] = [[] for _ in range(case.viewers)]
        self._checks: list[Check] = []
        self._screen_ms: list[float] = []
        self._trouble = "nothing came"

    def settle(self) -> None:
        """Wait until every viewer shows pictures.

        Raises:
            BrowserError: one shows none, or not what was asked for.
        """
        deadline_s = time.monotonic() + _FIRST_S
        while not all(_pictures(each) for each in self._readings):
            self.poll()
            if time.monotonic() > deadline_s:
                name = self._case.name
                raise BrowserError(f"In the browser {name} shows no picture ({self._trouble}).")
            time.sleep(_POLL_S)

    def poll(self) -> int:
        """Fetch what the viewers have noted; how many pictures that is so far.

        Raises:
            BrowserError: the browser is gone.
        """
        seats = self._page.evaluate("bench.take()")
        for noted, sent, seat in zip(self._readings, self._renditions, seats, strict=True):
            noted.extend(seat["readings"])
            sent[seat["rendition"]] = None
            self._trouble = seat["trouble"] or self._trouble
        return sum(_pictures(noted) for noted in self._readings)

    def forget(self) -> None:
        """End the warm-up: what was noted until now does not count."""
        self.poll()
        for noted, sent in zip(self._readings, self._renditions, strict=True):
            noted.clear()
            sent.clear()

    def cpu_s(self) -> float:
        """Seconds of CPU that the browser has taken."""
        return self._browser.cpu_s()

    def check(self) -> None:
        """See how old pictures are by their mark: on the canvas, and on the screen."""
        for _ in range(_CHECKS):
            found = self._page.evaluate("bench.check()")
            if found is not None:
                self._checks.append(Check(found["stampedMs"], found["markedMs"]))
            time.sleep(_CHECK_EVERY_S)
        if self._case.viewers == 1:
            offset_us = self._offset(self._readings[0])[0] - self._clock.offset_us
            self._screen_ms = screen_ages_ms(self._page, offset_us)

    def takes(self) -> tuple[Take, ...]:
        """What each viewer has noted since the warm-up."""
        return tuple(self._take(at, noted) for at, noted in enumerate(self._readings))

    def _offset(self, noted: Sequence[dict[str, Any]]) -> tuple[float, float]:
        """What makes the page's times the server's, and how far off that may be.

        On one machine we are the server's clock, and nearer to the page than any network is.
        """
        if self._is_here:
            return self._clock.offset_us, self._clock.error_us
        known = [each for each in noted if each["offsetUs"] is not None]
        return (known[-1]["offsetUs"], known[-1]["errorUs"]) if known else (0.0, math.nan)

    def _take(self, at: int, noted: Sequence[dict[str, Any]]) -> Take:
        offset_us, error_us = self._offset(noted)
        frames = (frame for reading in noted for frame in reading["frames"])
        trips = [each["rttUs"] for each in noted if each["rttUs"] is not None]
        is_first = at == 0
        return Take(
            tuple(_moments(frame, offset_us) for frame in frames),
            sum(each["lost"] for each in noted),
            sum(each["skipped"] for each in noted),
            error_us,
            trips[-1] if trips else math.nan,
            tuple(self._checks) if is_first else (),
            tuple(self._screen_ms) if is_first else (),
            tuple(self._renditions[at]),
        )


@contextmanager
def watching(
    browser: Browser, target: Target, case: Case, max_latency_ms: int, *, is_here: bool
) -> Iterator[ChromiumWatch]:
    """The viewers of a case in a new page, as large as the picture where there is one.

    `is_here` says that the server goes by this machine's clock.
    """
    with browser.page(case.width, case.height) as page:
        page.goto(_plain_page(target))
        page.evaluate(f"import('{_MODULE}').then((bench) => {{ globalThis.bench = bench; }})")
        kind = "mse" if case.means is Means.MSE else "player"
        wanted = {
            "kind": kind,
            "stream": target.name,
            "rendition": str(case.path),
            "count": case.viewers,
            "maxLatencyMs": max_latency_ms,
        }
        page.evaluate(f"bench.open({wanted})")
        yield ChromiumWatch(browser, page, case, is_here)


@dataclass(frozen=True, slots=True)
class PageClock:
    """What to add to a page's time for this machine's, and how far off that may be."""

    offset_us: float
    error_us: float


def page_clock(page: Page) -> PageClock:
    """The page's clock, by the quickest of some questions."""
    asked = []
    for _ in range(_CLOCK_QUESTIONS):
        before_us = time.time_ns() / 1000
        there_us = page.evaluate(_PAGE_US)
        after_us = time.time_ns() / 1000
        middle_us = (before_us + after_us) / 2
        asked.append(PageClock(middle_us - there_us, (after_us - before_us) / 2))
    return min(asked, key=lambda each: each.error_us)


def _plain_page(target: Target) -> str:
    """A page of the server with nothing in it, so that nothing else moves."""
    scheme = urlsplit(target.page_url).scheme
    query = f"?token={quote(target.token, safe='')}" if target.token else ""
    return f"{scheme}://{target.host}{target.folder}/healthz{query}"


def _pictures(noted: Sequence[dict[str, Any]]) -> int:
    return sum(len(reading["frames"]) for reading in noted)


def _moments(frame: dict[str, Any], offset_us: float) -> Moments:
    captured_us = frame["capturedUs"]
    made_us, decoded_us = frame["madeUs"], frame["decodedUs"]
    return Moments(
        frame["sequence"],
        captured_us,
        None if made_us is None else captured_us + made_us,
        captured_us + frame["encodedUs"],
        captured_us + frame["publishedUs"],
        round(frame["receivedUs"] + offset_us),
        None if decoded_us is None else round(decoded_us + offset_us),
        round(frame["paintedUs"] + offset_us),
        frame["size"],
    )


def screen_ages_ms(page: Page, offset_us: float) -> list[float]:
    """How old the pictures are that the compositor shows, of a second, by their mark.

    `offset_us` makes this machine's time the server's.
    """
    devtools = page.devtools
    devtools.ask("Page.startScreencast", format="jpeg", quality=70, everyNthFrame=1)
    ages: list[float] = []
    end_s = time.monotonic() + _SCREEN_S
    while time.monotonic() < end_s:
        for shown in devtools.events("Page.screencastFrame", _POLL_S):
            devtools.ask("Page.screencastFrameAck", sessionId=shown["sessionId"])
            shown_us = round(shown["metadata"]["timestamp"] * 1e6 + offset_us)
            if (found := _mark_of(b64decode(shown["data"]))) is not None:
                ages.append(mark.age_us(found, shown_us) / 1000)
    devtools.ask("Page.stopScreencast")
    return ages


def _mark_of(jpeg: bytes) -> mark.Mark | None:
    with Image.open(io.BytesIO(jpeg)) as image:
        luma = image.convert("L")
    return mark.read(luma.tobytes(), luma.width, luma.width, luma.height)
