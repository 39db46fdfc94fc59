"""The wall at every size and for everybody: words that fit, names that are read, places kept."""

import signal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.conftest import StartServer
from tests.integration.processes import wait_until
from tests.integration.tiles import open_wall, tile, wait_for_tile

AWAY = "rtsp://127.0.0.1:1/a/path/that/is/as/long/as/those/of/some/cameras/are/stream1"
# Whatever of a tile is painted beyond it, by more than a rounding.
OUTSIDE = """() => [...document.querySelectorAll('.tile')].flatMap((tile) => {
  const place = tile.getBoundingClientRect();
  return [...tile.querySelectorAll('.name, .word, .message > span')].filter((each) => {
    const box = each.getBoundingClientRect();
    const inside = box.left >= place.left - 1 && box.right <= place.right + 1 &&
      box.top >= place.top - 1 && box.bottom <= place.bottom + 1;
    return box.width > 0 && !inside;
  }).map((each) => each.className + ' of ' + tile.dataset.name);
})"""
CUT = """() => [...document.querySelectorAll('.head p, .head select, .tile .name')]
  .filter((each) => each.offsetWidth > 0 && each.scrollWidth > each.clientWidth + 1)
  .map((each) => each.textContent)"""
BOXES = """() => [...document.querySelectorAll('.tile')].map((each) => {
  const { x, y, width, height } = each.getBoundingClientRect();
  return [x, y, width, height].map(Math.round);
})"""


def sources(count: int, *more: str) -> list[str]:
    """So many streams, s00 and on; few pictures, for the sake of this machine."""
    return [*(f"s{number:02}=pattern:64x64@1" for number in range(count)), *more]


def focused(page: Page) -> str:
    """The stream whose tile has the focus."""
    return str(page.evaluate("document.activeElement.closest('.tile')?.dataset.name ?? ''"))


def test_many_columns_stay_readable_in_a_smaller_window(serve: StartServer, page: Page) -> None:
    server = serve(*sources(9, f"away={AWAY}"))
    page.set_viewport_size({"width": 1366, "height": 768})
    open_wall(page, server.url)
    page.get_by_label("Columns").select_option("8")
    wait_for_tile(page, "away", "offline")
    for width in (1366, 768, 640):
        page.set_viewport_size({"width": width, "height": 800})
        wait_until(lambda: page.evaluate(BOXES)[0][2] >= 160, f"wide tiles at {width}", 5)
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate(CUT) == []
    assert page.locator(".columns option[value='8']").is_disabled()
    page.set_viewport_size({"width": 1366, "height": 768})
    wait_until(lambda: page.evaluate(BOXES)[7][1] == page.evaluate(BOXES)[0][1], "8 columns", 5)


@pytest.mark.parametrize(("width", "height"), [(320, 88), (375, 88), (768, 88), (900, 52)])
def test_the_head_takes_two_rows_at_most(
    serve: StartServer, page: Page, width: int, height: int
) -> None:
    server = serve(*sources(12))
    page.set_viewport_size({"width": width, "height": 700})
    open_wall(page, server.url)
    assert page.locator(".head").evaluate("(head) => head.offsetHeight") == height
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_tile_is_read_by_its_name_and_says_the_whole_reason(
    serve: StartServer, page: Page
) -> None:
    server = serve(f"away={AWAY}", "here=pattern:320x180@10")
    open_wall(page, server.url)
    wait_for_tile(page, "away", "offline")
    link = tile(page, "away").locator("a")
    expect(link).to_have_accessible_name("away offline")
    reason = f"{AWAY} does not answer (connection refused)"
    expect(link).to_have_accessible_description(reason)
    assert link.get_attribute("title") == reason
    wait_for_tile(page, "here")
    expect(tile(page, "here").locator("a")).to_have_accessible_name("here live")
    expect(tile(page, "here").locator("a")).to_have_accessible_description("")


def test_an_error_moves_no_tile(serve: StartServer, page: Page) -> None:
    server = serve(*sources(4))
    page.set_viewport_size({"width": 1366, "height": 620})
    open_wall(page, server.url)
    wait_for_tile(page, "s00")
    before = page.evaluate(BOXES)
    server.process.stop(signal.SIGTERM)
    page.get_by_text("The server does not answer. Trying").wait_for(timeout=20_000)
    assert page.evaluate(BOXES) == before
    assert page.evaluate("document.documentElement.scrollHeight") == 620


