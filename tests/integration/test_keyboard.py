"""The pages without a mouse, and without motion where less of it is wanted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Page

from tests.integration.conftest import Server, StartServer
from tests.integration.processes import wait_until
from tests.integration.tiles import open_wall, wait_for_tile
from tests.integration.watching import (
    PLAYER,
    open_page,
    wait_for,
    wait_for_phase,
    wait_for_picture,
)

# What has the focus, into shadow trees, and whether one can see that it has.
FOCUS = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  if (!at || at === document.body || at.wasHere) return null;
  at.wasHere = true;
  const ring = (each) => each && getComputedStyle(each).outlineStyle !== 'none';
  const name = at.getAttribute('aria-label') || at.innerText.trim() || at.tagName;
  return { name, ring: ring(at) || ring(at.closest('.menu')) };
}"""
MOVING = """() => {
  const shadows = [...document.querySelectorAll('*')].flatMap((each) => each.shadowRoot ?? []);
  const roots = [document, ...shadows];
  const all = roots.flatMap((root) => [...root.querySelectorAll('*')]);
  return all.filter((each) => {
    const { transitionDuration, transitionProperty, animationName } = getComputedStyle(each);
    const takes = transitionDuration.split(', ').some((time) => time !== '0s');
    const moves = transitionProperty !== 'none' && takes;
    return animationName !== 'none' || moves;
  }).length;
}"""

SAMPLE = Path("samples/page.html")
DOOR = "door=pattern:640x360@30?sound=1"


def focused(page: Page) -> list[str]:
    """What Tab goes to, in order, until it begins again; each must show that it has the focus."""
    names: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        at = cast(dict[str, Any] | None, page.evaluate(FOCUS))
        if at is None:
            break
        assert at["ring"], f"no ring: {at['name']}"
        names.append(at["name"])
    return names


def test_watching_needs_no_mouse(serve: StartServer, page: Page) -> None:
    server = serve("cam=pattern:640x360@30")
    open_page(page, f"{server.url}/watch/cam")
    wait_for_picture(page)
    names = focused(page)
    assert {"Pause", "cam", "Rendition", "Statistics", "Fullscreen"} <= set(names)
    page.keyboard.press("k")
    wait_for_phase(page, "paused")
    page.keyboard.press("k")
    page.keyboard.press("End")
    wait_for_phase(page, "live")
    page.keyboard.press("i")
    page.locator("stream-player .statistics").wait_for()
    page.keyboard.press("Escape")
    page.locator("stream-player .statistics").wait_for(state="hidden")
    page.keyboard.press("Escape")
    page.wait_for_url(f"{server.url}/")


@pytest.mark.parametrize("what", [".unmute", ".lead"])
def test_what_has_the_focus_does_not_fade(serve: StartServer, page: Page, what: str) -> None:
    server = serve(DOOR)
    open_page(page, f"{server.url}/watch/door")
    wait_for_phase(page, "live")
    page.locator(f"stream-player {what}").focus()
    page.wait_for_timeout(4000)
    assert page.evaluate(f"{PLAYER}.hasAttribute('data-quiet')") is False
    page.locator("stream-player").focus()
    wait_for(page, f"{PLAYER}.hasAttribute('data-quiet')")


@pytest.fixture
def sample(serve: StartServer, other_url: str, page: Page, tmp_path: Path) -> Server:
    """The server of the sample page, whose player gets no key that is not pressed in it."""
    server = serve("--allow-origin", other_url, DOOR)
    text = SAMPLE.read_text().replace("localhost:8000", f"localhost:{server.port}")
    (tmp_path / "page.html").write_text(text)
    page.goto(f"{other_url}/page.html")
    wait_for_phase(page, "live", 15)
    return server


def leave_the_menu(page: Page) -> None:
    page.get_by_role("button", name="More").press("Enter")
    page.get_by_role("menuitem").first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("menu").wait_for(state="hidden")


def choose_from_the_menu(page: Page) -> None:
    page.get_by_role("button", name="More").press("Enter")
    page.get_by_role("menuitemcheckbox", name="Fill the frame").press("Enter")
    page.get_by_role("menu").wait_for(state="hidden")


def close_the_statistics(page: Page) -> None:
    page.get_by_role("button", name="Statistics").press("Enter")
    page.get_by_role("button", name="Close").press("Enter")
    page.locator("stream-player .statistics").wait_for(state="hidden")


