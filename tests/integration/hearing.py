"""What a page lets out: when it beeps and when it flashes, seen from outside of the player.

A tap in the audio graph counts samples up to each beep and takes what the browser says of when
they are heard; the square of the pattern is read from the page's canvas before each frame that the
browser shows. Both are on the page's clock, and neither knows anything of the player.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from playwright.sync_api import Browser, Page

from tests.integration.watching import PLAYER, open_page, wait_for, wait_for_picture

TAP = """
registerProcessor('tap', class extends AudioWorkletProcessor {
  quiet = sampleRate;
  process([[samples]]) {
    if (!samples) this.quiet += 128;
    for (let at = 0; at < (samples?.length ?? 0); at++) {
      this.quiet += 1;
      if (Math.abs(samples[at]) < 0.02) continue;
      if (this.quiet > sampleRate / 5) this.port.postMessage(currentFrame + at);
      this.quiet = 0;
    }
    return true;
  }
});
"""
# Runs before the page's own scripts: taps whatever is connected to a loudspeaker.
OBSERVE = """
globalThis.beeps = [];
globalThis.flashes = [];
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
  if (target instanceof AudioDestinationNode) void tap(this);
  return connect.call(this, target, ...rest);
};
async function tap(node) {
  const { context } = node;
  const url = URL.createObjectURL(new Blob([TAP], { type: 'text/javascript' }));
  await context.audioWorklet.addModule(url);
  const probe = new AudioWorkletNode(context, 'tap', { numberOfOutputs: 0 });
  connect.call(node, probe);
  const zeros = [];
  setInterval(() => {
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    zeros.push(performanceTime - contextTime * 1000);
    if (zeros.length > 31) zeros.shift();
  }, 50);
  probe.port.onmessage = ({ data }) => {
    const zero = [...zeros].sort((a, b) => a - b)[zeros.length >> 1];
    beeps.push(zero + (data / context.sampleRate) * 1000);
  };
}
const pixel = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
  .getContext('2d', { willReadFrequently: true });
let wasWhite = true;
function look(atMs) {
  const canvas = document.querySelector('stream-player')?.shadowRoot.querySelector('canvas');
  if (canvas?.width) {
    const cell = Math.min(Math.max(canvas.height / 45, 4), canvas.width / 18);
    pixel.drawImage(canvas, cell * 2, cell * 7, cell * 2, cell * 2, 0, 0, 1, 1);
    const white = pixel.getImageData(0, 0, 1, 1).data[1] > 128;
    if (white && !wasWhite) flashes.push(atMs);
    wasWhite = white;
  }
  requestAnimationFrame(look);
}
requestAnimationFrame(look);
"""
# The same for an element that decodes by itself: what it is fed is decoded once more, beside it,
# and the element says when it plays that.
OBSERVE_ELEMENTS = """
const kinds = new WeakMap();
const open = MediaSource.prototype.addSourceBuffer;
MediaSource.prototype.addSourceBuffer = function (type) {
  const buffer = open.call(this, type);
  kinds.set(buffer, type);
  return buffer;
};
let init = null;
let fragments = [];
const append = SourceBuffer.prototype.appendBuffer;
SourceBuffer.prototype.appendBuffer = function (bytes) {
  if (kinds.get(this).startsWith('audio')) keep(bytes.slice());
  return append.call(this, bytes);
};
function keep(bytes) {
  const view = new DataView(bytes.buffer);
  if (String.fromCharCode(...bytes.subarray(4, 8)) === 'ftyp') [init, fragments] = [bytes, []];
  else fragments.push({ bytes, atS: Number(view.getBigUint64(60)) / 1e6 });
}
let audio = null;
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (this instanceof HTMLAudioElement && audio !== this) audio = globalThis.heard = this;
  return play.call(this);
};
let places = []; // of the element, by its own word
setInterval(() => {
  if (audio) places.push([audio.currentTime, performance.now()]);
  if (places.length > 500) places.shift();
}, 20);
const decoding = new OfflineAudioContext(1, 1, 48000);
let foundS = -1;
setInterval(async () => {
  const some = fragments.slice(-75);
  if (some.length < 50) return;
  const bytes = await new Blob([init, ...some.map((each) => each.bytes)]).arrayBuffer();
  const sound = await decoding.decodeAudioData(bytes);
  const wholeS = some.at(-1).atS - some[0].atS + (some.at(-1).atS - some.at(-2).atS);
  const beginS = some[0].atS + Math.max(0, wholeS - sound.duration); // less than it was given
  let quiet = 0;
  sound.getChannelData(0).forEach((sample, at) => {
    quiet += 1;
    if (Math.abs(sample) < 0.02) return;
    const beepS = beginS + at / sound.sampleRate;
    if (quiet > sound.sampleRate / 5 && beepS > foundS + 0.2) hear((foundS = beepS));
    quiet = 0;
  });
}, 400);
function hear(beepS) {
  const next = places.findIndex(([atS]) => atS >= beepS);
  if (next < 0) return void setTimeout(hear, 20, beepS);
  if (next === 0) return;
  const [[beforeS, beforeMs], [afterS, afterMs]] = [places[next - 1], places[next]];
  const part = (beepS - beforeS) / (afterS - beforeS);
  if (afterS - beforeS < 0.5) beeps.push(beforeMs + part * (afterMs - beforeMs));
}
"""
UNMUTE = "stream-player .unmute"


@dataclass(frozen=True, slots=True)
class Skew:
    """How much later beeps are heard than their flashes are seen, in milliseconds."""

    each: tuple[float, ...]

    def size(self, share: float) -> float:
        """What so large a share of the skews is not beyond, either way."""
        sizes = sorted(map(abs, self.each))
        return sizes[min(len(sizes) - 1, int(share * len(sizes)))]


@contextmanager
def hearing(browser: Browser, url: str) -> Iterator[Page]:
    """A page that is looked at and listened to, from its first picture on; still muted."""
    # The tap is a script that the pages' policy does not know.
    context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    try:
        page = context.new_page()
        page.add_init_script(f"globalThis.TAP = {TAP!r};{OBSERVE}{OBSERVE_ELEMENTS}")
        open_page(page, url)
        wait_for_picture(page, 30)
        yield page
    finally:
        context.close()


def unmute(page: Page) -> None:
    """Press what invites to."""
    page.locator(UNMUTE).click()
    wait_for(page, f"!{PLAYER}.muted && {PLAYER}.stats?.sound?.codec", 30)


def skews(page: Page, count: int, timeout_s: float) -> Skew:
    """The skew of so many beeps from now on, each against the flash that is nearest to it."""
    page.evaluate("beeps.length = flashes.length = 0")
    wait_for(page, f"beeps.length > {count} && flashes.length > {count}", timeout_s)
    beeps, flashes = cast(list[list[float]], page.evaluate("[beeps, flashes]"))
    nearest = (min((beep - flash for flash in flashes), key=abs) for beep in beeps)
    # A first one whose flash was before, or a last one whose flash is still to come.
    return Skew(tuple(skew for skew in nearest if abs(skew) < 400))


def sound(page: Page) -> dict[str, Any]:
    """The player's figures of what is heard."""
    return cast(dict[str, Any], page.evaluate(f"{PLAYER}.stats.sound"))
