"""The pages of a running server in Chromium: at once, with little delay, whatever goes wrong."""

import os
import signal
import statistics
import sys
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.integration.conftest import Server, StartProcess, StartServer, stop_cleanly
from tests.integration.peeking import assert_calm, described, workers
from tests.integration.processes import answers, free_port, wait_until
from tests.integration.tiles import assert_shown_moving
from tests.integration.watching import (
    PLAYER,
    assert_moves,
    assert_rendition,
    forget_told,
    mark_on_screen,
    open_page,
    staleness_ms,
    stats,
    told,
    wait_for,
    wait_for_phase,
    wait_for_picture,
)

PATTERN = "pattern=pattern:1280x720@30"
# The machine may be busy with other things: the best of some rounds must keep the promise.
ROUNDS = 10
CALM_S = 8.0  # between rounds, as it may be calmer then
READINGS = 60
MAX_FIRST_PICTURE_MS = 1000
MAX_STALENESS_MS = 60
# What a player says, and offers, of the stream that it plays.
SAID = f"""(() => {{
  const {{ catalog, dataset, historyMs, shadowRoot }} = {PLAYER};
  const text = (name) => {{
    const part = shadowRoot.querySelector(name);
    return part && !part.hidden ? part.textContent : '';
  }};
  return {{
    phase: dataset.phase ?? '', badge: text('.badge'), live: text('.live'), rendition: text('.id'),
    catalog: catalog.length, choice: !shadowRoot.querySelector('.select').disabled,
    history: historyMs, line: shadowRoot.querySelector('.scrubber')?.hidden === false,
  }};
}})()"""


def best(promise: float, measure: Callable[[], float]) -> float:
    """The smallest of up to `ROUNDS` measurements; no further one once the promise is kept."""
    found: list[float] = []
    while len(found) < ROUNDS and (not found or min(found) >= promise):
        if found:
            time.sleep(CALM_S)
        found.append(measure())
    return min(found)


