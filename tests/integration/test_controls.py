"""The bar under the picture in Chromium, in whatever room there is."""

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, FloatRect, Page

from tests.integration.conftest import Server, StartServer
from tests.integration.processes import wait_until
from tests.integration.watching import (
    PLAYER,
    open_page,
    stats,
    wait_for,
    wait_for_phase,
    wait_for_picture,
)

# What of the bar is cut short or out of sight.
CUT = """(player) => {
  const bar = player.shadowRoot.querySelector('.bar');
  const parts = [...bar.querySelectorAll('.face span, button')];
  const isOut = (part) => part.getBoundingClientRect().right > innerWidth;
  const isShort = (part) => part.scrollWidth > part.clientWidth || isOut(part);
  const isCut = (part) => part.clientWidth > 0 && isShort(part);
  return parts.filter(isCut).map((part) => part.title || part.textContent);
}"""
PANEL = f"{PLAYER}.shadowRoot.querySelector('.statistics')"
FIGURES = f"""() => Object.fromEntries(
  [...({PANEL}?.querySelectorAll('dl > div') ?? [])].map(({{ children }}) =>
    [children[0].textContent, children[1].textContent]))"""
# How many colours the chart of the stages has.
COLOURS = f"""() => {{
  const canvas = {PANEL}.querySelector('canvas');
  const {{ data }} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
}}"""
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
    # Where the machine is slow it may be moved to a smaller one, which has a longer name.
    assert cast(str, page.evaluate(FACE)).strip().startswith(face)
    cut = cast(list[Any], page.locator("stream-player").evaluate(CUT))
    assert cut == []
    page.locator("stream-player select").select_option("jpeg")
    wait_for(page, f"{PLAYER}.stats?.rendition.startsWith('jpeg')")
    wait_for(page, f"{FACE}.trim().startsWith('jpeg')")


def figures(page: Page) -> dict[str, str]:
    """What the open statistics say, by their names; all of one moment."""
    return cast(dict[str, str], page.evaluate(FIGURES))


def test_the_statistics_say_where_time_goes_and_why_this_rendition(
    server: Server, page: Page
) -> None:
    open_page(page, f"{server.url}/watch/pattern")
    wait_for_picture(page)
    page.keyboard.press("i")
    wait_until(lambda: figures(page).get("Codec") == "H.264", "figures", 30)
    wait_until(lambda: figures(page)["Round trip"].endswith(" ms"), "a round trip", 30)
    wait_until(lambda: len(figures(page)["Size"].split()) == 3, "a size", 30)
    found = figures(page)
    width, _, height = found["Size"].split()
    assert int(width) > int(height) > 0
    assert found["Painted"].endswith(" fps")
    assert int(found["Dropped"]) == sum(
        int(found[each]) for each in ("on the way", "for a newer one", "not decodable")
    )
    stages = page.locator("stream-player .statistics .legend b")
    wait_until(
        lambda: all(each.endswith(" ms") for each in stages.all_text_contents()), "stages", 30
    )
    wait_until(lambda: page.evaluate(COLOURS) > 5, "a chart of four stages", 30)
    note = page.locator("stream-player .statistics .note").first
    page.evaluate(f"{PLAYER}.setAttribute('rendition', 'jpeg')")
    wait_until(
        lambda: bool(re.match(r"Rendition jpeg\S*\. \w", note.inner_text())),
        "the rendition and its reason",
        30,
        note.inner_text,
    )


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A page that is touched."""
    context = chromium.new_context(viewport={"width": 390, "height": 700}, has_touch=True)
    yield context.new_page()
    context.close()


def wait_for_quiet(page: Page) -> None:
    wait_for(page, f"{PLAYER}.hasAttribute('data-quiet')")


def tap(page: Page, box: FloatRect | None, share: float = 0.5) -> None:
    """Tap where something is, whether it is seen or not."""
    assert box is not None
    page.touchscreen.tap(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


def test_a_tap_that_brings_the_bar_back_presses_nothing_of_it(
    serve: StartServer, phone: Page
) -> None:
    server = serve("cam=pattern:640x360@30?sound=1")
    open_page(phone, f"{server.url}/watch/cam")
    wait_for_phase(phone, "live")
    wait_for(phone, f"{PLAYER}.historyMs > 3000")
    unmute, line = (phone.locator(f"stream-player .{each}") for each in ("unmute", "range"))
    pause = phone.get_by_role("button", name="Pause")
    for part in (unmute, line):
        part.wait_for()
    for box, share in (
        (pause.bounding_box(), 0.5),
        (unmute.bounding_box(), 0.5),
        (line.bounding_box(), 0.3),
    ):
        wait_for_quiet(phone)
        tap(phone, box, share)
        assert phone.evaluate(f"{PLAYER}.hasAttribute('data-quiet')") is False
        figures = stats(phone)
        assert figures["shifted"] is False
        assert phone.evaluate(f"[{PLAYER}.paused, {PLAYER}.muted]") == [False, True]
    tap(phone, pause.bounding_box())
    wait_for_phase(phone, "paused")


def test_the_focus_wakes_the_bar(serve: StartServer, page: Page) -> None:
    server = serve("cam=pattern:640x360@30")
    open_page(page, f"{server.url}/watch/cam")
    wait_for_phase(page, "live")
    wait_for_quiet(page)
    page.get_by_role("button", name="Pause").press("Enter")
    wait_for_phase(page, "paused")
    assert page.evaluate(f"{PLAYER}.hasAttribute('data-quiet')") is False
