"""What is loaded when it is wanted: saving, menu, help, zoom; and what the first load weighs."""

import io
from pathlib import Path
from typing import cast

import pytest
from PIL import Image
from playwright.sync_api import Download, Page, Request

from tests.integration.conftest import Server, StartServer
from tests.integration.peeking import assert_sound
from tests.integration.processes import wait_until
from tests.integration.watching import (
    PLAYER,
    assert_moves,
    first_load,
    open_page,
    wait_for,
    wait_for_phase,
    wait_for_picture,
)

MAX_FIRST_LOAD = 60_000
FULLSCREEN = """(player) =>
  player.shadowRoot.querySelector('[aria-label=Fullscreen]').checkVisibility()
"""
# An iPhone has it for videos alone.
PHONE = """
delete Element.prototype.requestFullscreen;
delete Document.prototype.fullscreenEnabled;
"""
SENTENCE = "8 clips are being sent, all at a time; try again."
TRANSFORM = f"{PLAYER}.shadowRoot.querySelector('.picture').style.transform"


def saved(page: Page, key: str, folder: Path) -> Path:
    """The file that a key saves."""
    with page.expect_download() as waiting:
        page.keyboard.press(key)
    download: Download = waiting.value
    path = folder / download.suggested_filename
    download.save_as(path)
    return path


def choose(page: Page, name: str) -> None:
    """Choose from the menu."""
    page.get_by_role("button", name="More").click()
    page.locator(".menu-list").get_by_text(name, exact=True).click()


def test_pictures_and_clips_are_saved(server: Server, page: Page, tmp_path: Path) -> None:
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    wait_for(page, f"{PLAYER}.historyMs > 2000")
    png = saved(page, "s", tmp_path)
    assert (png.suffix, png.name.startswith("pattern-20")) == (".png", True)
    assert Image.open(io.BytesIO(png.read_bytes())).size == (640, 360)
    with page.expect_download() as waiting:
        choose(page, "Save the picture as JPEG")
    jpeg = waiting.value.path().read_bytes()
    assert Image.open(io.BytesIO(jpeg)).format == "JPEG"
    clip = saved(page, "c", tmp_path)
    assert_sound(clip)
    notice = page.locator("stream-player .notice")
    wait_until(lambda: notice.inner_text() == f"Saved {clip.name}.", "word of it", 30)


def test_why_a_clip_cannot_be_had_is_said(server: Server, page: Page) -> None:
    page.route("**/clip.mp4*", lambda route: route.fulfill(status=503, json={"error": SENTENCE}))
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    page.keyboard.press("c")
    notice = page.locator("stream-player .notice")
    notice.wait_for()
    assert notice.inner_text() == SENTENCE


def test_a_clip_that_another_server_refuses_leaves_the_page_alone(
    serve: StartServer, page: Page, other_url: str, tmp_path: Path
) -> None:
    server = serve("--allow-origin", other_url, "cam=pattern:320x180@15")
    script = f'<script type="module" src="{server.url}/player.js"></script>'
    player = f'<stream-player controls src="{server.url}/ws/streams/cam"></stream-player>'
    (tmp_path / "page.html").write_text(f"<!doctype html>{script}{player}")
    page.context.route(
        "**/clip.mp4*", lambda route: route.fulfill(status=503, json={"error": SENTENCE})
    )
    page.goto(f"{other_url}/page.html")
    wait_for_phase(page, "live")
    page.locator("stream-player").focus()
    with page.expect_popup() as opened:
        page.keyboard.press("c")
    opened.value.get_by_text(SENTENCE).wait_for()
    assert page.url == f"{other_url}/page.html"
    page.context.unroute("**/clip.mp4*")
    page.bring_to_front()
    assert saved(page, "c", tmp_path).suffix == ".mp4"
    wait_for_phase(page, "live")


def zoom(page: Page, x: int, y: int, delta_y: int) -> None:
    """Turn the wheel over a point of the picture until it is larger."""
    page.mouse.move(x, y)

    def zoomed() -> bool:
        page.mouse.wheel(0, delta_y)
        return "scale" in cast(str, page.evaluate(TRANSFORM))

    wait_until(zoomed, "larger picture", 30)


