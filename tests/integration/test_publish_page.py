"""The page `/publish` in Chromium: its camera is seen moving on `/watch`, whatever goes wrong."""

import io
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from streamer.bench.impaired import impaired
from streamer.bench.link import Impairment
from streamer.clock import SystemClock
from streamer.media.picture.pattern import Pattern
from tests.integration.conftest import (
    CHROMIUM_FLAGS,
    POLICY,
    StartProcess,
    StartServer,
    stop_cleanly,
)
from tests.integration.peeking import assert_calm
from tests.integration.processes import Process, answers, free_port, wait_until
from tests.integration.watching import (
    PLAYER,
    assert_moves,
    assert_rendition,
    is_stepped_down,
    open_page,
    staleness_ms,
    stats,
    told,
    wait_for,
    wait_for_phase,
    wait_for_picture,
)

# Ten seconds of pictures, over and over; Chromium plays a file of JPEGs at 30 fps.
PICTURES = 300
FAKE_CAMERA = ("--use-fake-device-for-media-stream",)
TITLE = ".preview .title"
MAX_LAG = 5
# The number in the time mark of the preview's picture and of the watched one, as near as may be.
NUMBER = """async () => {
  const { extent, read } = await import('/mark/mark.js');
  const video = document.querySelector('video');
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const corner = extent(canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, corner.width, corner.height);
  return read(pixels, canvas.width, canvas.height)?.sequence ?? null;
}"""
WATCHED_NUMBER = f"async () => (await {PLAYER}.readMark())?.mark?.sequence ?? null"
# A screen on which nothing changes: one picture, and never another.
STILL_SCREEN = """
navigator.mediaDevices.getDisplayMedia = async () => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 360];
  const stream = canvas.getContext('2d') && canvas.captureStream(30);
  canvas.getContext('2d').fillRect(0, 0, 320, 360);
  return stream;
};
"""
NO_WEBCODECS = "delete globalThis.VideoEncoder;"


@pytest.fixture(scope="module")
def camera_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake camera sees: the test pattern, each picture with its number in the mark."""
    pattern = Pattern(640, 360, 30, SystemClock())
    path = tmp_path_factory.mktemp("camera") / "pattern.mjpeg"
    with path.open("wb") as file:
        for index in range(PICTURES):
            picture = io.BytesIO()
            frame = pattern.frame(index, index * 33_333)
            image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
            image.save(picture, "JPEG", quality=90)
            file.write(picture.getvalue())
    return path


@pytest.fixture(scope="module")
def camera_browser(camera_file: Path) -> Iterator[Browser]:
    """Chromium with a fake camera, which a page gets only where its context has the permission."""
    executable = shutil.which("chromium")
    assert executable, "chromium is not installed; run tests/peers.py"
    file = f"--use-file-for-fake-video-capture={camera_file}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=[*CHROMIUM_FLAGS, *FAKE_CAMERA, file]
        )
        yield browser
        browser.close()


@pytest.fixture
def context(camera_browser: Browser) -> Iterator[BrowserContext]:
    """A profile that may use the camera; an uncaught exception on its pages fails the test."""
    context = camera_browser.new_context(
        viewport={"width": 1280, "height": 720}, permissions=["camera"]
    )
    uncaught: list[str] = []
    context.on("weberror", lambda error: uncaught.append(str(error.error)))
    context.on("console", lambda said: uncaught.append(said.text) if POLICY in said.text else None)
    yield context
    context.close()
    assert uncaught == []


def publish(context: BrowserContext, base: str, name: str, *scripts: str) -> Page:
    """Send the camera from a page of its own, and wait until the server has something."""
    page = open_camera(context, base, name, *scripts)
    page.get_by_role("button", name="Start sending").click()
    page.get_by_text("Sending to").wait_for(timeout=30_000)
    return page


def open_camera(context: BrowserContext, base: str, name: str, *scripts: str) -> Page:
    """Open the page and the camera on it."""
    page = context.new_page()
    for script in scripts:
        page.add_init_script(script)
    page.goto(f"{base}/publish?name={name}")
    page.get_by_role("button", name="Open the camera").click()
    page.get_by_role("button", name="Start sending").wait_for()
    return page


def watch(context: BrowserContext, base: str, name: str) -> Page:
    """Watch a stream until there is a picture."""
    page = context.new_page()
    open_page(page, f"{base}/watch/{name}")
    wait_for_picture(page)
    return page


def figure(page: Page, name: str) -> str:
    """What the page's statistics say."""
    row = page.locator(".figures dl > div", has=page.locator("dt", has_text=name)).first
    return row.locator("dd").inner_text()


