"""The picture in a window of its own, in Chromium: it opens, moves, follows and is closed."""

import time

from playwright.sync_api import Page

from tests.integration.conftest import StartServer
from tests.integration.processes import wait_until
from tests.integration.watching import PLAYER, open_page, wait_for, wait_for_picture

PATIENCE_S = 30
STILL_S = 0.5
OUT = "document.pictureInPictureElement"
# A number that stands for what the window shows; null before there is anything.
SEEN = f"""() => {{
  const video = {OUT};
  if (!video?.videoWidth) return null;
  const context = new OffscreenCanvas(160, 90).getContext('2d');
  context.drawImage(video, 0, 0, 160, 90);
  const {{ data }} = context.getImageData(0, 0, 160, 90);
  return data.reduce((hash, byte) => (hash * 31 + byte) | 0, 0);
}}"""
# What a browser does to a page that is behind others, and tools do not.
HIDE = """() => {
  Object.defineProperty(document, 'hidden', { value: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def assert_window(page: Page, width: int) -> None:
    """Pictures so wide move in the window."""
    wait_for(page, f"{OUT}?.videoWidth === {width}", PATIENCE_S)
    before = page.evaluate(SEEN)
    wait_until(lambda: page.evaluate(SEEN) != before, "a moving picture", PATIENCE_S)


def assert_no_window(page: Page) -> None:
    wait_for(page, f"{OUT} === null", PATIENCE_S)
    wait_for(page, pressed("false"), PATIENCE_S)


def pressed(value: str) -> str:
    button = f"{PLAYER}.shadowRoot.querySelector('[title^=\"Picture in picture\"]')"
    return f"{button}.getAttribute('aria-pressed') === '{value}'"


def painted(page: Page) -> int:
    return int(page.evaluate(f"{PLAYER}.stats?.painted ?? 0"))


def is_still(page: Page) -> bool:
    before = painted(page)
    time.sleep(STILL_S)
    return painted(page) == before


def test_the_window_opens_moves_follows_and_is_closed(serve: StartServer, page: Page) -> None:
    server = serve("a=pattern:640x360@30", "b=pattern:320x180@30")
    open_page(page, f"{server.url}/watch/a")
    wait_for_picture(page, PATIENCE_S)
    button = page.get_by_role("button", name="Picture in picture")
    button.click()
    assert_window(page, 640)
    wait_for(page, pressed("true"), PATIENCE_S)
    page.evaluate(f"{PLAYER}.setAttribute('src', '/ws/streams/b')")
    assert_window(page, 320)
    button.click()
    assert_no_window(page)
    page.keyboard.press("p")
    assert_window(page, 320)
    page.evaluate("() => document.exitPictureInPicture()")  # as its own button does
    assert_no_window(page)


def test_it_plays_on_behind_other_pages_while_the_window_is_open(
    serve: StartServer, page: Page
) -> None:
    server = serve("a=pattern:640x360@30")
    open_page(page, f"{server.url}/watch/a")
    wait_for_picture(page, PATIENCE_S)
    page.keyboard.press("p")
    assert_window(page, 640)
    page.evaluate(HIDE)
    assert_window(page, 640)
    page.evaluate("() => document.exitPictureInPicture()")
    assert_no_window(page)
    wait_until(lambda: is_still(page), "an end of the pictures", PATIENCE_S)