def test_the_picture_is_zoomed_moved_turned_and_whole_again(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    zoom(page, 640, 300, -300)
    before = page.evaluate(TRANSFORM)
    page.mouse.down()
    page.mouse.move(560, 260, steps=4)
    page.mouse.up()
    assert page.evaluate(TRANSFORM) != before
    page.mouse.dblclick(640, 300)
    assert page.evaluate(TRANSFORM) == ""
    assert page.evaluate("document.fullscreenElement") is None
    picture = page.locator("stream-player .picture")
    choose(page, "Turn by 90°")
    assert picture.get_attribute("data-turn") == "90"
    choose(page, "Fill the frame")
    assert picture.get_attribute("data-fit") == "fill"
    choose(page, "Show the whole picture")
    assert (picture.get_attribute("data-turn"), picture.get_attribute("data-fit")) == (
        "0",
        "whole",
    )


def test_a_zoomed_picture_stays_in_a_frame_that_changes(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    zoom(page, 1200, 600, -900)
    for width, height in ((390, 600), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        wait_for(page, f"{PLAYER}.clientWidth === {width}")
        box = page.locator("stream-player .picture").bounding_box()
        assert box is not None
        assert box["x"] <= 0 >= box["y"]
        assert box["x"] + box["width"] >= width - 1
        assert box["y"] + box["height"] >= height - 1


SURROUNDINGS = {
    "a scrolling box": '<div id="around" style="height: 600px; overflow: auto">{player}</div>',
    "a scrolling box in a shadow tree": '<div><template shadowrootmode="open">'
    '<div id="around" style="height: 600px; overflow: auto"><slot></slot></div>'
    "</template>{player}</div>",
    "a frame": '<iframe src="/embed/pattern" style="width: 640px; height: 360px"></iframe>{rest}',
}
PLAYED = '<stream-player src="/ws/streams/pattern" controls style="width: 640px"></stream-player>'
REST = '<div style="height: 3000px"></div>'
# How far what is around the player was scrolled: the box, or the page.
SCROLLED = """() => {
  const shadow = document.querySelector('stream-player')?.parentElement.shadowRoot;
  const box = (shadow ?? document).querySelector('#around') ?? document.scrollingElement;
  return box.scrollTop;
}"""


@pytest.mark.parametrize("around", list(SURROUNDINGS))
def test_the_wheel_scrolls_what_is_around_a_player(
    server: Server, page: Page, around: str
) -> None:
    body = SURROUNDINGS[around].format(player=PLAYED + REST, rest=REST)
    script = '<script type="module" src="/player.js"></script>'
    page.route(
        f"{server.url}/around",
        lambda route: route.fulfill(
            body=f"<!doctype html>{script}{body}", content_type="text/html"
        ),
    )
    page.goto(f"{server.url}/around")
    frame = page.frames[-1]
    wait_until(lambda: frame.evaluate(f"{PLAYER}?.state?.phase === 'live'"), "a picture", 30)
    page.mouse.move(300, 200)
    page.mouse.wheel(0, 60)
    wait_until(lambda: page.evaluate(SCROLLED) > 0, "scrolling", 5)
    assert "scale" not in cast(str, frame.evaluate(TRANSFORM))
    page.keyboard.down("Control")

    def zoomed() -> bool:
        page.mouse.wheel(0, -300)
        return "scale" in cast(str, frame.evaluate(TRANSFORM))

    wait_until(zoomed, "larger picture", 30)


def test_the_whole_screen_by_key_and_button(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    page.keyboard.press("f")
    wait_for(page, f"document.fullscreenElement === {PLAYER}")
    assert_moves(page.locator("stream-player"))
    page.get_by_role("button", name="Fullscreen").click()
    wait_for(page, "document.fullscreenElement === null")


@pytest.mark.parametrize("allow", ["", "fullscreen"])
def test_the_whole_screen_is_offered_where_a_frame_may_have_it(
    serve: StartServer, page: Page, other_url: str, tmp_path: Path, allow: str
) -> None:
    server = serve("--allow-origin", other_url, "cam=pattern:320x180@15")
    frame = f'<iframe src="{server.url}/embed/cam" allow="{allow}" width="640" height="360">'
    (tmp_path / "page.html").write_text(f"<!doctype html>{frame}</iframe>")
    page.goto(f"{other_url}/page.html")
    inner = page.frames[-1]
    wait_until(lambda: inner.evaluate(f"{PLAYER}?.state?.phase === 'live'"), "a picture", 30)
    assert inner.locator("stream-player").evaluate(FULLSCREEN) is (allow == "fullscreen")
    inner.locator("stream-player .picture").dblclick()
    inner.locator("stream-player").press("f")
    page.wait_for_timeout(300)
    assert inner.locator("stream-player .notice").is_hidden()


def test_where_only_videos_have_the_whole_screen_nothing_is_offered(
    server: Server, page: Page
) -> None:
    page.add_init_script(PHONE)
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    assert page.locator("stream-player").evaluate(FULLSCREEN) is False
    page.keyboard.press("f")
    page.locator("stream-player .picture").dblclick()
    page.keyboard.press("k")
    wait_for_phase(page, "paused")


def test_help_is_a_dialog_and_the_menu_is_worked_by_keys(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    page.keyboard.press("?")
    dialog = page.locator("stream-player dialog")
    dialog.wait_for()
    page.keyboard.press("k")
    assert page.evaluate(f"{PLAYER}.paused") is False, "a key reached what is below"
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.get_by_role("button", name="More").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem").first.wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    dialog.wait_for()
    assert page.locator(".menu-list").is_hidden()


def test_more_closes_the_menu_that_it_opened(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    more, menu = (page.get_by_role(each, name="More") for each in ("button", "menu"))
    for _ in range(2):
        more.click()
        page.get_by_role("menuitem").first.wait_for()
        page.wait_for_timeout(200)
        more.click()
        page.wait_for_timeout(200)
        assert menu.is_hidden()
    more.click()
    page.get_by_role("menuitem").first.wait_for()
    page.mouse.click(640, 200)
    menu.wait_for(state="hidden")


def test_the_first_load_is_small(server: Server, page: Page) -> None:
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    sizes = first_load(page, list(requests))
    total = sum(sizes.values())
    assert total < MAX_FIRST_LOAD, dict(sorted(sizes.items(), key=lambda item: -item[1]))
    assert total > 10_000, sizes
