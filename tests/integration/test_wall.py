"""The wall in Chromium: pictures at once, nothing for what is not seen, order, keys."""

import signal
import sys
from functools import partial

from playwright.sync_api import Browser, Page, Route

from tests.integration.browser_memory import browser_mb, least_mb
from tests.integration.conftest import StartRtsp, StartServer
from tests.integration.peeking import assert_calm, described
from tests.integration.processes import wait_until
from tests.integration.test_publishing import descriptors
from tests.integration.tiles import (
    RECORD_TILES,
    assert_shown_moving,
    colour,
    figures,
    open_wall,
    picture,
    tile,
    wait_for_tile,
)
from tests.integration.watching import wait_for

MOST_MORE_MB = 40
NO_OFFSCREEN = """
delete globalThis.OffscreenCanvas;
delete HTMLCanvasElement.prototype.transferControlToOffscreen;
"""


def patterns(*names: str, size: str = "320x180@15") -> list[str]:
    """Sources of the test pattern."""
    return [f"{name}=pattern:{size}" for name in names]


def names(page: Page) -> list[str]:
    """The streams that are shown, in order."""
    return page.locator(".tile .name").all_inner_texts()


def are_shown(page: Page, order: str) -> bool:
    """Whether these streams, of one letter each, are shown in this order."""
    return names(page) == list(order)


def test_tiles_are_painted_by_one_worker_on_one_canvas(serve: StartServer, page: Page) -> None:
    server = serve(*patterns("a", "b", "c", "d"))
    open_wall(page, server.url)
    for name in "abcd":
        wait_for_tile(page, name)
        assert_shown_moving(page, name)
    assert len(page.workers) == 1
    assert page.locator("canvas").count() == 1
    assert tile(page, "a").locator(".word").inner_text().startswith("live")


def test_the_head_counts_what_the_tiles_show(serve: StartServer, page: Page) -> None:
    """The server's list, asked for every two seconds, may be behind what is seen."""

    def behind(route: Route) -> None:
        response = route.fetch(max_retries=3)
        streams = [{**each, "phase": "idle"} for each in response.json()["streams"]]
        route.fulfill(response=response, json={"streams": streams})

    page.route("**/api/streams*", behind)
    server = serve(*patterns("a", "b"))
    open_wall(page, server.url)
    for name in "ab":
        wait_for_tile(page, name)
    page.get_by_text("2 streams, 2 live").wait_for()


def test_where_no_worker_can_paint_the_page_does(serve: StartServer, page: Page) -> None:
    page.add_init_script(NO_OFFSCREEN)
    server = serve(*patterns("a", "b"))
    open_wall(page, server.url)
    for name in "ab":
        wait_for_tile(page, name)
        assert_shown_moving(page, name)
    assert page.workers == []


def test_a_tile_that_is_not_seen_costs_nothing(serve: StartServer, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 420})
    server = serve(*patterns("a", "b", "c", "d", "e", "f"))

    def watched() -> set[str]:
        return {name for name in "abcdef" if described(server.port, name)["viewers"]}

    open_wall(page, server.url)
    wait_for_tile(page, "a")
    wait_until(lambda: watched() == {"a", "b"}, "viewers of what is seen", 30)
    tile(page, "f").scroll_into_view_if_needed()
    wait_for_tile(page, "f")
    wait_until(lambda: watched().isdisjoint({"a", "b", "c"}), "end of what is not seen", 30)
    assert_shown_moving(page, "f")
    tile(page, "a").scroll_into_view_if_needed()
    assert colour(picture(page, "a")) > 0, "the last picture is kept"


