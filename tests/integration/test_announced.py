"""What a screen reader says by itself: what has happened, never how long ago that was."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.integration.conftest import StartServer
from tests.integration.looks import sending
from tests.integration.processes import wait_until
from tests.integration.watching import open_page, wait_for, wait_for_phase

# Counts, for five seconds, what changes in what is read aloud, into shadow trees.
LISTEN = """async () => {
  const shadows = [...document.querySelectorAll('*')].flatMap((each) => each.shadowRoot ?? []);
  const live = [document, ...shadows].flatMap((root) =>
    [...root.querySelectorAll('output, [role=status], [role=alert], [aria-live]')]);
  const said = [];
  const observer = new MutationObserver((records) =>
    said.push(...records.map(({ type, target }) => `${type}: ${target.textContent}`)));
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  for (const each of live) observer.observe(each, all);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  observer.disconnect();
  return { regions: live.length, said };
}"""


@pytest.fixture
def page(camera_chromium: Browser) -> Iterator[Page]:
    """An empty page that may use the camera."""
    context = camera_chromium.new_context(permissions=["camera"])
    yield context.new_page()
    context.close()


def assert_silent(page: Page) -> None:
    found = page.evaluate(LISTEN)
    assert found["regions"] > 0
    assert found["said"] == []


def test_nothing_is_said_while_the_picture_is_live(serve: StartServer, page: Page) -> None:
    server = serve("cam=pattern:640x360@30")
    open_page(page, f"{server.url}/watch/cam")
    wait_for_phase(page, "live")
    page.locator("stream-player .badge").wait_for()
    assert_silent(page)


def test_a_frozen_picture_is_told_once(serve: StartServer, page: Page, tmp_path: Path) -> None:
    still = tmp_path / "still.png"
    Image.radial_gradient("L").resize((640, 360)).save(still)
    server = serve("--freeze-after", "2", f"cam=image:{still}?fps=10")
    open_page(page, f"{server.url}/watch/cam")
    wait_for_phase(page, "frozen")
    message = page.locator("stream-player .message")
    before = message.inner_text()
    wait_until(lambda: message.inner_text() != before, "an age that grows", 5)
    assert_silent(page)


def test_the_countdown_to_the_next_try_is_not_told(serve: StartServer, page: Page) -> None:
    server = serve()
    page.goto(f"{server.url}/publish?name=door")
    sending(page)
    server.process.stop()
    wait_for(page, "document.querySelector('.preview .detail').textContent.startsWith('Next try')")
    assert_silent(page)
