"""Every state in which somebody may find a page, and how to bring a page into it.

`python -m tests.integration.looks [NAME ...]` writes a screenshot of each, light and dark, in
three sizes of window, to build/looks/.
"""

import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from streamer import Publisher
from streamer.clock import SystemClock
from tests.integration.conftest import CAMERA, RTSP_SERVER, launched
from tests.integration.observers import Observer
from tests.integration.processes import Process, answers, free_port, wait_until
from tests.integration.tiles import RECORD_TILES
from tests.integration.watching import PLAYER, wait_for, wait_for_phase
from tests.peers import DEBIAN_PYTHON

FOLDER = Path("build/looks")
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES = ((390, 844), (1280, 720), (2560, 1440))
CLIP = Path("samples/clip.mp4")
MANY = 30
LATE_US = 1_400_000
LATE_FPS = 10
SETTLE_MS = 700


@dataclass(frozen=True, slots=True)
class Look:
    """A state of a page: its path, how to get there, and which streams the wall is told of."""

    name: str
    path: str
    bring: Callable[[Page], None]
    streams: Callable[[str], bool] | None = None


def live(page: Page) -> None:
    """Wait until the player is live and the figures have settled."""
    wait_for_phase(page, "live", 20)
    wait_for(page, f"{PLAYER}.stats?.painted > 10", 20)


def phase(name: str) -> Callable[[Page], None]:
    """Wait until the player is in a phase."""
    return lambda page: wait_for_phase(page, name, 20)


def last_picture(page: Page) -> None:
    """Wait until the last picture stands behind the reason."""
    wait_for_phase(page, "offline", 20)
    page.locator("stream-player .still").wait_for()
    page.locator("stream-player .message.over").wait_for()


def press(key: str) -> Callable[[Page], None]:
    """Wait until the player is live, then press a key."""

    def bring(page: Page) -> None:
        live(page)
        page.keyboard.press(key)
        page.mouse.move(200, 200)
        if key == "i":
            wait_for(page, f"{PLAYER}.stats?.painted > 150", 20)

    return bring


def kept(page: Page) -> None:
    """Wait until some of the past is kept."""
    live(page)
    wait_for(page, f"{PLAYER}.historyMs > 4000", 20)


def shifted(page: Page) -> None:
    """Go back and pause there, with the mouse on the line over the bar."""
    kept(page)
    page.keyboard.press("j")
    wait_for_phase(page, "shifted")
    page.keyboard.press("k")
    wait_for_phase(page, "paused")
    page.locator("stream-player .range").hover()
    page.locator("stream-player .preview").wait_for()


def menu(page: Page) -> None:
    """Open the menu behind the three dots."""
    live(page)
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem").first.wait_for()


def all_tiles(page: Page) -> None:
    """Wait until every tile that is seen knows how it is."""
    page.locator(".tile").first.wait_for()
    known = "document.querySelector('.tile')?.state?.hasPicture"
    wait_for(page, known, 30)
    seen = "[...document.querySelectorAll('.tile')].filter((tile) => tile.state)"
    wait_for(page, f"{seen}.every(({{ state }}) => !/opening|waiting/.test(state.phase))", 30)
    page.mouse.move(1, 1)


def empty(page: Page) -> None:
    """Wait for the sentence of an empty wall."""
    page.locator(".empty").wait_for()


def asked(page: Page) -> None:
    """Come without the token."""
    page.route("**/api/streams*", lambda route: route.fulfill(status=401))
    page.reload()
    page.get_by_label("Token").wait_for()


def wall_help(page: Page) -> None:
    """Open the list of keys on the wall."""
    all_tiles(page)
    page.keyboard.press("?")


def nothing(page: Page) -> None:
    """Wait for the page that sends."""
    page.get_by_role("button", name="Open the camera").wait_for()


def sending(page: Page) -> None:
    """Send the camera."""
    nothing(page)
    page.get_by_role("button", name="Open the camera").click()
    page.get_by_role("button", name="Start sending").click()
    page.get_by_text("Sending to").wait_for(timeout=20_000)


def refused(page: Page) -> None:
    """Try to send under a name that is taken."""
    nothing(page)
    page.get_by_role("button", name="Open the camera").click()
    page.get_by_role("button", name="Start sending").click()
    page.get_by_text("has a source of its own").first.wait_for(timeout=20_000)


