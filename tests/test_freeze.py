"""Whether a picture is seen to stand still, and to move again, whatever encoded it."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
import pytest
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from PIL import Image, ImageDraw

from streamer.clock import ManualClock
from streamer.media.picture.card import to_yuv
from streamer.media.picture.freeze import FreezeWatch, is_same, thin_out
from streamer.media.sample import SourceFacts

SIZE = (320, 180)
AFTER_S = 30.0
SECOND_US = 1_000_000


def scene(clock_text: str = "", noise: float = 0.0) -> VideoFrame:
    """A soft scene with a few edges; `noise` is that of a sensor, in levels."""
    image = Image.radial_gradient("L").resize(SIZE).convert("RGB")
    pen = ImageDraw.Draw(image)
    pen.rectangle((50, 40, 150, 110), fill=(200, 40, 40), outline="white")
    pen.text((20, 150), clock_text, fill="white", font_size=14)
    if noise:
        grain = Image.effect_noise(SIZE, 2 * noise).convert("RGB")
        image = Image.blend(image, grain, 0.5)
        image = image.point(lambda level: min(255, level * 2 - 64) if level > 64 else level)
    return to_yuv(image)


class Watched:
    """A watch, its clock, and what it told."""

    def __init__(self, codec: str = "h264", after_s: float = AFTER_S) -> None:
        self.clock = ManualClock()
        self.told: list[int | None] = []
        self.facts = SourceFacts(codec, *SIZE, 25.0, context=VideoCodecContext.create(codec, "r"))
        self.watch = FreezeWatch(self.facts, after_s, self.clock, self.told.append)

    def see_for(self, seconds: int, frame: Callable[[], VideoFrame]) -> None:
        for _ in range(seconds):
            self.watch.see(frame())
            self.clock.advance(SECOND_US)


def keyframes(encoder: str, frames: Iterator[VideoFrame], **options: str) -> Iterator[Any]:
    """The keyframes of what a camera's encoder makes of the frames."""
    context: Any = VideoCodecContext.create(encoder, "w")
    context.width, context.height = SIZE
    context.pix_fmt = "yuvj420p" if encoder == "mjpeg" else "yuv420p"
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.options = options
    for pts, frame in enumerate(frames):
        frame.pts, frame.time_base = pts, Fraction(1, 25)
        frame.pict_type = av.video.frame.PictureType.NONE
        yield from (packet for packet in context.encode(frame) if packet.is_keyframe)


def test_a_still_picture_is_told_once_and_taken_back() -> None:
    watched = Watched()
    watched.see_for(30, scene)
    assert watched.told == []
    watched.see_for(30, scene)
    assert watched.told == [30_000]
    watched.see_for(1, lambda: scene("12:00:01"))
    assert watched.told == [30_000, None]
    watched.see_for(31, lambda: scene("12:00:01"))
    assert watched.told == [30_000, None, 30_000]


def test_the_faintest_noise_is_a_change() -> None:
    watched = Watched()
    scenes = [scene(noise=1.0) for _ in range(7)]
    watched.see_for(60, lambda: scenes[watched.clock.monotonic_us() // SECOND_US % 7])
    assert watched.told == []


def test_a_clock_in_the_picture_is_a_change() -> None:
    first, second = (thin_out(scene(f"12:00:0{digit}")) for digit in (1, 2))
    assert is_same(first, first)
    assert not is_same(first, second)


def test_another_size_is_a_change() -> None:
    frame = scene()
    smaller = frame.reformat(width=160, height=90)
    assert not is_same(thin_out(frame), thin_out(smaller))


X264 = {"preset": "ultrafast", "tune": "zerolatency", "g": "25", "keyint_min": "25"}


@pytest.mark.parametrize(
    ("codec", "encoder", "options"),
    [
        ("h264", "libx264", {**X264, "b": "300k", "maxrate": "300k", "bufsize": "300k"}),
        ("h264", "libx264", {**X264, "crf": "30"}),
        ("mjpeg", "mjpeg", {"q": "5"}),
    ],
)
@pytest.mark.parametrize("still", [True, False])
def test_what_a_camera_sends_is_told_from_what_a_frozen_one_sends(
    codec: str, encoder: str, options: dict[str, str], still: bool
) -> None:
    watched = Watched(codec, 10.0)
    scenes = [scene(noise=0 if still else 1.5) for _ in range(7)]
    frames = (scenes[number % 7] for number in range(900))
    for packet in keyframes(encoder, frames, **options):
        watched.watch.peek(packet)
        watched.clock.advance(SECOND_US)
    assert bool(watched.told) is still


def test_keyframes_are_decoded_seldom_while_the_picture_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched, decoded = Watched(), []
    scenes = [scene(noise=3.0) for _ in range(7)]
    frames = (scenes[number % 7] for number in range(1500))
    monkeypatch.setattr(
        "streamer.media.picture.freeze._decode", lambda packet, _facts: decoded.append(packet)
    )
    for packet in keyframes("libx264", frames, **X264):
        watched.watch.peek(packet)
        watched.clock.advance(SECOND_US)
    assert len(decoded) == 6  # of 60


def test_what_cannot_be_decoded_says_nothing() -> None:
    watched = Watched()
    watched.watch.peek(av.Packet(b"\0\0\1\x65 no picture"))
    assert watched.told == []


def test_no_picture_format_is_too_strange() -> None:
    for name in ("yuvj420p", "nv12", "gray", "yuv422p10le", "rgb24", "gbrp"):
        seen = thin_out(scene().reformat(format=name))
        assert is_same(seen, seen)
