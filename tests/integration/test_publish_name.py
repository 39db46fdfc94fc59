"""The page `/publish`: names that the server takes, and nothing that ends by a slip."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from tests.integration.conftest import StartServer


@pytest.fixture
def context(camera_chromium: Browser) -> Iterator[BrowserContext]:
    """A profile that may use the camera."""
    context = camera_chromium.new_context(permissions=["camera"])
    yield context
    context.close()


def open_camera(context: BrowserContext, base: str) -> Page:
    """Open the page and the camera on it."""
    page = context.new_page()
    page.goto(f"{base}/publish?name=door")
    page.get_by_role("button", name="Open the camera").click()
    page.get_by_role("button", name="Start sending").wait_for()
    return page


def test_a_name_that_the_server_refuses_is_told_before(
    serve: StartServer, context: BrowserContext
) -> None:
    server = serve()
    page = open_camera(context, server.url)
    name, start = page.locator("#name"), page.get_by_role("button", name="Start sending")
    for wrong in ("-cam", "_x", ".x", "a b"):
        name.fill(wrong)
        expect(name).to_have_attribute("aria-invalid", "true")
        expect(start).to_be_disabled()
        expect(page.get_by_text("the first is a letter or a digit")).to_have_class("rule wrong")
    start.click(force=True)
    assert page.evaluate("document.activeElement.id") == "name"
    assert start.is_visible(), "it went to the server"
    for right in ("cam-1_x.", "0", "a" * 64):
        name.fill(right)
        expect(name).to_have_attribute("aria-invalid", "false")
        expect(start).to_be_enabled()


def test_leaving_asks_while_something_is_sent(serve: StartServer, context: BrowserContext) -> None:
    server = serve()
    page = open_camera(context, server.url)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("button", name="Start sending").click()
    page.get_by_text("Sending to").wait_for(timeout=30_000)
    with page.expect_event("dialog"):
        page.get_by_role("link", name="All streams").click(no_wait_after=True)
    expect(page.get_by_text("Sending to")).to_be_visible()
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Stop sending").click()
    page.get_by_role("link", name="All streams").click()
    page.wait_for_url(f"{server.url}/")
    assert asked == ["beforeunload"]
