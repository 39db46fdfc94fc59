"""The bar under the picture in Chromium, in whatever room there is."""

from typing import Any, cast

import pytest
from playwright.sync_api import Page

from tests.integration.conftest import StartServer
from tests.integration.watching import PLAYER, open_page, wait_for, wait_for_picture

# What of the bar is cut short or out of sight.
CUT = """(player) => {
  const bar = player.shadowRoot.querySelector('.bar');
  const parts = [...bar.querySelectorAll('.face span, button')];
  const isOut = (part) => part.getBoundingClientRect().right > innerWidth;
  const isShort = (part) => part.scrollWidth > part.clientWidth || isOut(part);
  const isCut = (part) => part.clientWidth > 0 && isShort(part);
  return parts.filter(isCut).map((part) => part.title || part.textContent);
}"""
FACE = f"{PLAYER}.shadowRoot.querySelector('.menu .face').innerText"


@pytest.mark.parametrize(("width", "face"), [(390, "h264"), (1280, "Automatic\nh264")])
def test_nothing_of_the_bar_is_cut_short(
    serve: StartServer, page: Page, width: int, face: str
) -> None:
    name = "a-camera-with-a-long-name-over-the-door"
    server = serve(f"{name}=pattern:640x360@30")
    page.set_viewport_size({"width": width, "height": 700})
    open_page(page, f"{server.url}/watch/{name}")
    wait_for_picture(page)
    wait_for(page, f"{FACE}.includes('h264')")
    assert cast(str, page.evaluate(FACE)).strip() == face
    cut = cast(list[Any], page.locator("stream-player").evaluate(CUT))
    assert cut == []
    page.locator("stream-player select").select_option("jpeg")
    wait_for(page, f"{PLAYER}.stats?.rendition === 'jpeg'")
    assert cast(str, page.evaluate(FACE)).strip() == "jpeg"
