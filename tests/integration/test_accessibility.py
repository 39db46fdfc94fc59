"""Every state of every page, read by axe-core, light and dark, from phone to large screen."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser, Page

from tests.integration.looks import LOOKS, SIZES, THEMES, Look, look_at, studio

AXE = Path("node_modules/axe-core/axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIND = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}: ${node.failureSummary}`));
}"""


@pytest.fixture(scope="module")
def studio_url() -> Iterator[str]:
    """The address of a server with the streams of all looks."""
    with studio() as url:
        yield url


def found(page: Page) -> list[str]:
    """What axe-core finds wrong."""
    return cast(list[str], page.evaluate(FIND, RULES))


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_axe_finds_nothing(camera_chromium: Browser, studio_url: str, look: Look) -> None:
    with look_at(camera_chromium, studio_url, look) as page:
        page.evaluate(AXE)
        problems = {}
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)
                problems[f"{width} {theme}"] = found(page)
        assert {where: what for where, what in problems.items() if what} == {}