def test_an_offline_tile_keeps_its_last_picture(
    serve: StartServer, rtsp: StartRtsp, page: Page
) -> None:
    camera = rtsp()
    server = serve(f"camera={camera.url('h264')}")
    open_wall(page, server.url)
    wait_for_tile(page, "camera")
    assert_shown_moving(page, "camera")
    lively = colour(picture(page, "camera"))
    camera.process.stop(signal.SIGKILL)
    wait_for_tile(page, "camera", "offline", 15)
    message = tile(page, "camera").locator(".message")
    wait_until(lambda: "connection refused" in message.inner_text(), "the reason", 30)
    wait_until(lambda: "Next try in" in message.inner_text(), "the countdown", 30)
    grey = colour(picture(page, "camera"))
    assert grey < lively / 4
    # Whoever comes now sees the server's last picture, old as it is.
    page.reload()
    wait_for_tile(page, "camera", "offline", 15)
    wait_until(lambda: len(picture(page, "camera").getcolors(1 << 20) or []) > 50, "a still", 30)
    assert colour(picture(page, "camera")) < lively / 4


def test_the_focused_tile_plays_the_best(serve: StartServer, page: Page) -> None:
    server = serve(*patterns("large", size="1280x720@15"), *patterns("small", "tiny"))
    page.set_viewport_size({"width": 700, "height": 500})
    open_wall(page, server.url)

    def plays(name: str, rendition: str) -> None:
        wait_until(lambda: figures(page, name).get("rendition") == rendition, rendition, 30)

    plays("large", "h264-240-r15")
    plays("small", "h264")
    tile(page, "large").locator("a").focus()
    plays("large", "h264")
    tile(page, "small").locator("a").focus()
    plays("large", "h264-240-r15")


def test_order_search_and_columns_are_kept(serve: StartServer, page: Page) -> None:
    server = serve(*patterns("cam10", "yard", "cam2"), "gone=rtsp://127.0.0.1:1/none")
    open_wall(page, server.url)
    assert names(page) == ["cam2", "cam10", "gone", "yard"]
    wait_for_tile(page, "gone", "offline")
    page.get_by_label("Order").select_option("state")
    wait_until(lambda: names(page)[0] == "gone", "trouble first", 30)
    page.get_by_label("Columns").select_option("1")
    page.get_by_label("Search streams").fill("CAM")
    wait_until(lambda: set(names(page)) == {"cam2", "cam10"}, "what was searched", 30)
    assert page.locator(".head p").inner_text() == "2 of 4 streams"
    page.get_by_label("Search streams").fill("nobody")
    assert page.locator(".none").is_visible()
    page.reload()
    page.locator(".tile").first.wait_for()
    assert page.get_by_label("Order").input_value() == "state"
    assert page.get_by_label("Columns").input_value() == "1"
    assert len(names(page)) == 4


def test_the_focus_stays_with_a_tile_that_others_pass(serve: StartServer, page: Page) -> None:
    away = {"a"}

    def answer(route: Route) -> None:
        response = route.fetch(max_retries=3)
        streams = [
            {**each, "phase": "offline" if each["name"] in away else "live"}
            for each in response.json()["streams"]
        ]
        route.fulfill(response=response, json={"streams": streams})

    page.route("**/api/streams*", answer)
    server = serve(*patterns("a", "b", "c", "d"))
    open_wall(page, server.url)
    page.get_by_label("Order").select_option("state")
    page.evaluate("addEventListener('blur', () => { globalThis.blurred = true; }, true)")
    for focused, now_away, order in (("b", "d", "dabc"), ("d", "c", "cabd"), ("a", "a", "abcd")):
        tile(page, focused).locator("a").focus()
        page.evaluate("globalThis.blurred = false")
        away.clear()
        away.add(now_away)
        wait_until(partial(are_shown, page, order), order, 10)
        held = "document.activeElement.closest('.tile')?.dataset.name"
        assert page.evaluate(f"[{held}, blurred]") == [focused, False]


