"""A clip that lies on its side, as phones record them, in Chromium."""

from pathlib import Path

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import Page

from tests.integration.conftest import StartServer
from tests.integration.watching import (
    assert_rendition,
    is_stepped_down,
    open_page,
    snapshot,
    stats,
    wait_for_picture,
)
from tests.rotated import rotated


def light(picture: Image.Image, left: float, right: float) -> float:
    """How light a picture is between two shares of its width."""
    sides = (round(left * picture.width), round(right * picture.width))
    strip = picture.crop((sides[0], 0, sides[1], picture.height))
    return ImageStat.Stat(strip.convert("L")).mean[0]


@pytest.mark.parametrize("host", ["localhost", "camera.test"], ids=["https", "plain-http"])
@pytest.mark.parametrize("rendition", ["copy", "h264", "jpeg"])
def test_a_clip_that_lies_on_its_side_stands_upright(
    serve: StartServer, page: Page, tmp_path: Path, rendition: str, host: str
) -> None:
    clip = f"phone={rotated(tmp_path, 90)}"
    server = serve("--loop", "--allow-host", "camera.test", clip)
    open_page(page, f"http://{host}:{server.port}/embed/phone?rendition={rendition}")
    wait_for_picture(page)
    picture = snapshot(page.locator("stream-player"))
    assert picture.width / picture.height == pytest.approx(180 / 320, abs=0.02)
    # The colour bars are at the foot of the clip: turned clockwise, they are at the left.
    assert light(picture, 0, 0.1) > light(picture, 0.9, 1) + 20
    figures = stats(page)
    assert_rendition(figures, rendition)
    assert (figures["width"], picture.width) == (180, 180) or is_stepped_down(figures)
