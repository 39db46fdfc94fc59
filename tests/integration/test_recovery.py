"""The player in Chromium after fragments were lost or spoilt on the way: a picture again, soon."""

from collections.abc import Callable
from typing import cast

import pytest
from playwright.sync_api import Page

from streamer.wire import HEADER_SIZE, Flags, Kind, unpack
from tests.integration.conftest import StartServer
from tests.integration.peeking import SAMPLES, assert_calm
from tests.integration.processes import wait_until
from tests.integration.proxy import proxy
from tests.integration.watching import (
    assert_moves,
    open_page,
    stats,
    told,
    wait_for,
    wait_for_picture,
)

# Keyframes of the clip are 2 s apart; the pattern's encoder makes one when it is asked.
SOURCES = {"asked": "pattern:640x360@30", "awaited": str(SAMPLES / "h264.mp4")}
BACK_WITHIN_S = 10.0
HTML = """<!doctype html><title>proxied</title>
<script type="module" src="/player.js"></script>
<stream-player src="ws://127.0.0.1:{port}/" rendition="copy h264"
  style="display: block; width: 640px; height: 360px"></stream-player>"""
# Keeps the sequence number of every picture that is seen on the canvas with a readable mark.
WATCH = """() => {
  const player = document.querySelector('stream-player');
  globalThis.painted = [];
  const look = async () => {
    const reading = await player.readMark();
    if (reading?.mark && painted.at(-1) !== reading.sequence) painted.push(reading.sequence);
    setTimeout(look, 8);
  };
  look();
}"""


def lose(message: bytes) -> None:
    """Nothing arrives."""


def spoil(message: bytes) -> bytes:
    """The coded picture is overwritten from its middle on."""
    middle = (HEADER_SIZE + len(message)) // 2
    return message[:middle] + b"\xa5" * (len(message) - middle)


def cut(message: bytes) -> bytes:
    """Half of the message is missing."""
    return message[: (HEADER_SIZE + len(message)) // 2]


def behead(message: bytes) -> bytes:
    """The header is of a version that nobody speaks."""
    return b"\x63" + message[1:]


Damage = Callable[[bytes], bytes | None]


class Meddler:
    """Damages one fragment once armed; knows its number and that of the next keyframe."""

    def __init__(self, damage: Damage, keyframe: bool) -> None:
        self._damage = damage
        self._keyframe = keyframe
        self.armed = False
        self.hit: int | None = None
        self.next_keyframe: int | None = None

    def __call__(self, message: bytes) -> bytes | None:
        header, _ = unpack(message)
        is_keyframe = bool(header.flags & Flags.KEYFRAME)
        if header.kind is not Kind.FRAGMENT or not self.armed:
            return message
        if self.hit is None and is_keyframe == self._keyframe:
            self.hit = header.sequence
            return self._damage(message)
        if self.hit is not None and self.next_keyframe is None and is_keyframe:
            self.next_keyframe = header.sequence
        return message


def open_proxied(page: Page, base: str, port: int) -> None:
    """Open a page whose player goes through the proxy on `port`."""
    body = HTML.format(port=port)
    page.route("**/proxied", lambda route: route.fulfill(body=body, content_type="text/html"))
    open_page(page, f"{base}/proxied")


@pytest.mark.parametrize(
    ("damage", "kind", "keyframes"),
    [
        (lose, "delta", "asked"),
        (lose, "keyframe", "asked"),
        (lose, "delta", "awaited"),
        (spoil, "delta", "asked"),
        (spoil, "keyframe", "awaited"),
        (cut, "delta", "awaited"),
        (cut, "keyframe", "asked"),
        (behead, "delta", "asked"),
    ],
)
def test_moves_again_at_the_next_keyframe(
    serve: StartServer, page: Page, damage: Damage, kind: str, keyframes: str
) -> None:
    server = serve("--loop", f"stream={SOURCES[keyframes]}")
    meddler = Meddler(damage, keyframe=kind == "keyframe")
    with proxy(f"ws://127.0.0.1:{server.port}/ws/streams/stream", meddler) as port:
        open_proxied(page, server.url, port)
        wait_for_picture(page)
        page.evaluate(WATCH)
        wait_for(page, "painted.length > 5")
        meddler.armed = True
        wait_until(lambda: meddler.next_keyframe is not None, "next keyframe", BACK_WITHIN_S)
        hit, back = cast(int, meddler.hit), cast(int, meddler.next_keyframe)
        wait_for(page, f"painted.some((n) => n > {back})", BACK_WITHIN_S)
        assert_moves(page.locator("stream-player"))
        seen = cast(list[int], page.evaluate("painted"))
        figures = stats(page)
        phases = {each["phase"] for each in told(page)}
        page.goto("about:blank")
    assert phases.isdisjoint({"offline", "ended", "lost", "refused"})
    if damage is not spoil:  # what is spoilt within, a decoder may conceal
        assert [number for number in seen if hit <= number < back] == []
        assert sum(figures["dropped"].values()) >= 1
    assert_calm(server.process)