def first_picture_ms(browser: Browser, url: str) -> float:
    """How long a browser that was never here takes from navigation to picture."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        page = context.new_page()
        open_page(page, url)
        return wait_for_picture(page)
    finally:
        context.close()


@pytest.mark.parametrize("rendition", ["h264", "jpeg"])
def test_first_picture_and_staleness(
    serve: StartServer, chromium: Browser, page: Page, rendition: str
) -> None:
    server = serve(PATTERN)
    watch = f"{server.url}/watch/pattern"
    address = watch if rendition == "h264" else f"{server.url}/embed/pattern?rendition=jpeg"
    open_page(page, address)
    cold = wait_for_picture(page)
    assert_rendition(stats(page), rendition)

    def p50_ms() -> float:
        readings = staleness_ms(page, READINGS)
        assert len(readings) == READINGS
        return statistics.median(readings)

    staleness = best(MAX_STALENESS_MS, p50_ms)
    warm = best(MAX_FIRST_PICTURE_MS, lambda: first_picture_ms(chromium, address))
    figures = f"staleness p50 {staleness:.1f} ms, first picture {warm:.0f} ms (cold {cold:.0f})"
    print(f"\n{rendition}: {figures}")  # noqa: T201
    assert 0 < staleness < MAX_STALENESS_MS
    assert warm < MAX_FIRST_PICTURE_MS
    assert_calm(server.process)


def test_the_picture_is_on_the_screen(server: Server, page: Page) -> None:
    page.set_viewport_size({"width": 960, "height": 540})
    open_page(page, f"{server.url}/embed/pattern?controls=0")
    wait_for_picture(page)
    wait_until(lambda: mark_on_screen(page) is not None, "mark on the screen", 30)


def test_a_rendition_is_changed_while_watching(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    for rendition in ("jpeg", "h264"):
        page.evaluate(f"{PLAYER}.setAttribute('rendition', '{rendition}')")
        wait_for(page, f"{PLAYER}.stats?.rendition === '{rendition}'", 30)
        assert_moves(page.locator("stream-player"))
    assert not {each["phase"] for each in told(page)} & {"offline", "ended", "lost", "refused"}


def test_a_rendition_goes_on_after_a_rest(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    page.evaluate(f"{PLAYER}.setAttribute('rendition', 'jpeg')")
    # An encoder that nobody watches is put to rest after five seconds.
    wait_for(page, f"{PLAYER}.stats?.painted > 200", 40)
    page.evaluate(f"{PLAYER}.setAttribute('rendition', 'h264')")
    wait_for(page, f"{PLAYER}.stats.rendition === 'h264'", 30)
    assert len(staleness_ms(page, 20)) == 20, "the picture is frozen"
    assert_rendition(stats(page), "h264")


def test_the_wall_of_the_demo_moves(start: StartProcess, page: Page) -> None:
    port = free_port()
    demo = start(sys.executable, "-m", "streamer", "demo", "--no-open", "--port", str(port))
    demo.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
    open_page(page, f"http://localhost:{port}/")
    tiles = page.locator("li.tile")
    tiles.nth(1).wait_for()
    assert sorted(tiles.locator(".name").all_inner_texts()) == ["clip", "pattern"]
    for name in ("pattern", "clip"):
        assert_shown_moving(page, name)
    stop_cleanly(demo)
    assert_calm(demo)


def test_a_killed_worker_is_replaced(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    (worker,) = workers(server.process)
    count = len(server.process.members())
    forget_told(page)
    os.kill(worker, signal.SIGKILL)
    wait_for(page, "told.some(({ phase }) => phase === 'offline')", 30)
    wait_for_phase(page, "live")
    assert_moves(page.locator("stream-player"))
    said = {each["phase"]: each["title"] for each in told(page)}
    assert said["offline"] == "The decoder crashed and is being restarted"
    assert not said.keys() & {"opening", "lost", "refused"}, "the viewer was disconnected"
    assert worker not in workers(server.process)
    assert len(server.process.members()) == count
    assert described(server.port, "pattern")["viewers"] == 1
    assert_calm(server.process)


def test_a_worker_that_hangs_is_replaced(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    (worker,) = workers(server.process)
    count = len(server.process.members())
    forget_told(page)
    os.kill(worker, signal.SIGSTOP)
    wait_for(page, "told.some(({ phase }) => phase === 'offline')", 16)
    wait_for_phase(page, "live")
    assert_moves(page.locator("stream-player"))
    said = {each["phase"]: each["title"] for each in told(page)}
    assert said["stalled"] == "No new picture"
    assert said["offline"] == "The source hangs and is being restarted"
    assert not said.keys() & {"opening", "lost", "refused"}, "the viewer was disconnected"
    assert worker not in workers(server.process)
    assert len(server.process.members()) == count
    assert_calm(server.process)


def test_a_stream_that_is_not_there_is_told(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/nobody")
    wait_for_phase(page, "refused")
    title = page.locator("stream-player .message .title")
    assert title.inner_text() == "There is no stream of this name"


def test_nothing_is_left_of_a_stream_that_is_taken_away(serve: StartServer, page: Page) -> None:
    server = serve(PATTERN, "gone=rtsp://127.0.0.1:1/none")
    open_page(page, f"{server.url}/watch/pattern")
    wait_for(page, f"Object.values({SAID}).every(Boolean)")
    page.evaluate(f"{PLAYER}.removeAttribute('src')")
    assert not any(page.evaluate(SAID).values())
    assert page.locator("stream-player .message").is_hidden()
    page.evaluate(f"{PLAYER}.setAttribute('src', '/ws/streams/pattern')")
    wait_for(page, f"Object.values({SAID}).every(Boolean)")
    page.evaluate(f"{PLAYER}.setAttribute('src', '/ws/streams/gone')")
    wait_for_phase(page, "offline")
    said = page.evaluate(SAID)
    assert [name for name, value in said.items() if value] == ["phase"]