def test_the_wall_by_keyboard(serve: StartServer, page: Page) -> None:
    page.set_viewport_size({"width": 640, "height": 700})
    server = serve(*patterns("a", "b", "c", "d"))
    open_wall(page, server.url)

    def focused() -> str:
        return str(page.evaluate("document.activeElement.closest('.tile')?.dataset.name ?? ''"))

    for key, name in (("ArrowDown", "a"), ("ArrowDown", "c"), ("ArrowRight", "d"), ("Home", "a")):
        page.keyboard.press(key)
        assert focused() == name, key
    page.keyboard.press("/")
    page.keyboard.type("b1?")
    assert page.get_by_label("Search streams").input_value() == "b1?"
    page.keyboard.press("Escape")
    assert names(page) == ["a", "b", "c", "d"]
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keyboard shortcuts").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/watch/a")
    page.go_back()
    page.locator(".tile").nth(3).wait_for()
    page.keyboard.press("3")
    page.wait_for_url("**/watch/c")


def test_opening_and_closing_it_leaves_nothing_behind(
    serve: StartServer, chromium: Browser
) -> None:
    server = serve(*patterns("a", "b", "c", "d"))
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(RECORD_TILES)
    leaks: list[str] = []
    sizes: list[float] = []

    def grown(before_mb: float) -> float:
        sizes.append(browser_mb())
        return sizes[-1] - before_mb

    held = 0
    for number in range(50):
        page = context.new_page()
        page.on("console", lambda said: leaks.append(said.text))
        page.goto(server.url)
        wait_for(
            page, "[...document.querySelectorAll('.tile')].some((tile) => tile.stats?.painted)"
        )
        page.close()
        if number in (9, 49):
            wait_until(lambda: viewers(server.port) == 0, "end of all viewers", 30)
            held = held or descriptors(server)
        if number == 9:
            least = least_mb()
    # The process of the last page may take a while to end.
    wait_until(lambda: grown(least) < MOST_MORE_MB, "freed memory", 30, lambda: str(sizes[::50]))
    context.close()
    wait_until(lambda: descriptors(server) <= held + 4, "closed sockets", 30)
    sys.stdout.write(f"\nopened 10 and 50 times: {least:.0f} and {sizes[-1]:.0f} MB\n")
    assert leaks == [], "a frame was not closed"
    assert_calm(server.process)


def viewers(port: int) -> int:
    """How many watch, of all streams."""
    return sum(int(described(port, name)["viewers"]) for name in "abcd")


def test_a_server_that_answers_nothing_is_told(serve: StartServer, page: Page) -> None:
    server = serve(*patterns("a"))
    open_wall(page, server.url)
    page.route("**/api/streams*", lambda _: None)
    notice = page.get_by_text("The server does not answer.")
    notice.wait_for(timeout=20_000)
    page.unroute("**/api/streams*")
    notice.wait_for(state="hidden", timeout=20_000)


def test_two_streams_are_both_in_the_window(serve: StartServer, page: Page) -> None:
    server = serve(*patterns("a", "b"))
    page.set_viewport_size({"width": 1280, "height": 800})
    open_wall(page, server.url)
    for name in "ab":
        wait_for_tile(page, name)
        box = tile(page, name).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800, f"{name} is below the edge"
        assert box["width"] > 600


def test_a_wall_without_its_token_asks_for_it(serve: StartServer, page: Page) -> None:
    server = serve("--token", "a long secret", *patterns("a"))
    page.goto(f"{server.url}/?token=wrong")
    page.get_by_text("does not take that token").wait_for()
    page.goto(server.url)
    page.get_by_text("asks for a token").wait_for()
    assert not page.get_by_role("searchbox", name="Search streams").is_visible()
    assert not page.get_by_role("link", name="Publish").is_visible()
    page.add_init_script(RECORD_TILES)
    page.get_by_label("Token").fill("a long secret")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?token=*")
    page.locator(".tile").first.wait_for()
    wait_for_tile(page, "a")
    assert page.get_by_role("link", name="Publish").is_visible()
    assert not page.get_by_label("Token").is_visible()
