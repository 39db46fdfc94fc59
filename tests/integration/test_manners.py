"""What the player does where a viewer or the page around it does the unexpected."""

import pytest
from playwright.sync_api import Page

from tests.integration.conftest import Server, StartServer
from tests.integration.watching import (
    PLAYER,
    open_page,
    wait_for,
    wait_for_phase,
    wait_for_picture,
)

SHADOW = f"{PLAYER}.shadowRoot"
NOTICE = f"{SHADOW}.querySelector('.notice:not([hidden])')?.value"


@pytest.fixture
def server(serve: StartServer) -> Server:
    return serve("one=pattern:320x180@15", "gone=rtsp://127.0.0.1:9/x")


def label(page: Page, name: str) -> str:
    return str(
        page.evaluate(f"{SHADOW}.querySelector('.icon-{name}')?.parentNode.ariaLabel ?? ''")
    )


def test_an_element_that_is_put_elsewhere_has_nothing_open(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/one")
    wait_for_picture(page)
    page.keyboard.press("i")
    wait_for(page, f"{PLAYER}.hasAttribute('data-sheet')")
    page.evaluate(f"document.body.append({PLAYER})")
    assert not page.evaluate(f"{PLAYER}.hasAttribute('data-sheet')")


def test_another_stream_is_not_turned(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/one")
    wait_for_picture(page)
    page.locator("button[aria-label=More]").click()
    page.get_by_role("menuitem", name="Turn").click()
    turn = f"{SHADOW}.querySelector('.picture').dataset.turn"
    wait_for(page, f"{turn} === '90'")
    page.evaluate(f"{PLAYER}.setAttribute('max-latency', '700')")
    assert page.evaluate(turn) == "90", "it is the same stream"
    page.evaluate(f"{PLAYER}.setAttribute('src', '/ws/streams/gone')")
    assert page.evaluate(turn) == "0"


def test_what_cannot_be_done_is_told(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/one")
    wait_for_picture(page)
    wait_for(page, f"{PLAYER}.stats !== null")
    for key, sentence in (("m", "no sound"), ("o", "no boxes")):
        page.keyboard.press(key)
        wait_for(page, f"{NOTICE}?.includes('{sentence}')")
    open_page(page, f"{server.url}/watch/gone")
    wait_for_phase(page, "offline")
    assert page.locator("button[aria-label='Picture in picture']").is_disabled()
    page.keyboard.press("s")
    wait_for(page, f"{NOTICE} === 'There is no picture yet.'")


def test_words_stand_from_the_first_moment_on(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/embed/one")
    page.wait_for_selector("stream-player")
    title = page.evaluate(
        """() => {
          const player = document.createElement('stream-player');
          player.setAttribute('src', '/ws/streams/one');
          document.body.append(player);
          const text = player.shadowRoot.querySelector('.title').textContent;
          player.remove();
          return text;
        }"""
    )
    assert title == "Connecting to the server"


def test_a_rendition_that_is_there_helps_where_another_was_refused(
    server: Server, page: Page
) -> None:
    page.goto(f"{server.url}/embed/one?rendition=nonsense!")
    wait_for_phase(page, "refused")
    assert "renditions" in page.evaluate(f"{SHADOW}.querySelector('.detail').textContent")
    assert label(page, "play") == "Play"
    page.evaluate(f"{PLAYER}.setAttribute('rendition', 'auto')")
    wait_for(page, f"{PLAYER}.stats?.painted > 0")


def test_the_page_around_it_may_be_fullscreen(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/one")
    wait_for_picture(page)
    page.evaluate("document.documentElement.requestFullscreen()")
    wait_for(page, "document.fullscreenElement === document.documentElement")
    assert label(page, "fullscreen") == "Fullscreen"
    page.keyboard.press("f")
    wait_for(page, f"document.fullscreenElement === {PLAYER}")
    wait_for(page, f"{SHADOW}.querySelector('.icon-leaveFullscreen') !== null")


def test_whoever_writes_beside_it_writes(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/one")
    wait_for_picture(page)
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('p'), "
        "{ contentEditable: 'true', id: 'note' }))"
    )
    page.evaluate("document.querySelector('#note').focus()")
    page.keyboard.type("k j")
    assert page.evaluate("document.querySelector('#note').textContent") in ("k j", "k\xa0j")
    assert not page.evaluate(f"{PLAYER}.paused")


def test_words_over_the_picture_can_be_chosen_by_two_clicks(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/gone")
    wait_for_phase(page, "offline")
    page.locator(".title").dblclick()
    page.wait_for_timeout(300)
    assert page.evaluate("document.fullscreenElement") is None
