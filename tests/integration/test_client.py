"""Publishing from Python and with `streamer push`, to a real server, seen in Chromium."""

import os
import signal
import statistics
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page

from streamer.app import asset
from tests.integration.conftest import Server, StartProcess, StartRtsp, StartServer
from tests.integration.observers import Observer
from tests.integration.peeking import assert_calm, described
from tests.integration.processes import Process, answers, free_port, running, wait_until
from tests.integration.test_page import best
from tests.integration.watching import (
    assert_moves,
    assert_rendition,
    forget_told,
    open_page,
    staleness_ms,
    stats,
    told,
    wait_for,
    wait_for_phase,
    wait_for_picture,
)

SENDER = Path(__file__).with_name("marked_sender.py")
SAMPLES = asset("samples")
MAX_STALENESS_MS = 80
READINGS = 40
DELIVERED = """
globalThis.delivered = null;
addEventListener('metadata', ({ detail }) => { delivered = detail.data; }, true);
"""


def is_live(port: int, name: str) -> bool:
    return answers(port, f"/watch/{name}") and described(port, name)["phase"] == "live"


def watch_sender(server: Server, start: StartProcess, page: Page, codec: str) -> Process:
    """Publish from Python for a minute, and watch until there is a picture."""
    sender = start(sys.executable, str(SENDER), server.url, codec, "60")
    wait_until(lambda: is_live(server.port, "cam"), "live stream", 15)
    open_page(page, f"{server.url}/watch/cam")
    wait_for_picture(page)
    return sender


def push(start: StartProcess, *arguments: str) -> Process:
    return start(sys.executable, "-m", "streamer", "push", *arguments)


@pytest.mark.parametrize(("codec", "rendition"), [("jpeg", "jpeg"), ("h264", "copy")])
def test_numpy_to_the_browser(
    serve: StartServer, start: StartProcess, page: Page, codec: str, rendition: str
) -> None:
    server = serve()
    sender = watch_sender(server, start, page, codec)
    # On a busy machine the viewer may be moved to a smaller one of the same kind.
    assert stats(page)["rendition"].partition("-")[0] == rendition

    def p50_ms() -> float:
        readings = staleness_ms(page, READINGS)
        assert len(readings) == READINGS
        return statistics.median(readings)

    staleness = best(MAX_STALENESS_MS, p50_ms)
    print(f"\n{codec}: staleness p50 {staleness:.1f} ms")  # noqa: T201
    assert 0 < staleness < MAX_STALENESS_MS
    forget_told(page)
    sender.stop()
    wait_for_phase(page, "offline")
    assert_calm(server.process)


def test_a_server_that_is_restarted_under_a_publisher(
    serve: StartServer, start: StartProcess, page: Page
) -> None:
    server = serve()
    sender = watch_sender(server, start, page, "h264")
    server.process.stop(signal.SIGKILL)
    wait_for_phase(page, "lost")
    serve(port=server.port)
    wait_until(lambda: is_live(server.port, "cam"), "live stream", 30)
    wait_for_phase(page, "live")
    assert_moves(page.locator("stream-player"))
    assert sender.is_running()
    assert "event=not-publishing" in sender.output
    assert "event=publishing-again" in sender.output


def test_a_viewer_that_is_back_before_its_publisher(
    serve: StartServer, start: StartProcess, page: Page
) -> None:
    server = serve()
    sender = watch_sender(server, start, page, "jpeg")
    sender.stop()
    server.process.stop(signal.SIGKILL)
    serve(port=server.port)
    wait_until(lambda: "The stream is not there" in str(told(page)), "refusal", 15)
    start(sys.executable, str(SENDER), server.url, "jpeg", "60")
    wait_for_phase(page, "live")
    assert_moves(page.locator("stream-player"))


@pytest.mark.parametrize(
    ("source", "rendition"),
    [
        (str(SAMPLES / "h264.mp4"), "copy"),
        (str(SAMPLES / "h264-bframes.mp4"), "copy"),
        (str(SAMPLES / "vp9.mp4"), "copy"),
        (str(SAMPLES / "mjpeg.avi"), "jpeg"),
        (str(SAMPLES / "mpeg2.ts"), "copy"),
        ("pattern:640x360@30", "copy"),
    ],
)
def test_push(
    serve: StartServer, start: StartProcess, page: Page, source: str, rendition: str
) -> None:
    server = serve("--token", "a long secret")
    pushing = push(start, source, f"{server.url}/cam", "--token", "a long secret", "--loop")
    name = "/watch/cam?token=a%20long%20secret"
    wait_until(lambda: answers(server.port, name), "stream", 15)
    open_page(page, f"{server.url}{name}")
    wait_for_picture(page)
    assert_rendition(stats(page), rendition)
    assert len(staleness_ms(page, 10)) == 10, "the mark is not read, or the picture stands still"
    assert pushing.is_running()
    pushing.stop()
    wait_for_phase(page, "offline")
    assert_calm(server.process)