def test_an_empty_wall_says_how_to_send_to_this_server(serve: StartServer, page: Page) -> None:
    server = serve()
    page.set_viewport_size({"width": 320, "height": 568})
    page.goto(server.url)
    said = page.locator(".empty code")
    said.wait_for()
    assert said.text_content() == f"streamer push pattern:1280x720@30 {server.url}/test"
    lines = "(code) => [...code.children].map((word) => word.getClientRects().length)"
    heights = "(code) => [...code.children].map((word) => word.offsetHeight)"
    assert said.evaluate(lines) == [1, 1, 1, 1]
    assert said.evaluate(heights) == [20, 20, 20, 20], "a word is broken"


@pytest.mark.parametrize("back", ["Escape", "history"])
def test_back_from_a_stream_is_where_one_was(serve: StartServer, page: Page, back: str) -> None:
    server = serve(*sources(24))
    page.set_viewport_size({"width": 640, "height": 600})
    open_wall(page, server.url)
    page.get_by_label("Search streams").fill("s1")
    wait_until(lambda: page.locator(".tile").count() == 10, "what was searched", 5)
    page.evaluate("scrollTo(0, 300)")
    tile(page, "s15").locator("a").focus()
    scrolled = page.evaluate("scrollY")
    assert scrolled > 0
    page.keyboard.press("Enter")
    page.wait_for_url("**/watch/s15")
    page.locator("stream-player").wait_for()
    if back == "Escape":
        page.keyboard.press("Escape")
    else:
        page.go_back()
    page.wait_for_url(f"{server.url}/")
    wait_until(lambda: focused(page) == "s15", "the tile that was opened", 10)
    assert page.evaluate("scrollY") == scrolled
    assert page.get_by_label("Search streams").input_value() == "s1"
    page.reload()
    page.locator(".tile").nth(23).wait_for()
    assert page.get_by_label("Search streams").input_value() == ""


def test_keys_go_to_the_last_tile_and_from_the_search_to_the_first(
    serve: StartServer, page: Page
) -> None:
    server = serve(*sources(5))
    open_wall(page, server.url)
    page.keyboard.press("End")
    assert focused(page) == "s04"
    for key in ("Enter", "ArrowDown"):
        page.keyboard.press("/")
        page.get_by_label("Search streams").fill("3")
        wait_until(lambda: page.locator(".tile").count() == 1, "what was searched", 5)
        page.keyboard.press(key)
        assert focused(page) == "s03"
        page.get_by_label("Search streams").fill("")


def test_a_link_carries_the_theme_until_another_is_chosen(serve: StartServer, page: Page) -> None:
    server = serve("--token", "open sesame", *sources(1))
    shade = "document.documentElement.dataset.theme"
    page.goto(f"{server.url}/?token=open%20sesame&theme=dark")
    tile(page, "s00").locator("a").click()
    page.wait_for_url("**/watch/s00*")
    page.locator("stream-player").wait_for()
    assert page.evaluate(shade) == "dark"
    page.keyboard.press("Escape")
    page.wait_for_url(f"{server.url}/?token=open%20sesame&theme=dark")
    tile(page, "s00").wait_for()
    page.get_by_label("Change between light and dark").click()
    tile(page, "s00").locator("a").click()
    page.wait_for_url("**/watch/s00?token=*")
    page.locator("stream-player").wait_for()
    assert page.evaluate(shade) == "light"


STYLE = """(element, [pseudo, property]) => getComputedStyle(element, pseudo)[property]"""


def test_high_contrast_shows_the_focus_and_the_states(
    serve: StartServer, chromium: Browser
) -> None:
    server = serve("here=pattern:320x180@10", f"away={AWAY}")
    context = chromium.new_context(forced_colors="active", color_scheme="dark")
    page = context.new_page()
    open_wall(page, server.url)
    wait_for_tile(page, "away", "offline")
    wait_for_tile(page, "here")

    def style(selector: str, pseudo: str, *names: str) -> list[Any]:
        element = page.locator(selector)
        return [element.evaluate(STYLE, [pseudo, name]) for name in names]

    assert style("[data-name=here]", "::before", "display") == ["none"], "a frame"
    dot = ("backgroundColor", "borderRadius")
    live, bad = (style(f"[data-name={name}] .word", "::before", *dot) for name in ("here", "away"))
    ground = style("[data-name=here] .word", "", "backgroundColor")
    assert live[0] == bad[0] != ground[0], "a dot that is not seen"
    assert live != bad, "states that look the same"
    context.close()
