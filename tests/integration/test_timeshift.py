"""Back and forth in time in Chromium, by the marks on the canvas."""

import json
from typing import Any, TypedDict, cast

import pytest
from playwright.sync_api import Page

from tests.integration.conftest import StartServer
from tests.integration.peeking import SAMPLES, assert_calm
from tests.integration.processes import wait_until
from tests.integration.watching import (
    PLAYER,
    assert_moves,
    open_page,
    wait_for,
    wait_for_phase,
    wait_for_picture,
)

FRAME_MS = 1000 / 30
LEFT_OUT_MS = 500
CLIP_FRAMES = 100  # of the clip with frames between
# The mark on the canvas, and how old it is by the server's clock.
LOOK = """async () => {
  const { ageUs } = await import('/mark/mark.js');
  const { mark, paintedUs } = await document.querySelector('stream-player').readMark();
  const { timeUs, sequence } = mark;
  return { ms: timeUs / 1000, sequence, ageMs: ageUs(mark, paintedUs) / 1000 };
}"""
NO_WORKER = "delete HTMLCanvasElement.prototype.transferControlToOffscreen;"
# What a browser does to a page that is behind others, and tools do not.
HIDE, SHOW = (
    f"""() => {{
      Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }});
      document.dispatchEvent(new Event('visibilitychange'));
    }}"""
    for hidden in ("true", "false")
)


class Look(TypedDict):
    """The mark of the picture on the canvas; how old it was when it was painted."""

    ms: float
    sequence: int
    ageMs: float


def look(page: Page) -> Look:
    return cast(Look, page.evaluate(LOOK))


def another(page: Page, before: Look) -> Look:
    """Wait for another picture than before."""
    wait_until(lambda: look(page)["ms"] != before["ms"], "another picture", 15)
    return look(page)


def ten_seconds_before(page: Page, after: Look) -> Look:
    """Wait for the picture of then, or the one before, as a busy machine leaves some out."""
    found = [after]

    def there() -> bool:
        found.append(look(page))
        return -1.5 * FRAME_MS < after["ms"] - found[-1]["ms"] - 10_000 < LEFT_OUT_MS

    wait_until(there, "picture of ten seconds before", 30, lambda: str(found[::50]))
    return found[-1]


def press(page: Page, key: str, until: str = "true") -> None:
    page.keyboard.press(key)
    wait_for(page, until)


def watch(page: Page, url: str, seconds: float) -> None:
    """Open a page with a player and let it play until so much of the past is kept."""
    open_page(page, url)
    wait_for_picture(page)
    wait_for(page, f"{PLAYER}.historyMs > {seconds * 1000}", seconds + 10)


def test_a_pause_ten_seconds_back_and_live_again(serve: StartServer, page: Page) -> None:
    server = serve("pattern=pattern:640x360@30", "--history", "60")
    watch(page, f"{server.url}/watch/pattern", 11)
    press(page, "k")
    wait_for_phase(page, "paused")
    paused = look(page)
    wait_for(page, f"{PLAYER}.behindMs > 20000", 25)
    assert look(page) == paused, "the picture moves while it is paused"

    page.keyboard.press("j")
    press(page, "j", f"{PLAYER}.stats.shifted && {PLAYER}.behindMs > 30000")
    back = ten_seconds_before(page, paused)

    # A busy machine leaves pictures of the pattern out; those that there are follow each other.
    press(page, ",")
    one_back = another(page, back)
    press(page, ",")
    two_back = another(page, one_back)
    assert two_back["sequence"] < one_back["sequence"] < back["sequence"]
    press(page, ".")
    assert another(page, two_back)["sequence"] == one_back["sequence"]

    press(page, "k")
    wait_for_phase(page, "shifted")
    wait_until(lambda: look(page)["ms"] > back["ms"] + 1000, "moving picture", 30)
    ages = [look(page)["ageMs"] for _ in range(10)]
    # On a busy machine it falls back; `tests/test_timeshift.py` looks at the pace itself.
    assert max(ages) - min(ages) < 2000, "the past does not go on at the speed of life"
    assert min(ages) > 29_000

    press(page, "End")
    wait_for_phase(page, "live")
    wait_until(lambda: look(page)["ageMs"] < 1000, "live picture", 5, lambda: str(look(page)))
    assert_moves(page.locator("stream-player"))
    assert page.evaluate(f"{PLAYER}.paused") is False
    assert_calm(server.process)


def test_a_pause_ends_where_it_began_and_the_start_is_the_oldest(
    serve: StartServer, page: Page
) -> None:
    server = serve("pattern=pattern:640x360@30", "--history", "4")
    watch(page, f"{server.url}/watch/pattern", 4)
    press(page, "Space")
    wait_for_phase(page, "paused")
    paused = look(page)
    wait_for(page, f"{PLAYER}.behindMs > 2000")
    press(page, "Space")
    wait_for_phase(page, "shifted")
    wait_until(lambda: look(page)["sequence"] > paused["sequence"] + 10, "moving picture", 30)
    assert look(page)["ageMs"] > 1900
    press(page, "Home", f"{PLAYER}.behindMs > 3500")
    wait_until(lambda: look(page)["ageMs"] > 3500, "oldest picture", 30)
    for _ in range(3):
        page.keyboard.press("l")
    wait_for_phase(page, "live")
    wait_until(lambda: look(page)["ageMs"] < 1000, "live picture", 30)
    assert_calm(server.process)