def wait_for_title(page: Page, title: str, timeout_s: float = 30.0) -> None:
    """Wait until the page says something over its picture."""
    where = page.locator(TITLE)
    wait_until(lambda: where.inner_text() == title, title, timeout_s, where.inner_text)


def numbers(page: Page, script: str, count: int) -> list[int]:
    """So many different numbers of pictures that follow one another."""
    found: list[int] = []

    def enough() -> bool:
        number = page.evaluate(script)
        if number is not None and (not found or number != found[-1]):
            found.append(number)
        return len(found) == count

    wait_until(enough, f"{count} pictures with a mark", 30)
    return found


def assert_in_order(viewer: Page) -> None:
    """No picture comes back after a later one, though the camera begins again and again."""
    seen = numbers(viewer, WATCHED_NUMBER, 12)[4:]  # who joins catches up with the group first
    steps = [(after - before) % PICTURES for before, after in pairwise(seen)]
    assert all(0 < step < PICTURES // 2 for step in steps), f"not in order: {seen}"


def lag(publisher: Page, viewer: Page) -> int:
    """How many pictures the viewer's is behind the preview's; the preview is asked first."""
    seen, shown = publisher.evaluate(NUMBER), viewer.evaluate(WATCHED_NUMBER)
    if seen is None or shown is None:
        return PICTURES
    return min(int(seen - shown) % PICTURES, int(shown - seen) % PICTURES)


def test_the_camera_is_seen_moving(serve: StartServer, context: BrowserContext) -> None:
    server = serve()
    publisher = publish(context, server.url, "door")
    viewer = watch(context, server.url, "door")
    assert_in_order(viewer)
    figures = stats(viewer)
    assert_rendition(figures, "copy")
    assert figures["codec"].startswith("avc1") or is_stepped_down(figures)
    wait_until(lambda: lag(publisher, viewer) <= MAX_LAG, "picture as new as the preview's", 30)
    wait_until(publisher.get_by_text("Sending to 1 viewer").is_visible, "a viewer counted", 30)
    assert figure(publisher, "Codec") == "H.264"
    assert figure(publisher, "Size").split()[0] == "640"
    wait_until(lambda: float(figure(publisher, "Sent").split()[0]) > 10, "a rate", 30)
    publisher.get_by_role("button", name="Stop sending").click()
    wait_for_phase(viewer, "offline")
    publisher.get_by_role("button", name="Start sending").click()
    wait_for_phase(viewer, "live")
    numbers(viewer, WATCHED_NUMBER, 3)
    assert_calm(server.process)


def test_another_quality_while_sending(serve: StartServer, context: BrowserContext) -> None:
    server = serve()
    publisher = publish(context, server.url, "door")
    viewer = watch(context, server.url, "door")
    assert stats(viewer)["height"] == 360
    publisher.evaluate("document.querySelector('#quality').append(new Option('180p', '180'))")
    publisher.get_by_label("Quality").select_option("180")
    wait_for(viewer, f"{PLAYER}.stats.height === 180")
    assert_moves(viewer.locator("stream-player"))
    assert {each["phase"] for each in told(viewer)}.isdisjoint({"lost", "refused"})


def test_a_slow_uplink_gets_fewer_bits_until_it_is_fast(
    serve: StartServer, context: BrowserContext
) -> None:
    server = serve()
    with impaired(server.port, Impairment(up_bps=200_000)) as link:
        publisher = publish(context, f"http://localhost:{link.port}", "door")
        viewer = watch(context, server.url, "door")
        wait_until(lambda: "uplink" in figure(publisher, "at most"), "fewer bits", 60)
        wait_until(lambda: stats(viewer)["fps"] > 5, "pictures that move", 60)
        wait_until(lambda: stats(viewer)["stalenessMs"] < 1000, "new pictures", 30)
        link.impairment = Impairment()
        wait_until(lambda: "uplink" not in figure(publisher, "at most"), "all bits", 90)
        wait_until(lambda: lag(publisher, viewer) <= MAX_LAG, "picture as new", 30)
    assert_calm(server.process)


def test_the_server_is_restarted(start: StartProcess, context: BrowserContext) -> None:
    port = free_port()
    server = serve_at(port, start)
    base = f"http://localhost:{port}"
    publisher = publish(context, base, "door")
    viewer = watch(context, base, "door")
    stop_cleanly(server)
    wait_for_title(publisher, "Connection to the server lost")
    server = serve_at(port, start)
    publisher.get_by_text("Sending to").wait_for(timeout=15_000)
    viewer.reload()
    wait_for_picture(viewer)
    numbers(viewer, WATCHED_NUMBER, 3)
    assert publisher.locator(TITLE).inner_text() == ""
    stop_cleanly(server)
    assert_calm(server)


def serve_at(port: int, start: StartProcess) -> Process:
    """A server on a port that it may have had before."""
    server = start(sys.executable, "-m", "streamer", "serve", "--port", str(port))
    server.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
    return server


def test_without_webcodecs_a_recording_is_sent(
    serve: StartServer, context: BrowserContext
) -> None:
    server = serve()
    publisher = publish(context, server.url, "door", NO_WEBCODECS)
    assert figure(publisher, "Codec") == "WebM"
    viewer = watch(context, server.url, "door")
    assert_in_order(viewer)
    assert_calm(server.process)


def test_a_still_screen_is_seen_by_who_comes_late(
    serve: StartServer, context: BrowserContext
) -> None:
    server = serve()
    page = context.new_page()
    page.add_init_script(STILL_SCREEN)
    page.goto(f"{server.url}/publish?name=desk")
    page.get_by_role("radio", name="Screen").check()
    page.get_by_role("button", name="Choose a screen").click()
    page.get_by_role("button", name="Start sending").click()
    page.get_by_text("Sending to").wait_for(timeout=30_000)
    # Nothing changes any more: what the viewer is shown was sent for it.
    viewer = watch(context, server.url, "desk")
    assert len(staleness_ms(viewer, 1)) == 0, "there is no mark on it"
    assert stats(viewer)["width"] == 640


def test_a_name_has_one_publisher(serve: StartServer, context: BrowserContext) -> None:
    server = serve("taken=pattern:640x360@30")
    first = publish(context, server.url, "door")
    second = open_camera(context, server.url, "door")
    second.get_by_role("button", name="Start sending").click()
    wait_for_title(second, "This name is taken")
    second.get_by_label("Name of the stream").fill("taken")
    second.get_by_role("button", name="Start sending").click()
    wait_until(lambda: "taken" in second.locator(".preview .detail").inner_text(), "reason", 30)
    second.get_by_label("Name of the stream").fill("yard")
    second.get_by_label("Name of the stream").press("Enter")
    second.get_by_text("Sending to").wait_for(timeout=30_000)
    assert first.get_by_text("Sending to").is_visible()


def test_the_page_comes_back_before_the_server_has_noticed_that_it_left(
    serve: StartServer, context: BrowserContext
) -> None:
    server = serve()
    page = publish(context, server.url, "door")
    workers = [pid for pid in server.process.members() if pid != server.process.pid]
    # Nobody takes what is sent: the server does not get as far as our leave.
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: figure(page, "for the uplink") != "0", "pictures left out", 30)
    page.get_by_role("button", name="Stop sending").click()
    page.get_by_role("button", name="Start sending").click()
    wait_for_title(page, "The server still holds the connection of before")
    for pid in workers:
        os.kill(pid, signal.SIGCONT)
    page.get_by_text("Sending to").wait_for(timeout=30_000)


