"""Watching by Media Source Extensions, on a page that is no secure context, as on a LAN."""

import sys
from collections.abc import Iterator
from typing import cast

import pytest
from playwright.sync_api import Page

from tests.integration.conftest import Server, StartServer
from tests.integration.processes import wait_until
from tests.integration.tiles import figures, open_wall
from tests.integration.watching import (
    PLAYER,
    assert_moves,
    assert_rendition,
    open_page,
    staleness_ms,
    stats,
    tell_age,
    told,
    wait_for,
    wait_for_picture,
)

PATIENCE_S = 30
MAX_LATENCY_MS = 500
OLD_MS = 2_000  # on a busy machine; usually it is a fiftieth
# The machine may be busy with other things: the best of some rounds must keep the promise.
ROUNDS = 5
PICTURES = 20
STEPS = 10
LONGEST_STEP_MS = 1000  # a busy machine leaves pictures of the pattern out
INSECURE = "plain HTTP: WebCodecs needs https or localhost"

# What the page's `<video>` is, and what is done with its buffer.
SPY = """
globalThis.videos = [];
globalThis.removed = [];
globalThis.spanS = 0;
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (!videos.includes(this)) videos.push(this);
  return play.call(this);
};
const remove = SourceBuffer.prototype.remove;
SourceBuffer.prototype.remove = function (from, to) {
  if (to < Infinity) removed.push(to);
  return remove.call(this, from, to);
};
setInterval(() => {
  const { buffered } = videos.at(-1) ?? {};
  if (!buffered?.length) return;
  spanS = Math.max(spanS, buffered.end(buffered.length - 1) - buffered.start(0));
}, 50);
"""
NO_SOURCE = "delete globalThis.MediaSource; delete globalThis.ManagedMediaSource;"
NO_CODEC = "MediaSource.isTypeSupported = () => false;"
REFUSED = """MediaSource.prototype.addSourceBuffer = () => {
  throw new DOMException('not here', 'NotSupportedError');
};"""
NO_ROOM = """
let appended = 0;
const append = SourceBuffer.prototype.appendBuffer;
SourceBuffer.prototype.appendBuffer = function (bytes) {
  if (++appended > 30) throw new DOMException('full', 'QuotaExceededError');
  return append.call(this, bytes);
};
"""
STUCK = "HTMLVideoElement.prototype.requestVideoFrameCallback = () => 0;"
# Something that is no fragment, once, in the middle of everything.
SPOILT = """
let appended = 0;
const append = SourceBuffer.prototype.appendBuffer;
SourceBuffer.prototype.appendBuffer = function (bytes) {
  return append.call(this, ++appended === 30 ? new Uint8Array(64) : bytes);
};
"""
MARK_MS = f"{PLAYER}.readMark().then(({{ mark }}) => mark && mark.timeUs / 1000)"


def plain(server: Server, path: str) -> str:
    """The address of a page of `server` under a name that is not this machine's own."""
    return f"http://camera.test:{server.port}{path}"


def watch(page: Page, server: Server, path: str, *scripts: str) -> None:
    """Watch on plain HTTP with these scripts before the page's own, until there are pictures."""
    for script in (SPY, *scripts):
        page.add_init_script(script)
    open_page(page, plain(server, path))
    wait_for_picture(page, PATIENCE_S)
    assert page.evaluate("isSecureContext") is False


@pytest.fixture
def lan(serve: StartServer) -> Server:
    """A server that pages may reach as `camera.test`."""
    return serve("--allow-host", "camera.test", "cam=pattern:640x360@30")


def test_pictures_are_young_and_painted_by_the_worker(lan: Server, page: Page) -> None:
    watch(page, lan, "/watch/cam")
    figures = stats(page)
    assert_rendition(figures, "h264")
    assert figures["decoder"] == "MSE"
    assert (figures["decoderReason"], figures["painter"]) == (INSECURE, "worker")
    assert_moves(page.locator("stream-player"), timeout_s=PATIENCE_S)
    assert 0 < min(oldest_ms(page)) < MAX_LATENCY_MS
    page.evaluate(f"{PLAYER}.remove()")
    wait_for(page, "!videos.at(-1).hasAttribute('src')", PATIENCE_S)