def return_to_live(page: Page) -> None:
    page.get_by_role("button", name="Pause").press("k")
    wait_for_phase(page, "paused")
    page.get_by_role("button", name="Return to live").press("Enter")
    wait_for_phase(page, "live")


def unmute_and_mute(page: Page) -> None:
    page.locator("stream-player .unmute").press("Enter")
    page.locator("stream-player .unmute").wait_for(state="hidden")
    page.keyboard.press("m")
    wait_for(page, f"{PLAYER}.muted")


def mute_at_the_slider(page: Page) -> None:
    page.locator("stream-player .unmute").press("Enter")
    slider = page.get_by_role("slider", name="Volume")
    slider.press("m")
    slider.wait_for(state="hidden")


def settle(page: Page) -> None:
    """Let the browser paint, after which what is hidden has no focus any more."""
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize(
    "leave",
    [
        leave_the_menu,
        choose_from_the_menu,
        close_the_statistics,
        return_to_live,
        unmute_and_mute,
        mute_at_the_slider,
    ],
)
def test_keys_work_after_what_had_the_focus_is_gone(
    page: Page, leave: Callable[[Page], None]
) -> None:
    leave(page)
    settle(page)
    page.keyboard.press("k")
    wait_for_phase(page, "paused")


def test_keys_are_the_players_while_the_list_of_renditions_has_the_focus(
    serve: StartServer, page: Page
) -> None:
    server = serve("cam=pattern:640x360@30")
    open_page(page, f"{server.url}/watch/cam")
    wait_for_picture(page)
    wait_for(page, f"{PLAYER}.historyMs > 2000")
    renditions = page.locator("stream-player select")
    renditions.select_option("h264")
    renditions.focus()
    page.keyboard.press("j")
    wait_for_phase(page, "shifted")
    assert page.evaluate(f"{PLAYER}.getAttribute('rendition')") == "h264"
    page.keyboard.press("k")
    wait_for_phase(page, "paused")


def test_keys_work_after_a_reconnection(
    serve: StartServer, sample: Server, other_url: str, page: Page
) -> None:
    sample.process.stop()
    page.get_by_role("button", name="Try now").focus()
    serve("--allow-origin", other_url, DOOR, port=sample.port)
    wait_for_phase(page, "live")
    settle(page)
    page.keyboard.press("k")
    wait_for_phase(page, "paused")


def test_the_thumbnail_of_a_key_goes(serve: StartServer, page: Page) -> None:
    server = serve("cam=pattern:640x360@30")
    open_page(page, f"{server.url}/watch/cam")
    wait_for(page, f"{PLAYER}.historyMs > 3000")
    line, preview = (page.locator(f"stream-player .{each}") for each in ("range", "preview"))
    line.wait_for()

    def previewed() -> bool:
        page.keyboard.press("ArrowLeft")
        return preview.is_visible()

    line.focus()
    wait_until(previewed, "thumbnail", 10)
    page.keyboard.press("Tab")
    assert preview.is_hidden(), "it stays though the line has no focus"
    line.focus()
    wait_until(previewed, "thumbnail", 10)
    preview.wait_for(state="hidden")
    line.hover()
    wait_until(previewed, "thumbnail", 10)
    page.wait_for_timeout(1000)
    assert preview.is_visible(), "it goes from under the pointer"
    page.mouse.move(640, 300)
    assert preview.is_hidden()


def test_the_wall_shows_what_has_the_focus(serve: StartServer, page: Page) -> None:
    server = serve("a=pattern:320x180@15", "b=pattern:320x180@15")
    open_wall(page, server.url)
    for name in "ab":
        wait_for_tile(page, name)
    names = focused(page)
    assert names[:3] == ["Search streams", "Order", "Columns"]
    assert [name.split()[:2] for name in names[-2:]] == [["a", "live"], ["b", "live"]]


@pytest.mark.parametrize("path", ["/", "/watch/cam", "/publish"])
def test_nothing_moves_where_less_motion_is_wanted(
    serve: StartServer, page: Page, path: str
) -> None:
    server = serve("cam=pattern:320x180@15")
    page.goto(server.url + path)
    page.locator("canvas, .preview").first.wait_for(state="attached")
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == 0
    page.emulate_media(reduced_motion="no-preference")
    if path != "/":
        assert page.evaluate(MOVING) > 0, "this test could not fail"
