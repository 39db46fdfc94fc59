"""Chromium behind bad links: pictures stay young, the rendition fits, and the top comes back.

A subset of `benchmarks/links.py`, for a minute and a half.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser, Page

from streamer.bench.impaired import impaired
from streamer.bench.link import Impairment, Link
from tests.integration.conftest import Server, StartServer
from tests.integration.impaired import Seen, open_recorded, seen, write_clip
from tests.integration.peeking import assert_calm
from tests.integration.processes import wait_until
from tests.integration.watching import PLAYER, wait_for

BOUND_MS = 500
FRAME_MS = 1000 / 30
# Reading the mark from outside the page's worker takes a while too, on a busy machine.
LOOKING_MS = 60
JOINING_MS = 6_000
LOOK_MS = 10_000
AT_ONCE_MS = 500
MOST_MOVES = 5
# The bounds are kept in one of them at least.
ROUNDS = 3


@pytest.fixture
def camera(serve: StartServer, tmp_path: Path) -> Server:
    """A server with the test pattern and a clip as a camera would send it."""
    write_clip(tmp_path / "clip.mp4", seconds=6)
    return serve("--loop", "pattern=pattern:1280x720@30", f"clip={tmp_path / 'clip.mp4'}")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Things to close after a test."""
    with ExitStack() as opened:
        yield opened


def watch(
    stack: ExitStack, browser: Browser, server: Server, start: str, impairment: Impairment
) -> tuple[Page, Link]:
    """A page that watches through a link."""
    link = stack.enter_context(impaired(server.port, impairment))
    page = browser.new_page()
    stack.callback(page.close)
    stream = "clip" if start == "copy" else "pattern"
    open_recorded(page, f"http://localhost:{link.port}/embed/{stream}?rendition={start}")
    return page, link


def look(page: Page, joining_ms: float = JOINING_MS, look_ms: float = LOOK_MS) -> Seen:
    """What the page shows in a while, once it has found its rendition."""
    wait_for(page, "paints.length > 0", 20)
    start_ms = page.evaluate("paints[0][0]") + joining_ms
    wait_for(page, f"Date.now() > {start_ms + look_ms}", 30)
    return seen(page).between(start_ms, start_ms + look_ms)


def looks(
    stack: ExitStack,
    watching: Callable[[], tuple[Page, Link]],
    joining_ms: float = JOINING_MS,
    look_ms: float = LOOK_MS,
) -> Iterator[tuple[Page, Link, Seen]]:
    """Open and look anew, for some rounds, as the machine may be busy with other things."""
    for _ in range(ROUNDS):
        stack.close()
        page, link = watching()
        yield page, link, look(page, joining_ms, look_ms)


def are_young(shown: Seen, extra_ms: float = 0.0) -> bool:
    """Whether the pictures kept the promise."""
    bound_ms = BOUND_MS + FRAME_MS + extra_ms + LOOKING_MS
    return len(shown.paints) > 30 and shown.staleness_ms(0.99) < bound_ms


@pytest.mark.parametrize(("top", "rate_bps"), [("h264", 300e3), ("jpeg", 3e6), ("copy", 1e6)])
def test_a_link_that_cannot_carry_the_stream(
    camera: Server, chromium: Browser, stack: ExitStack, top: str, rate_bps: float
) -> None:
    watching = partial(watch, stack, chromium, camera, top, Impairment(rate_bps))
    for tried in looks(stack, watching):
        page, link, shown = tried
        moves = seen(page).moves
        assert moves[0].rendition == top
        assert moves[-1].rendition != top
        assert "so the picture is smaller" in moves[1].reason
        if are_young(shown) and len(moves) <= MOST_MOVES:
            break
    assert are_young(shown), shown
    assert len(moves) <= MOST_MOVES, moves
    link.impairment = Impairment()
    wait_until(lambda: seen(page).moves[-1].rendition == top, "return to the top", 15)
    assert_calm(camera.process)


def test_a_long_way(camera: Server, chromium: Browser, stack: ExitStack) -> None:
    def kept(shown: Seen) -> bool:
        is_young = are_young(shown, extra_ms=100) and shown.staleness_ms(0.5) < 200
        return is_young and len(shown.paints) > 5.5 * 25

    watching = partial(watch, stack, chromium, camera, "copy", Impairment(delay_ms=50))
    for page, _, shown in looks(stack, watching, joining_ms=2_000, look_ms=6_000):
        if kept(shown) and len(seen(page).moves) == 1:
            break
    assert kept(shown), shown
    assert [move.rendition for move in seen(page).moves] == ["copy"]


def test_a_stall(camera: Server, chromium: Browser, stack: ExitStack) -> None:
    def kept(shown: Seen) -> bool:
        is_young = are_young(shown, extra_ms=3_000) and shown.staleness_ms(0.95) < BOUND_MS
        return is_young and shown.longest_gap_ms() < 3_000 + 1_500

    watching = partial(watch, stack, chromium, camera, "h264", Impairment(stall=(3, 12)))
    for _page, _link, shown in looks(stack, watching, joining_ms=1_000, look_ms=14_000):
        if kept(shown):
            break
    assert kept(shown), shown


def test_a_hidden_page_takes_nothing_and_comes_back_to_the_live_edge(
    camera: Server, chromium: Browser, stack: ExitStack
) -> None:
    page, _ = watch(stack, chromium, camera, "h264", Impairment())
    look(page, joining_ms=500, look_ms=500)
    for _ in range(ROUNDS):
        shown_ms, shown = hide_and_show(page)
        first_ms = shown.paints[0][0] - shown_ms if shown.paints else math.inf
        oldest_ms = shown.staleness_ms(1.0)
        if first_ms < AT_ONCE_MS and oldest_ms < BOUND_MS + FRAME_MS + LOOKING_MS:
            break
    assert first_ms < AT_ONCE_MS, "at once"
    assert oldest_ms < BOUND_MS + FRAME_MS + LOOKING_MS, "no picture from before"


def hide_and_show(page: Page) -> tuple[float, Seen]:
    """Hide a page for a while; when it is seen again, and what it shows in a second from then."""
    hide = """(hidden) => {
      Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, True)
    wait_for(page, "Date.now() - paints.at(-1)[0] > 2000")
    shown_ms = cast(float, page.evaluate("Date.now()"))
    page.evaluate(hide, False)
    wait_for(page, f"paints.at(-1)[0] > {shown_ms + 1_000}")
    return shown_ms, seen(page).between(shown_ms, shown_ms + 1_000)


def test_the_badge_says_by_its_colour_that_the_picture_is_older_than_wanted(
    serve: StartServer, chromium: Browser, stack: ExitStack
) -> None:
    camera = serve("cam=pattern:320x180@15")
    link = stack.enter_context(impaired(camera.port, Impairment()))
    page = chromium.new_page()
    stack.callback(page.close)
    page.goto(f"http://localhost:{link.port}/watch/cam")
    page.evaluate(f"{PLAYER}.setAttribute('max-latency', '1500')")
    badge = page.locator("stream-player .badge")

    def is_shown(level: str) -> bool:
        return badge.is_visible() and badge.get_attribute("data-level") == level

    wait_until(lambda: is_shown("live"), "a young picture", 60)
    link.impairment = Impairment(stall=(600, 600))
    wait_until(lambda: badge.get_attribute("data-level") == "bad", "an old picture", 60)
    link.impairment = Impairment()
    wait_until(lambda: is_shown("live"), "a young picture again", 60)