def test_push_what_others_publish_here(serve: StartServer, start: StartProcess) -> None:
    server, port = serve(), free_port()
    url = f"rtmp://127.0.0.1:{port}/live/cam"
    pushing = push(start, f"listen:{url}", f"{server.url}/cam")
    wait_until(lambda: "Waiting for a publisher." in pushing.output, "word of it", 20)
    clip = ("-re", "-stream_loop", "-1", "-i", str(SAMPLES / "h264.mp4"), "-an", "-c", "copy")
    observers: list[Observer] = []
    for _ in range(2):
        publisher = start("ffmpeg", "-v", "error", "-nostdin", *clip, "-f", "flv", url)
        begun_s = time.monotonic()
        wait_until(lambda: is_live(server.port, "cam"), "live stream", 20)
        observers = observers or [Observer(server.port, "cam")]
        wait_until(partial(observers[0].moves_since, begun_s), "pictures", 20)
        publisher.stop()
        wait_until(lambda: pushing.output.count("Waiting for a publisher.") > 1, "the loss", 20)
    observers[0].close()
    assert pushing.is_running()


def test_push_a_camera_that_goes_and_comes_back(
    serve: StartServer, start: StartProcess, rtsp: StartRtsp, page: Page
) -> None:
    # At another address than the server, to which it must not seem to lead.
    camera = rtsp(address="127.0.0.2")
    server = serve()
    pushing = push(start, camera.url("h264"), f"{server.url}/publish/cam")
    wait_until(lambda: is_live(server.port, "cam"), "live stream", 15)
    open_page(page, f"{server.url}/watch/cam")
    wait_for_picture(page)
    assert_moves(page.locator("stream-player"))
    forget_told(page)
    camera.process.stop(signal.SIGKILL)
    wait_for_phase(page, "stalled", 15)
    rtsp(port=camera.port, address=camera.address)
    wait_for_phase(page, "live", 20)
    assert_moves(page.locator("stream-player"))
    assert not {"lost", "refused"} & {each["phase"] for each in told(page)}
    assert pushing.is_running()


def test_push_says_why_it_cannot(serve: StartServer, start: StartProcess) -> None:
    server = serve("taken=pattern:320x180@10", "--token", "a long secret")
    for arguments, words in (
        (("nowhere.mp4", f"{server.url}/cam"), "nowhere.mp4 does not exist; check the path."),
        (("pattern:320x180@10", f"{server.url}/cam"), "token"),
        (("exec:yes", f"{server.url}/cam"), "allow it with --allow-exec."),
        (("pattern:320x180@10", "localhost"), "'localhost' is no address of a server"),
    ):
        pushing = push(start, *arguments)
        assert pushing.wait(15) == 2, pushing.output
        last = pushing.output.splitlines()[-1]
        assert last.startswith("streamer: ")
        assert words in last


def test_imshow_without_a_server(start: StartProcess, page: Page) -> None:
    script = start(sys.executable, str(SAMPLES / "boxes.py"))
    url = script.wait_for_line("Watch 'boxes' at ")
    page.add_init_script(DELIVERED)
    open_page(page, url)
    wait_for_picture(page)
    assert_moves(page.locator("stream-player"))
    wait_for(page, "delivered?.text?.startsWith('picture ')")
    assert page.evaluate("delivered.boxes[0].label") == "square"
    children = [pid for pid, _ in running() if parent(pid) == script.pid]
    assert len(children) == 1
    os.kill(script.pid, signal.SIGKILL)
    wait_until(lambda: children[0] not in dict(running()), "end of the server", 30)
    wait_until(lambda: not answers(int(url.split(":")[2].split("/")[0]), "/healthz"), "end", 30)


def parent(pid: int) -> int:
    """The process that started it, as far as it is known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(stat.rpartition(")")[2].split()[1])
