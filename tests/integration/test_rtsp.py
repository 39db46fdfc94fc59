"""A real RTSP camera watched in Chromium, over TCP and UDP, gone and back again."""

import os
import signal

import pytest
from playwright.sync_api import Page

from tests.integration.conftest import StartRtsp, StartServer
from tests.integration.peeking import assert_calm, workers
from tests.integration.processes import wait_until
from tests.integration.watching import (
    assert_marks_move,
    assert_rendition,
    forget_told,
    is_stepped_down,
    open_page,
    stats,
    told,
    wait_for_phase,
    wait_for_picture,
)

# What Chromium on Linux, which has no HEVC, is sent of each.
RENDITIONS = {"h264": "copy", "hevc": "h264", "mjpeg": "jpeg"}
BACK_WITHIN_S = 12.0
STALL_TIMEOUT_S = 10.0
OPEN_WITHIN_S = 10.0  # a try that began while the camera was frozen may take so long
OLD_MS = 5_000  # what was taken before a loss is older


def assert_shows_now(page: Page) -> None:
    """The pictures on the canvas are the camera's, by their marks, and were just taken."""
    assert 0 < assert_marks_move(page) < OLD_MS


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_each_codec_is_watched(
    serve: StartServer, rtsp: StartRtsp, page: Page, transport: str
) -> None:
    camera = rtsp()
    sources = [f"{codec}={camera.url(codec)}" for codec in RENDITIONS]
    server = serve("--rtsp-transport", transport, *sources)
    for codec, rendition in RENDITIONS.items():
        open_page(page, f"{server.url}/watch/{codec}")
        wait_for_picture(page)
        assert_shows_now(page)
        figures = stats(page)
        assert_rendition(figures, rendition, codec)
        assert figures["width"] == 640 or is_stepped_down(figures), codec
        assert {each["phase"] for each in told(page)}.isdisjoint({"offline", "ended", "lost"})
    assert_calm(server.process)


@pytest.mark.parametrize(("codec", "transport"), [("h264", "tcp"), ("mjpeg", "udp")])
def test_the_camera_goes_and_comes_back(
    serve: StartServer, rtsp: StartRtsp, page: Page, codec: str, transport: str
) -> None:
    camera = rtsp()
    server = serve("--rtsp-transport", transport, f"camera={camera.url(codec)}")
    open_page(page, f"{server.url}/watch/camera")
    wait_for_picture(page)
    count = len(server.process.members())
    forget_told(page)

    camera.process.stop(signal.SIGKILL)
    wait_for_phase(page, "offline", 15)
    message = page.locator("stream-player .message")
    title = f"rtsp://127.0.0.1:{camera.port}/{codec} "
    assert message.locator(".title").inner_text().startswith(title)
    wait_until(lambda: "connection refused" in message.inner_text(), "the reason", 30)

    rtsp(port=camera.port)
    wait_for_phase(page, "live", BACK_WITHIN_S)
    assert_shows_now(page)
    assert {each["phase"] for each in told(page)}.isdisjoint({"opening", "lost", "refused"})
    assert len(workers(server.process)) == 1
    assert len(server.process.members()) == count
    assert_calm(server.process)


def test_the_camera_freezes_and_thaws(serve: StartServer, rtsp: StartRtsp, page: Page) -> None:
    camera = rtsp()
    server = serve(f"camera={camera.url('h264')}")
    open_page(page, f"{server.url}/watch/camera")
    wait_for_picture(page)
    os.kill(camera.process.pid, signal.SIGSTOP)
    title = page.locator("stream-player .message .title")
    wait_for_phase(page, "stalled", 6)
    assert title.inner_text() == "No new picture"
    wait_for_phase(page, "offline", STALL_TIMEOUT_S)
    assert "stopped sending (no packet in time)" in title.inner_text()
    wait_until(lambda: "(no answer in time)" in title.inner_text(), "the next try", 30)
    os.kill(camera.process.pid, signal.SIGCONT)
    wait_for_phase(page, "live", BACK_WITHIN_S + OPEN_WITHIN_S)
    assert_shows_now(page)
    assert len(workers(server.process)) == 1
    assert_calm(server.process)


def test_the_camera_comes_back_as_another(serve: StartServer, rtsp: StartRtsp, page: Page) -> None:
    camera = rtsp()
    server = serve(f"camera={camera.url('cam')}")
    open_page(page, f"{server.url}/watch/camera")
    wait_for_picture(page)
    for cam, rendition, width in (
        (("--cam", "mjpeg"), "jpeg", 640),
        (("--cam", "h264", "--size", "320x240"), "copy", 320),
        (("--cam", "hevc"), "h264", 640),
        (("--cam", "h264"), "copy", 640),
    ):
        camera.process.stop(signal.SIGKILL)
        wait_for_phase(page, "offline", 5)
        camera = rtsp(port=camera.port, cam=cam)
        wait_for_phase(page, "live", BACK_WITHIN_S)
        assert_shows_now(page)
        figures = stats(page)
        assert_rendition(figures, rendition, str(cam))
        assert figures["width"] == width or is_stepped_down(figures), cam
    assert {each["phase"] for each in told(page)}.isdisjoint({"lost", "refused"})
    assert_calm(server.process)