@pytest.mark.parametrize(("host", "decoder"), [("localhost", "WebCodecs"), ("camera.test", "MSE")])
def test_frames_of_a_source_with_frames_between(
    serve: StartServer, page: Page, host: str, decoder: str
) -> None:
    """Its decoder holds pictures back, and they come in another order than they are shown."""
    clip = f"clip={SAMPLES / 'h264-bframes.mp4'}"
    server = serve(clip, "--loop", "--history", "60", "--allow-host", "camera.test")
    watch(page, f"http://{host}:{server.port}/watch/clip", 3)
    assert page.evaluate(f"{PLAYER}.stats.rendition") == "copy"
    assert page.evaluate(f"{PLAYER}.stats.decoder") == decoder
    press(page, "k")
    wait_for_phase(page, "paused")
    before = look(page)
    seen = [before["sequence"]]
    for key in ",,,..,.":
        page.keyboard.press(key)
        before = another(page, before)
        seen.append(before["sequence"])
    start = seen[0]
    # It may have been paused right after the clip began again.
    assert seen == [(start + step) % CLIP_FRAMES for step in (0, -1, -2, -3, -2, -1, -2, -1)]
    press(page, "k")
    wait_for_phase(page, "shifted")
    assert_moves(page.locator("stream-player"))
    assert_calm(server.process)


@pytest.mark.parametrize("rendition", ["jpeg"])
def test_the_past_in_single_pictures(serve: StartServer, page: Page, rendition: str) -> None:
    server = serve("--allow-host", "camera.test", "pattern=pattern:640x360@30")
    page.add_init_script("delete globalThis.MediaSource; delete globalThis.ManagedMediaSource;")
    watch(page, f"http://camera.test:{server.port}/watch/pattern", 3)
    assert page.evaluate(f"{PLAYER}.stats.rendition") == rendition
    press(page, "j", f"{PLAYER}.stats.shifted")
    wait_until(lambda: look(page)["ageMs"] > 2000, "old picture", 5, lambda: str(look(page)))
    assert_moves(page.locator("stream-player"))
    press(page, "k")
    wait_for_phase(page, "paused")
    sequence = look(page)["sequence"]
    press(page, ",")
    wait_until(lambda: look(page)["sequence"] < sequence, "picture before", 30)
    press(page, "End")
    wait_until(lambda: look(page)["ageMs"] < 1000, "live picture", 30)
    assert_calm(server.process)


def test_the_line_shows_and_sets_the_place(serve: StartServer, page: Page) -> None:
    server = serve("pattern=pattern:640x360@30")
    watch(page, f"{server.url}/watch/pattern", 4)
    player = page.locator("stream-player")
    scrubber = player.locator(".range")
    assert scrubber.get_attribute("aria-valuetext") == "Live"
    box = cast(dict[str, Any], scrubber.bounding_box())
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    wait_until(lambda: player.locator(".preview canvas").is_visible(), "thumbnail", 30)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    wait_for_phase(page, "shifted")
    wait_until(lambda: "behind" in player.locator(".badge").inner_text(), "badge", 30)
    assert 1500 < page.evaluate(f"{PLAYER}.behindMs") < 4500
    back = player.locator(".live")
    assert back.inner_text() == "Return to live"
    parts = "querySelectorAll('.bar :is(.behind, .live)')"
    order = f"[...{PLAYER}.shadowRoot.{parts}].map(({{ className }}) => className)"
    assert page.evaluate(order) == ["behind", "live"], "reads as the age of what is live"
    back.click()
    wait_for_phase(page, "live")
    assert back.inner_text() == "Live"


@pytest.mark.parametrize("hasty", ["pause play pause", "live pause"])
def test_of_what_is_asked_for_hastily_the_last_counts(
    serve: StartServer, page: Page, hasty: str
) -> None:
    server = serve("pattern=pattern:640x360@30")
    watch(page, f"{server.url}/watch/pattern", 1)
    page.evaluate("".join(f"{PLAYER}.{each}();" for each in hasty.split()))
    wait_for(page, f"{PLAYER}.behindMs > 1500")
    assert page.evaluate(f"{PLAYER}.paused") is True
    press(page, "k")
    wait_for_phase(page, "shifted")
    assert_moves(page.locator("stream-player"))
    assert_calm(server.process)


def test_a_page_that_is_hidden_and_then_paused_keeps_its_place(
    serve: StartServer, page: Page
) -> None:
    """As by a key for all players; the engine is on the page, where it can be overheard."""
    server = serve("pattern=pattern:640x360@30")
    page.add_init_script(NO_WORKER)
    said: list[str] = []
    page.on(
        "websocket", lambda socket: socket.on("framesent", lambda text: said.append(str(text)))
    )
    watch(page, f"{server.url}/watch/pattern", 1)
    pauses = [{"keep": False}, {"keep": True}]
    page.evaluate(HIDE)
    page.evaluate(f"{PLAYER}.pause()")
    wait_for_phase(page, "paused")

    def paused() -> list[dict[str, bool]]:
        page.evaluate("true")  # what is overheard comes with answers
        found = [json.loads(each) for each in said if '"pause"' in each]
        return [{"keep": each["keep"]} for each in found]

    wait_until(lambda: paused() == pauses, "both", 30, lambda: str(paused()))
    wait_for(page, f"{PLAYER}.behindMs > 2000", 30)
    page.evaluate(f"{PLAYER}.play()")
    page.evaluate(SHOW)
    wait_for_phase(page, "shifted", 30)
    assert_calm(server.process)
