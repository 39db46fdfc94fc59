from fractions import Fraction
from itertools import islice

import pytest
from av.codec.context import CodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from streamer.clock import ManualClock
from streamer.media.picture.mark import PERIOD_US, Mark
from streamer.media.picture.marked import read_mark
from streamer.media.picture.pattern import Pattern, clock_text

WALL_US = 1_700_000_001_345_678


def luma(frame: VideoFrame, x: float, y: float) -> int:
    plane = frame.planes[0]
    at = int(y * frame.height) * plane.line_size + int(x * frame.width)
    return bytes(plane)[at]


@pytest.mark.parametrize(
    "size", [(1280, 720), (1920, 1080), (640, 480), (322, 180), (360, 640), (64, 64), (66, 480)]
)
def test_every_size_carries_the_mark(size: tuple[int, int]) -> None:
    pattern = Pattern(*size, 30, ManualClock())
    for index in (0, 1, 4100):
        frame = pattern.frame(index, WALL_US + index * 33_333)
        assert (frame.width, frame.height) == size
        time_us = (WALL_US + index * 33_333) % PERIOD_US // 100 * 100
        assert read_mark(frame) == Mark(time_us, index % 4096)


def test_frames_say_what_they_are() -> None:
    frame = Pattern(320, 180, 25, ManualClock()).frame(5, WALL_US)
    assert frame.format.name == "yuv420p"
    assert frame.colorspace == Colorspace.ITU709
    assert frame.color_range == ColorRange.MPEG
    assert (frame.color_primaries, frame.color_trc) == (ColorPrimaries.BT709, ColorTrc.BT709)
    assert frame.pts == 200_000
    assert frame.time == pytest.approx(0.2)


def test_luma_keeps_to_the_limited_range() -> None:
    frame = Pattern(640, 360, 30, ManualClock()).frame(0, WALL_US)
    values = bytes(frame.planes[0])
    assert min(values) >= 16
    assert max(values) <= 235


def test_colour_bars_have_the_colours_of_bt709() -> None:
    frame = Pattern(1280, 720, 30, ManualClock()).frame(0, WALL_US)
    expected = [(180, 128, 128), (168, 44, 136), (145, 147, 44), (133, 63, 52)]
    for index, (y, u, v) in enumerate(expected):
        x = (index + 0.5) / 7
        assert luma(frame, x, 0.92) == pytest.approx(y, abs=2)
        row, column = int(0.92 * 360), int(x * 640)
        for plane, value in zip(frame.planes[1:], (u, v), strict=True):
            found = bytes(plane)[row * plane.line_size + column]
            assert found == pytest.approx(value, abs=2)


def test_the_line_sweeps_and_the_dot_turns() -> None:
    pattern = Pattern(1280, 720, 30, ManualClock())
    start = WALL_US - WALL_US % 4_000_000
    for quarter in range(1, 4):
        frame = pattern.frame(0, start + quarter * 1_000_000)
        x = quarter / 4
        assert luma(frame, x, 0.8) - luma(frame, x - 0.08, 0.8) > 40
    up, down = (pattern.frame(0, start + at) for at in (2_000_000, 1_000_000))
    top = 0.455 - 0.36
    assert luma(up, 0.5, top) > luma(down, 0.5, top) + 60


def test_pictures_differ_only_by_number_and_time() -> None:
    pattern = Pattern(320, 180, 30, ManualClock())
    once, again = (bytes(pattern.frame(7, WALL_US).planes[0]) for _ in range(2))
    assert once == again
    assert once != bytes(pattern.frame(8, WALL_US).planes[0])


def test_iterating_stamps_with_the_clock() -> None:
    clock = ManualClock()
    found = []
    for timed in islice(Pattern(64, 64, 30, clock), 4):
        found.append((timed.pts_us, timed.captured_us - 1_700_000_000_000_000))
        assert timed.frame.pts == timed.pts_us
        clock.advance(33_333)
    assert found == [(0, 0), (33_333, 33_333), (66_666, 66_666), (100_000, 99_999)]


def test_clock_text() -> None:
    assert clock_text(0) == "00:00:00.000"
    assert clock_text(WALL_US) == "22:13:21.345"


def test_the_mark_survives_strong_compression_and_half_size() -> None:
    pattern = Pattern(1280, 720, 30, ManualClock())
    encoder, decoder = CodecContext.create("libx264", "w"), CodecContext.create("h264", "r")
    encoder.width, encoder.height, encoder.pix_fmt = 1280, 720, "yuv420p"
    encoder.time_base = Fraction(1, 1_000_000)
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "40"}
    for index in range(12):
        for packet in encoder.encode(pattern.frame(index, WALL_US + index * 33_333)):
            (frame,) = decoder.decode(packet)
            for seen in (frame, frame.reformat(640, 360, interpolation="AREA")):
                found = read_mark(seen)
                assert found is not None
                assert found.sequence == index
