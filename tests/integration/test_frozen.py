"""A picture that stands still is told everywhere, and a slate stands in where there is none."""

import io
import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page

from tests.integration.conftest import StartRtsp, StartServer
from tests.integration.peeking import ask, asking, assert_calm, described
from tests.integration.processes import free_port, wait_until
from tests.integration.watching import open_page, wait_for_phase, wait_for_picture

SLATE_SIZE = (1280, 720)


def write_picture(path: Path, colour: str) -> None:
    """Replace a picture file at once, as nobody may see half of it."""
    fresh = path.with_name("fresh.png")
    Image.radial_gradient("L").convert("RGB").resize((640, 360)).save(fresh)
    with Image.open(fresh) as image:
        image.paste(colour, (200, 100, 440, 260))
        image.save(fresh)
    fresh.rename(path)


def told_s(message: Locator) -> int:
    """For how long the picture has not changed, as the page tells; 0 before it does."""
    words = " ".join(message.inner_text().split())
    found = re.fullmatch(r"Picture has not changed for (\d+) s", words)
    return int(found[1]) if found else 0


def frozen_s(port: int) -> float:
    """What the metrics say."""
    lines = ask(port, "/metrics").body.decode().splitlines()
    (line,) = [line for line in lines if line.startswith('streamer_frozen_seconds{stream="cam"}')]
    return float(line.split()[-1])


def test_a_frozen_picture_is_told_and_taken_back(
    serve: StartServer, page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "now.png"
    write_picture(path, "teal")
    server = serve("--freeze-after", "2", f"cam=image:{path}?fps=10")
    open_page(page, f"{server.url}/watch/cam")
    wait_for_picture(page)
    wait_for_phase(page, "frozen", 6)
    message = page.locator("stream-player .message")
    wait_until(lambda: told_s(message) >= 4, "word of four seconds", 15, message.inner_text)
    assert described(server.port, "cam")["frozen_ms"] >= 2000
    assert frozen_s(server.port) >= 2
    write_picture(path, "maroon")
    wait_for_phase(page, "live", 4)
    assert described(server.port, "cam")["frozen_ms"] is None
    assert frozen_s(server.port) == 0
    page.goto(f"{server.url}/")
    word = page.locator(".tile .word")
    wait_until(lambda: word.inner_text().startswith("frozen "), "a word on the tile", 30)
    assert_calm(server.process)


def test_a_camera_that_moves_is_not_frozen(
    serve: StartServer, rtsp: StartRtsp, page: Page
) -> None:
    server = serve("--freeze-after", "2", f"cam={rtsp().url('h264')}")
    open_page(page, f"{server.url}/watch/cam")
    wait_for_picture(page)
    wait_until(lambda: described(server.port, "cam")["frozen_ms"] is None, "no freeze", 30)
    page.wait_for_timeout(4000)
    assert described(server.port, "cam")["frozen_ms"] is None
    assert_calm(server.process)


def picture_in(part: bytes) -> Image.Image:
    return Image.open(io.BytesIO(part[part.index(b"\xff\xd8") :]))


def test_plain_clients_see_a_slate_until_the_camera_is_there(
    serve: StartServer, rtsp: StartRtsp
) -> None:
    port = free_port()
    server = serve("--slate", f"cam=rtsp://127.0.0.1:{port}/mjpeg")
    answer = ask(server.port, "/streams/cam/snapshot.jpg")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    assert picture_in(answer.body).size == SLATE_SIZE
    with asking(server.port, "/streams/cam/stream.mjpeg") as response:
        assert picture_in(response.read1(500_000)).size == SLATE_SIZE
        rtsp(port=port)
        sizes = set[tuple[int, int]]()

        def is_live() -> bool:
            part = response.read1(500_000)
            if b"\xff\xd8" in part:
                sizes.add(picture_in(part).size)
            return (640, 360) in sizes

        wait_until(is_live, "picture of the camera", 15)
    assert_calm(server.process)