def test_a_refused_camera(serve: StartServer, context: BrowserContext) -> None:
    server = serve()
    context.clear_permissions()
    page = context.new_page()
    page.goto(f"{server.url}/publish")
    page.get_by_role("button", name="Open the camera").click()
    wait_for_title(page, "The camera was refused")
    context.grant_permissions(["camera"])
    page.get_by_role("button", name="Open the camera").click()
    page.get_by_role("button", name="Start sending").wait_for()


def test_a_page_that_is_no_secure_context(serve: StartServer, context: BrowserContext) -> None:
    server = serve("--allow-host", "camera.test")
    page = context.new_page()
    page.goto(f"http://camera.test:{server.port}/publish?name=door")
    wait_for_title(page, "Browsers give no camera to this page")
    said = page.locator(".preview").inner_text()
    assert f"open http://localhost:{server.port}/publish on the server" in said
    assert f"-f mpegts http://camera.test:{server.port}/publish/door" in said.replace("\n", " ")
    assert page.get_by_role("button", name="Open the camera").is_hidden()


@pytest.mark.parametrize(
    ("options", "title"),
    [
        (("--no-publish", "pattern:640x360@30"), "This server takes no pictures"),
        (("--token", "open-sesame"), "This server asks for a token"),
    ],
)
def test_what_keeps_the_page_from_sending_is_said_at_once(
    serve: StartServer, context: BrowserContext, options: tuple[str, ...], title: str
) -> None:
    server = serve(*options)
    page = context.new_page()
    page.goto(f"{server.url}/publish")
    wait_for_title(page, title)
    assert page.get_by_role("button", name="Open the camera").is_hidden()


def test_the_token_goes_along(serve: StartServer, context: BrowserContext) -> None:
    server = serve("--token", "open sesame")
    publisher = publish(context, server.url, "door&token=open%20sesame")
    link = publisher.get_by_role("link", name="Watch door")
    assert link.get_attribute("href") == f"{server.url}/watch/door?token=open%20sesame"
