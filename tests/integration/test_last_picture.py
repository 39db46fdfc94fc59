"""A page that is opened while its camera is away: the last picture, dimmed, behind the reason."""

import signal

from playwright.sync_api import Page

from tests.integration.conftest import StartRtsp, StartServer
from tests.integration.observers import Observer
from tests.integration.processes import wait_until
from tests.integration.watching import PLAYER, open_page, wait_for, wait_for_phase

PATIENCE_S = 30
STILL = f"{PLAYER}.shadowRoot.querySelector('.still')"


def assert_still(page: Page) -> None:
    wait_for_phase(page, "offline", PATIENCE_S)
    wait_for(page, f"{STILL}?.naturalWidth === 640", PATIENCE_S)
    assert "grayscale" in page.evaluate(f"getComputedStyle({STILL}).filter")
    message = page.locator("stream-player .message.over")
    wait_until(lambda: "connection refused" in message.inner_text(), "the reason", PATIENCE_S)


def test_the_last_picture_is_behind_the_words(
    serve: StartServer, rtsp: StartRtsp, page: Page
) -> None:
    camera = rtsp()
    server = serve(f"cam={camera.url('h264')}", "none=rtsp://127.0.0.1:1/none")
    # While somebody is there the past is kept.
    observer = Observer(server.port, "cam")
    wait_until(lambda: len(observer.pictures) > 10, "pictures", PATIENCE_S)
    camera.process.stop(signal.SIGKILL)
    wait_until(lambda: observer.told_since(0, "offline") is not None, "the loss", PATIENCE_S)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_page(page, f"{server.url}/watch/none")
    wait_for_phase(page, "offline", PATIENCE_S)
    open_page(page, f"{server.url}/embed/cam?controls=0")
    assert_still(page)
    open_page(page, f"{server.url}/watch/cam")
    assert_still(page)
    assert sum("snapshot" in each for each in asked) == 2, "once, and only where one is kept"
    rtsp(int(camera.url("h264").rpartition(":")[2].partition("/")[0]))
    wait_for_phase(page, "live", PATIENCE_S)
    wait_for(page, f"{STILL} === null", PATIENCE_S)
