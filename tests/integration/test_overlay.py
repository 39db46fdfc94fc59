"""Metadata in Chromium: a box lies around what moves, in each picture that is on the canvas."""

from itertools import pairwise
from typing import Any, cast

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Page

from tests.integration.conftest import StartServer
from tests.integration.processes import wait_until
from tests.integration.squares import (
    BARE,
    COUNT,
    HEIGHT,
    MARGIN,
    SIDE,
    WIDTH,
    corner,
    index_at,
    publishing,
)
from tests.integration.watching import (
    PLAYER,
    open_page,
    snapshot,
    stats,
    wait_for,
    wait_for_picture,
)

RECORD = """
globalThis.delivered = [];
addEventListener('metadata', ({ detail }) => delivered.push(detail), true);
"""
# The player paints on the page itself, which does other things most of the time.
BUSY = """
delete HTMLCanvasElement.prototype.transferControlToOffscreen;
setInterval(() => {
  for (const start = performance.now(); performance.now() < start + 80; );
}, 110);
"""
# Of so many pictures, the half without a box by chance is one in a hundred thousand.
SAMPLES = 25
TOLERANCE = 5  # pixels: JPEG and H.264 blur edges
Bounds = tuple[int, int, int, int]


def square(picture: Image.Image) -> Bounds:
    """Where the white square is."""
    found = bounds(picture.getchannel("G"))
    assert found is not None
    return found


def box(picture: Image.Image) -> Bounds | None:
    """Where the magenta box is; None for none."""
    red, green, blue = picture.split()
    return bounds(ImageChops.subtract(ImageChops.darker(red, blue), green))


def has_box(picture: Image.Image) -> bool:
    return box(picture) is not None


def bounds(light: Image.Image) -> Bounds | None:
    """The rectangle that holds all that is light."""
    return light.point([255 * (level > 120) for level in range(256)]).getbbox()


def assert_in_step(picture: Image.Image) -> bool:
    """The box is around the square, or this is a picture without one; whether there is one."""
    picture = picture.resize((WIDTH, HEIGHT))  # a viewer that falls behind gets a smaller one
    left, top, right, bottom = square(picture)
    index = index_at(left, top)
    assert (left, top) == pytest.approx(corner(index), abs=TOLERANCE)
    assert (right - left, bottom - top) == pytest.approx((SIDE, SIDE), abs=TOLERANCE)
    found = box(picture)
    if found is None:
        assert index % BARE == BARE - 1, f"picture {index} has no box"
        return False
    wanted = left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN
    assert found == pytest.approx(wanted, abs=TOLERANCE), index
    return True


def assert_all_in_step(page: Page, count: int) -> None:
    player = page.locator("stream-player")
    # What draws boxes is loaded with the first picture that has one.
    wait_until(lambda: has_box(snapshot(player)), "box", 30)
    boxed = [assert_in_step(snapshot(player)) for _ in range(count)]
    assert sum(boxed) > count // 2


@pytest.mark.parametrize("rendition", ["copy", "h264", "jpeg"])
def test_the_box_is_drawn_over_its_picture(serve: StartServer, page: Page, rendition: str) -> None:
    server = serve()
    with publishing(server.port, "squares", 25):
        page.add_init_script(RECORD)
        open_page(page, f"{server.url}/embed/squares?rendition={rendition}")
        wait_for_picture(page)
        assert_all_in_step(page, SAMPLES)
        # Where the machine is slow it may be moved to a smaller one, which has the boxes, too.
        assert stats(page)["rendition"].partition("-")[0] in {rendition, "h264"}
        delivered = cast(list[dict[str, Any]], page.evaluate("delivered.slice(0, 20)"))
        for first, later in pairwise(delivered):
            pictures = (later["ptsUs"] - first["ptsUs"]) / 40_000
            assert round(pictures) == pytest.approx(pictures, abs=0.01)
            assert (later["data"]["index"] - first["data"]["index"] - round(pictures)) % COUNT == 0


@pytest.mark.parametrize("rendition", ["copy", "jpeg"])
def test_a_picture_that_is_dropped_takes_its_box_along(
    serve: StartServer, page: Page, rendition: str
) -> None:
    server = serve()
    with publishing(server.port, "squares", 50):
        page.add_init_script(BUSY)
        open_page(page, f"{server.url}/embed/squares?rendition={rendition}")
        wait_for_picture(page)
        before = stats(page)["dropped"]["late"]
        assert_all_in_step(page, SAMPLES)
        assert stats(page)["dropped"]["late"] > before, "all were painted"


def test_the_overlay_comes_and_goes(serve: StartServer, page: Page) -> None:
    server = serve()
    with publishing(server.port, "squares", 25):
        page.add_init_script(RECORD)
        open_page(page, f"{server.url}/watch/squares")
        wait_for_picture(page)
        player = page.locator("stream-player")
        button = page.get_by_role("button", name="Boxes and text on the picture")
        button.wait_for()
        assert button.get_attribute("aria-pressed") == "true"
        page.keyboard.press("k")
        wait_for(page, f"{PLAYER}.state.phase === 'paused'")
        while not has_box(snapshot(player)):
            page.keyboard.press("k")
            page.keyboard.press("k")
        page.keyboard.press("o")
        assert not has_box(snapshot(player)), "of the picture that is on the canvas"
        assert button.get_attribute("aria-pressed") == "false"
        page.keyboard.press("k")
        count = cast(int, page.evaluate("delivered.length"))
        wait_for(page, f"delivered.length > {count} + 20")
        assert not has_box(snapshot(player))
        button.click()
        wait_for(page, f"{PLAYER}.getAttribute('overlay') === 'on'")
        assert any(has_box(snapshot(player)) for _ in range(10))
