"""A report's page in Chromium: whole on a screen, and on a phone it says what more there is."""

from dataclasses import replace
from typing import cast

import pytest
from playwright.sync_api import Page

from streamer.bench.latency.case import Means, Path
from streamer.bench.latency.outcome import Report, outcome
from streamer.bench.report.html import to_html
from tests.test_bench_latency import CASE
from tests.test_bench_report import RUN

HIDDEN = """() => [...document.querySelectorAll('.scroll')]
  .filter((part) => part.scrollWidth > part.clientWidth + 1)
  .map((part) => [part.scrollWidth - part.clientWidth, getComputedStyle(part).backgroundImage])"""
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def report(page: Page) -> Page:
    """A report of all that a browser is measured by."""
    cases = (
        CASE,
        replace(CASE, means=Means.MSE),
        replace(CASE, path=Path.JPEG, means=Means.IMAGE),
    )
    page.set_content(to_html(Report("", {}, {}, tuple(outcome(each, (RUN,)) for each in cases))))
    return page


def hidden(page: Page) -> list[tuple[int, str]]:
    """By how much each part is cut that is, and what tells that it goes on."""
    return cast(list[tuple[int, str]], page.evaluate(HIDDEN))


def test_on_a_screen_nothing_is_cut(report: Page) -> None:
    report.set_viewport_size({"width": 1280, "height": 800})
    assert hidden(report) == []


def test_on_a_phone_a_shade_tells_what_goes_on(report: Page) -> None:
    report.set_viewport_size({"width": 390, "height": 844})
    assert report.evaluate(OVERFLOW) <= 0, "the page itself is cut"
    cut = hidden(report)
    assert cut, "nothing is cut that could be tested"
    assert all(shade.count("gradient") == 4 for _, shade in cut)