def test_the_sources_own_codec_and_a_bounded_memory(serve: StartServer, page: Page) -> None:
    server = serve("clip=samples/clip.mp4", "--loop", "--allow-host", "camera.test")
    watch(page, server, "/watch/clip")
    figures = stats(page)
    assert_rendition(figures, "copy")
    assert figures["decoder"] == "MSE"
    wait_for(page, "removed.length > 2", 60)
    assert page.evaluate("spanS") < 12
    assert {each["phase"] for each in told(page)}.isdisjoint({"lost", "refused", "offline"})


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (NO_SOURCE, INSECURE),
        (NO_CODEC, INSECURE),
        (REFUSED, "this browser cannot decode H.264"),
        (NO_ROOM, "the video element shows no pictures"),
        (STUCK, "the video element shows no pictures"),
    ],
    ids=["no MediaSource", "no codec", "codec refused", "no room", "no picture"],
)
def test_where_it_does_not_work_there_is_jpeg(
    lan: Server, page: Page, script: str, said: str
) -> None:
    watch(page, lan, "/watch/cam", script)
    wait_for(page, f"{PLAYER}.stats?.rendition.startsWith('jpeg')", PATIENCE_S)
    assert_moves(page.locator("stream-player"), timeout_s=PATIENCE_S)
    figures = stats(page)
    assert (figures["decoder"], figures["decoderReason"]) == ("JPEG", said)
    assert 0 < tell_age(page, f"plain HTTP, JPEG as {said}") < OLD_MS


def test_an_element_that_fails_is_replaced(lan: Server, page: Page) -> None:
    watch(page, lan, "/watch/cam", SPOILT)
    wait_for(page, "videos.length > 1", PATIENCE_S)
    assert_moves(page.locator("stream-player"), timeout_s=PATIENCE_S)
    figures = stats(page)
    assert_rendition(figures, "h264")
    assert figures["decoder"] == "MSE"


def test_back_and_forth_in_time(lan: Server, page: Page) -> None:
    watch(page, lan, "/watch/cam")
    wait_for(page, f"{PLAYER}.historyMs > 4000", PATIENCE_S)
    page.evaluate(f"{PLAYER}.pause()")
    wait_for(page, f"{PLAYER}.state.phase === 'paused'", PATIENCE_S)
    paused_ms = mark_ms(page)
    page.evaluate(f"{PLAYER}.seekBy(2000)")
    # Pictures that were on their way when it was paused are still painted.
    back_ms = mark_between(page, paused_ms - 5000, paused_ms - 1000)
    next_ms = back_ms
    for _ in range(STEPS):
        page.evaluate(f"{PLAYER}.step(1)")
        next_ms = mark_between(page, next_ms, next_ms + LONGEST_STEP_MS)
    page.evaluate(f"{PLAYER}.play()")
    mark_between(page, next_ms, paused_ms + 60_000)
    assert stats(page)["shifted"]
    page.evaluate(f"{PLAYER}.live()")
    wait_for(page, f"!{PLAYER}.stats.shifted && {PLAYER}.stats.stalenessMs < 1000", PATIENCE_S)
    assert stats(page)["decoder"] == "MSE"


def oldest_ms(page: Page) -> Iterator[float]:
    """The age of the oldest picture but one in some rounds, up to the first that is good."""
    for _ in range(ROUNDS):
        ages = staleness_ms(page, PICTURES)
        if len(ages) < PICTURES // 2:
            continue
        sys.stdout.write(f"MSE: p50 {ages[len(ages) // 2]:.0f} ms, p95 {ages[-2]:.0f} ms\n")
        yield ages[-2]
        if ages[-2] < MAX_LATENCY_MS:
            break


def mark_ms(page: Page) -> float:
    """The time of the mark on the canvas."""
    return cast(float, page.evaluate(MARK_MS))


def mark_between(page: Page, after_ms: float, before_ms: float) -> float:
    """Wait for a picture with a mark of a time between these; that time."""
    found = [0.0]

    def there() -> bool:
        found.append(mark_ms(page) or 0)
        return after_ms < found[-1] < before_ms

    wait_until(there, f"mark between {after_ms} and {before_ms}", PATIENCE_S)
    return found[-1]


def test_the_wall_plays_small_pictures(serve: StartServer, page: Page) -> None:
    """A tile decodes nothing but JPEG there, and needs no large ones."""
    server = serve("--allow-host", "camera.test", "large=pattern:1280x720@15")
    page.set_viewport_size({"width": 390, "height": 500})
    open_wall(page, plain(server, "/"))
    wait_until(lambda: figures(page, "large").get("rendition") == "jpeg-240-q50", "it small", 30)
