"""What is said of a page on which there is nothing to read."""

from typing import Any, cast

import pytest

from streamer.bench.browser import Page
from streamer.bench.probe.page import PageReader
from streamer.clock import ManualClock

CANVAS = {
    "tag": "canvas",
    "width": 64,
    "height": 48,
    "tainted": False,
    "unread": 0,
    "pictures": [],
}


class FakePage:
    """A page that answers with this status and has this element."""

    def __init__(self, status: int, taken: dict[str, Any]) -> None:
        self._status = status
        self._taken = taken

    def evaluate(self, expression: str) -> Any:
        if "responseStatus" in expression:
            return self._status
        return self._taken if "take()" in expression else 0.0


@pytest.mark.parametrize(
    ("status", "selector", "taken", "trouble"),
    [
        (200, None, CANVAS, None),
        (404, None, CANVAS, "The page answers with HTTP 404; check its address."),
        (200, None, {"tag": None}, "The page has no canvas, video or img."),
        (
            200,
            "#nope",
            {"tag": None},
            "The page has no element '#nope' that is or has a canvas, video or img.",
        ),
    ],
)
def test_a_page_with_nothing_to_read_says_why(
    status: int, selector: str | None, taken: dict[str, Any], trouble: str | None
) -> None:
    page = cast(Page, FakePage(status, taken))
    reader = PageReader(page, ManualClock(), "Chromium 1", selector)
    reader.look(0.0)
    assert reader.about().get("trouble") == trouble
