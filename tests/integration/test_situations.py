"""What a browser may lack or get wrong, one thing at a time, and how it is watched all the same.

Scripts of a test reach the page, not its workers: so each begins by taking OffscreenCanvas away.
"""

import pytest
from playwright.sync_api import Page

from tests.integration.conftest import Server, StartServer
from tests.integration.watching import (
    PLAYER,
    assert_moves,
    assert_rendition,
    open_page,
    stats,
    tell_age,
    told,
    wait_for,
    wait_for_picture,
)

ON_THE_PAGE = """
delete globalThis.OffscreenCanvas;
delete HTMLCanvasElement.prototype.transferControlToOffscreen;
"""
OLD_MS = 2_000  # on a busy machine; usually it is a fiftieth
NO_WEBCODECS = "delete globalThis.VideoDecoder;"
# A decoder that says it can, and then cannot.
REFUSING = """
const configure = VideoDecoder.prototype.configure;
VideoDecoder.prototype.configure = function (config) {
  if (/%s/.test(config.codec)) throw new DOMException('not here', 'NotSupportedError');
  return configure.call(this, config);
};
"""
# A decoder that dies, twice, in the middle of everything.
DYING = """
globalThis.decoders = 0;
const Whole = VideoDecoder;
globalThis.VideoDecoder = class extends Whole {
  #error;
  #count = 0;
  constructor(init) {
    super(init);
    this.#error = init.error;
    decoders += 1;
  }
  decode(chunk) {
    super.decode(chunk);
    if (decoders > 2 || ++this.#count !== 20) return;
    this.close();
    this.#error(new DOMException('broken', 'EncodingError'));
  }
};
"""


def watch(page: Page, url: str, *scripts: str) -> None:
    """Watch with these scripts before the page's own, until there are some pictures."""
    for script in (ON_THE_PAGE, *scripts):
        page.add_init_script(script)
    open_page(page, url)
    wait_for_picture(page)
    assert_moves(page.locator("stream-player"))


@pytest.mark.parametrize("rendition", ["h264", "jpeg"])
def test_no_offscreen_canvas(server: Server, page: Page, rendition: str) -> None:
    watch(page, f"{server.url}/embed/pattern?rendition={rendition}")
    figures = stats(page)
    assert figures["painter"] == "page"
    assert_rendition(figures, rendition)
    assert 0 < tell_age(page, f"no OffscreenCanvas, {rendition}") < OLD_MS


def test_no_webcodecs(server: Server, page: Page) -> None:
    watch(page, f"{server.url}/watch/pattern", NO_WEBCODECS)
    figures = stats(page)
    assert (figures["decoder"], figures["decoderReason"]) == (
        "MSE",
        "this browser has no WebCodecs",
    )
    assert 0 < tell_age(page, "no WebCodecs, on the page") < OLD_MS


@pytest.mark.parametrize(
    ("refused", "rendition"), [("avc1.64", "h264"), ("avc1", "jpeg")], ids=["copy", "all"]
)
def test_a_codec_that_cannot_be_decoded(
    serve: StartServer, page: Page, refused: str, rendition: str
) -> None:
    server = serve("--loop", "clip=samples/clip.mp4")  # High profile; ours is Baseline
    watch(page, f"{server.url}/watch/clip", REFUSING % refused)
    wait_for(page, f"{PLAYER}.stats?.rendition === '{rendition}'")
    assert stats(page)["renditionReason"]
    assert {each["phase"] for each in told(page)}.isdisjoint({"lost", "refused", "offline"})
    assert 0 < tell_age(page, f"{refused} refused, {rendition}") < OLD_MS


def test_a_decoder_that_dies_is_replaced(server: Server, page: Page) -> None:
    watch(page, f"{server.url}/watch/pattern", DYING)
    wait_for(page, "decoders === 3")
    assert_moves(page.locator("stream-player"))
    figures = stats(page)
    assert_rendition(figures, "h264")
    assert figures["dropped"]["broken"] > 0
    assert 0 < tell_age(page, "a decoder that died twice") < OLD_MS
