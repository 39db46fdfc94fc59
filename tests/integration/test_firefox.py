"""The pages in Firefox: the wall, watching with and without WebCodecs, and sending a camera."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import StartServer
from tests.integration.firefox import Firefox, firefox
from tests.integration.peeking import described
from tests.integration.processes import wait_until
from tests.integration.tiles import RECORD_TILES
from tests.integration.watching import PLAYER, assert_rendition

ESCAPE = "\ue00c"
LIST = f"{PLAYER}.shadowRoot.querySelector('select')"
PATTERN = "cam=pattern:640x360@15"
PATIENCE_S = 10
AGE_MS = f"""(async () => {{
  const {{ ageUs }} = await import('/mark/mark.js');
  const {{ mark, paintedUs }} = await {PLAYER}.readMark();
  return mark && paintedUs !== null ? ageUs(mark, paintedUs) / 1000 : null;
}})()"""


@pytest.fixture
def fox(tmp_path: Path) -> Iterator[Firefox]:
    """Firefox, for which `camera.test` is this machine, as on a LAN."""
    with firefox(tmp_path) as tab:
        yield tab


def press(fox: Firefox, name: str) -> None:
    """Press the button with that text, once it is there."""
    button = f"[...document.querySelectorAll('button')].find((b) => b.textContent === '{name}')"
    fox.wait_for(f"{button} && !{button}.hidden")
    fox.evaluate(f"{button}.click()")


def assert_young(fox: Firefox, where: str) -> None:
    """Pictures are painted soon after they were taken, and none before."""
    ages_ms: list[float] = []

    def is_young() -> bool:
        age_ms = fox.evaluate(AGE_MS)
        if age_ms is not None:
            ages_ms.append(age_ms)
        return age_ms is not None and age_ms < 1000

    wait_until(is_young, "young picture", PATIENCE_S, lambda: str(ages_ms[-20:]))
    print(f"\n{where}: age of a painted picture {ages_ms[-1]:.0f} ms")  # noqa: T201
    assert min(ages_ms) > 0


def test_watching(serve: StartServer, fox: Firefox) -> None:
    server = serve(PATTERN)
    fox.open(f"{server.url}/watch/cam")
    fox.wait_for(f"{PLAYER}.stats?.painted > 20")
    stats = fox.evaluate(f"{PLAYER}.stats")
    assert_rendition(stats, "h264")
    assert (stats["decoder"], stats["painter"]) == ("WebCodecs", "worker")
    assert_young(fox, "Firefox")
    fox.evaluate(f"{PLAYER}.setAttribute('rendition', 'jpeg')")
    fox.wait_for(f"{PLAYER}.stats.decoder === 'JPEG' && {PLAYER}.stats.fps > 5")


def test_escape_in_the_list_of_renditions_does_not_leave(serve: StartServer, fox: Firefox) -> None:
    server = serve(PATTERN)
    fox.open(f"{server.url}/watch/cam")
    fox.wait_for(f"{PLAYER}?.catalog.length > 0")
    fox.evaluate(f"{LIST}.focus()")
    fox.press(" ")
    fox.wait_for(f"{LIST}.matches(':open')")
    fox.press(ESCAPE)
    fox.evaluate(f"{PLAYER}.focus()")
    fox.press("i")
    fox.wait_for(f"{PLAYER}.shadowRoot.querySelector('.statistics')")
    assert fox.evaluate("location.pathname") == "/watch/cam"


def test_watching_on_plain_http(serve: StartServer, fox: Firefox) -> None:
    server = serve("--allow-host", "camera.test", PATTERN)
    fox.open(f"http://camera.test:{server.port}/watch/cam")
    assert fox.evaluate("isSecureContext") is False
    fox.wait_for(f"{PLAYER}.stats?.painted > 20")
    assert fox.evaluate(f"{PLAYER}.stats.decoder") == "MSE"
    assert_young(fox, "Firefox, MSE")


def test_the_wall(serve: StartServer, fox: Firefox) -> None:
    server = serve("a=pattern:320x180@15", "b=pattern:320x180@15")
    fox.open(server.url, RECORD_TILES)
    painted = "[...document.querySelectorAll('.tile')].filter((tile) => tile.stats?.painted > 10)"
    fox.wait_for(f"{painted}.length === 2")


def test_sending(serve: StartServer, fox: Firefox) -> None:
    server = serve()
    fox.open(f"{server.url}/publish?name=door")
    press(fox, "Open the camera")
    press(fox, "Start sending")
    fox.wait_for("document.body.innerText.includes('Sending to')")
    wait_until(lambda: described(server.port, "door")["phase"] == "live", "the camera", 30)
    # Firefox's H.264 holds twenty pictures back, so it is passed over.
    assert described(server.port, "door")["codec"] == "vp8"