LOOKS = (
    Look("wall-1", "/", all_tiles, lambda name: name == "street"),
    Look("wall-2", "/", all_tiles, lambda name: name in {"street", "test"}),
    Look("wall-4", "/", all_tiles, lambda name: name in {"street", "test", "gone", "frozen"}),
    Look("wall-30", "/", all_tiles, lambda name: name.startswith("camera")),
    Look("wall-empty", "/", empty, lambda _: False),
    Look("wall-token", "/", asked),
    Look("wall-help", "/", wall_help, lambda name: name in {"street", "test"}),
    Look("watch-live", "/watch/street", live),
    Look("watch-behind", "/watch/late", live),
    Look("watch-connecting", "/watch/silent", phase("connecting")),
    Look("watch-offline", "/watch/gone", last_picture),
    Look("watch-never", "/watch/never", phase("offline")),
    Look("watch-error", "/watch/nobody", phase("refused")),
    Look("watch-frozen", "/watch/frozen", phase("frozen")),
    Look("watch-statistics", "/watch/street", press("i")),
    Look("watch-shifted", "/watch/street", shifted),
    Look("watch-menu", "/watch/street", menu),
    Look("watch-help", "/watch/street", press("?")),
    Look("embed", "/embed/street", live),
    Look("embed-offline", "/embed/gone", last_picture),
    Look("publish-idle", "/publish?name=door", nothing),
    Look("publish-sending", "/publish?name=door", sending),
    Look("publish-refused", "/publish?name=street", refused),
)


@contextmanager
def studio() -> Iterator[str]:
    """A server with all streams that the looks need; its address."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        still = folder / "still.png"
        Image.radial_gradient("L").resize((640, 360)).save(still)
        rtsp = Process((DEBIAN_PYTHON, str(RTSP_SERVER)), folder / "rtsp.log")
        stack.callback(rtsp.clear)
        gone = f"rtsp://127.0.0.1:{rtsp.wait_for_line('ready ')}/h264"
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = free_port()
        sources = {
            "street": str(CLIP),
            "test": "pattern:1280x720@30",
            "gone": gone,
            "never": "rtsp://127.0.0.1:1/never",
            "frozen": f"image:{still}?fps=10",
            "silent": f"rtsp://127.0.0.1:{silent.getsockname()[1]}/silent",
            **{f"camera-{number:02}": str(CLIP) for number in range(1, MANY + 1)},
        }
        command = (sys.executable, "-m", "streamer", "serve", "--loop")
        patience = ("--freeze-after", "2", "--open-timeout", "60")
        named = [f"{name}={source}" for name, source in sources.items()]
        server = Process((*command, *patience, "--port", str(port), *named), folder / "server.log")
        stack.callback(server.clear)
        server.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
        stack.enter_context(late_publisher(port))
        observer = Observer(port, "gone")  # who is there, so that the last picture is kept
        stack.callback(observer.close)
        wait_until(lambda: len(observer.pictures) > 1, "a picture of the camera", 20)
        rtsp.stop(signal.SIGKILL)
        yield f"http://localhost:{port}"


@contextmanager
def late_publisher(port: int) -> Iterator[None]:
    """Publish pictures that were taken a while ago."""
    over = threading.Event()
    clock = SystemClock()

    def send() -> None:
        with Publisher(f"http://127.0.0.1:{port}", "late") as publisher:
            slope = np.linspace(30, 90, 640, dtype=np.uint8)
            picture = np.broadcast_to(slope[None, :, None], (360, 640, 3)).copy()
            while not over.wait(1 / LATE_FPS):
                picture = np.roll(picture, 8, axis=1)
                publisher.send(picture, captured_us=clock.wall_us() - LATE_US)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def look_at(browser: Browser, url: str, look: Look) -> Iterator[Page]:
    """A page in that state."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, permissions=["camera"], reduced_motion="reduce"
    )
    page = context.new_page()
    page.add_init_script(RECORD_TILES)
    if look.streams is not None:
        page.route("**/api/streams*", only(look.streams))
    page.goto(url + look.path)
    try:
        look.bring(page)
        yield page
    finally:
        page.unroute_all(behavior="ignoreErrors")  # one may be on its way
        context.close()


def only(wanted: Callable[[str], bool]) -> Callable[[Route], None]:
    """Let the page know of some streams alone."""

    def answer(route: Route) -> None:
        response = route.fetch(max_retries=3)
        streams = [each for each in response.json()["streams"] if wanted(each["name"])]
        route.fulfill(response=response, json={"streams": streams})

    return answer


def main(names: Sequence[str]) -> None:
    """Write the screenshots."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with studio() as url, launched(CAMERA) as browser:
        for look in LOOKS:
            if names and look.name not in names:
                continue
            with look_at(browser, url, look) as page:
                shoot(page, look.name)


def shoot(page: Page, name: str) -> None:
    """Screenshots of a page in each size and theme."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(SETTLE_MS)
            path = FOLDER / f"{name}-{width}-{theme}.png"
            page.screenshot(path=path)
            print(path, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
