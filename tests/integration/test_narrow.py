"""The player where there is little room, or where the page around it has a style of its own."""

import pytest
from playwright.sync_api import Page

from tests.integration.conftest import Server, StartServer
from tests.integration.watching import PLAYER, open_page, wait_for, wait_for_picture

SHADOW = f"{PLAYER}.shadowRoot"
OVERLAPS = f"""() => {{
  const all = [...{SHADOW}.querySelectorAll('.bar button, .bar .face, .behind'),
    ...document.querySelectorAll('.lead')];
  const boxes = all.map((each) => each.getBoundingClientRect()).filter(({{ width }}) => width > 0)
    .sort((a, b) => a.left - b.left);
  const over = boxes.filter(({{ left }}, at) => at > 0 && boxes[at - 1].right > left + 0.5);
  return over.length + boxes.filter(({{ right }}) => right > innerWidth).length;
}}"""
PLACES = {
    "row": "display: flex",
    "centred column": "display: flex; flex-direction: column; align-items: center",
    "centred cell": "display: grid; place-items: center",
}
INHERITED = "text-transform: uppercase; letter-spacing: 3px; white-space: nowrap; text-indent: 9px"
STYLE_OF_WORDS = f"""() => {{
  const style = getComputedStyle({SHADOW}.querySelector('.title'));
  return ['direction', 'textTransform', 'letterSpacing', 'whiteSpace', 'textIndent']
    .map((name) => style[name]).join(' ');
}}"""


@pytest.fixture
def server(serve: StartServer) -> Server:
    return serve("pat=pattern:640x360@15?sound=1")


@pytest.mark.parametrize("width", [320, 390, 481, 560, 601, 641, 721])
def test_no_control_lies_over_another(server: Server, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 600})
    open_page(page, f"{server.url}/watch/pat")
    wait_for_picture(page)
    wait_for(page, f"{SHADOW}.querySelector('.volume') && {PLAYER}.historyMs > 1500")
    page.evaluate(f"{SHADOW}.querySelector('[aria-label^=Boxes]').hidden = false")
    page.evaluate(f"{PLAYER}.setAttribute('rendition', 'h264-240-r15')")
    wait_for(page, f"{PLAYER}.stats.rendition === 'h264-240-r15'")
    assert page.evaluate(OVERLAPS) == 0
    page.evaluate(f"{PLAYER}.seek(1200)")
    wait_for(page, f"{PLAYER}.state.phase === 'shifted' && {PLAYER}.behindMs > 0")
    assert page.evaluate(OVERLAPS) == 0


def test_what_was_saved_is_told_beside_the_invitation_to_hear(server: Server, page: Page) -> None:
    open_page(page, f"{server.url}/watch/pat")
    wait_for_picture(page)
    wait_for(page, f"{SHADOW}.querySelector('.unmute')?.hidden === false")
    page.keyboard.press("s")
    wait_for(page, f"!{SHADOW}.querySelector('.notice').hidden")
    bottom, top = (
        page.evaluate(f"{SHADOW}.querySelector('{name}').getBoundingClientRect().{side}")
        for name, side in ((".notice", "bottom"), (".unmute", "top"))
    )
    assert bottom <= top


@pytest.mark.parametrize("place", PLACES)
def test_it_is_as_wide_as_there_is_room(server: Server, page: Page, place: str) -> None:
    page.goto(f"{server.url}/embed/pat")
    page.evaluate(
        """(style) => {
          const place = document.createElement('div');
          place.style.cssText = `width: 600px; ${style}`;
          document.querySelector('stream-player').remove();
          for (const sheet of document.styleSheets) sheet.disabled = true;
          document.body.append(place);
          place.append(document.createElement('stream-player'));
        }""",
        PLACES[place],
    )
    size = page.evaluate(f"[{PLAYER}.offsetWidth, Math.floor({PLAYER}.offsetHeight)]")
    assert size in ([600, 337], [600, 338])


def test_the_text_of_the_page_around_it_is_its_own(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/embed/pat")
    page.evaluate(f"document.body.style.cssText += '{INHERITED}; direction: rtl'")
    page.wait_for_selector("stream-player")
    assert page.evaluate(STYLE_OF_WORDS) == "ltr none normal normal 0px"
