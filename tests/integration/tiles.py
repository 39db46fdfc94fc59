"""What the tests of the wall share: what its tiles say, and what the screen shows of them."""

import io
from typing import Any, cast

from PIL import Image, ImageStat
from playwright.sync_api import Locator, Page

from tests.integration.processes import wait_until
from tests.integration.watching import wait_for

# Runs before the page's own scripts: keeps what each tile says last.
RECORD_TILES = """
addEventListener('stats', ({ target, detail }) => { target.stats = detail; });
addEventListener('statechange', ({ target, detail }) => { target.state = detail; });
"""


def open_wall(page: Page, url: str) -> None:
    """Open the wall, recording what its tiles say."""
    page.add_init_script(RECORD_TILES)
    page.goto(url)
    page.locator(".tile").first.wait_for()


def tile(page: Page, name: str) -> Locator:
    """The tile of a stream."""
    return page.locator(f".tile[data-name={name}]")


def figures(page: Page, name: str) -> dict[str, Any]:
    """The last figures of a tile; empty before there are any."""
    return cast(dict[str, Any], tile(page, name).evaluate("(tile) => tile.stats ?? {}"))


def wait_for_tile(page: Page, name: str, phase: str = "live", timeout_s: float = 30.0) -> None:
    """Wait until a tile is in a phase."""
    expression = f"document.querySelector('.tile[data-name={name}]')?.state?.phase === '{phase}'"
    wait_for(page, expression, timeout_s)


def picture(page: Page, name: str) -> Image.Image:
    """What the screen shows in the middle of a tile, without what is written on it."""
    shot = Image.open(io.BytesIO(tile(page, name).screenshot())).convert("RGB")
    left, top, right, bottom = shot.width // 8, shot.height // 8, shot.width * 7 // 8, shot.height
    return shot.crop((left, top, right, bottom * 3 // 4))


def colour(image: Image.Image) -> float:
    """How colourful a picture is: the mean saturation, from 0 to 255."""
    return ImageStat.Stat(image.convert("HSV")).mean[1]


def assert_shown_moving(page: Page, name: str, times: int = 2, timeout_s: float = 30.0) -> None:
    """Wait until what the screen shows of a tile has changed so many times."""
    seen = [picture(page, name).tobytes()]

    def moved() -> bool:
        now = picture(page, name).tobytes()
        if now != seen[-1]:
            seen.append(now)
        return len(seen) > times

    wait_until(moved, f"moving picture of {name}", timeout_s)
