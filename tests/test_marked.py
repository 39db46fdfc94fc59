"""The mark survives what is done to pictures, and is read from frames of every format."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from PIL import Image

from streamer.clock import ManualClock
from streamer.media.picture.marked import read_mark
from streamer.media.picture.pattern import Pattern

COUNT = 12
WALL_US = 1_700_000_001_345_678
CRF = 40


def pictures() -> list[VideoFrame]:
    pattern = Pattern(1280, 720, 30, ManualClock())
    return [pattern.frame(index, WALL_US + index * 33_333) for index in range(COUNT)]


def scaled(frame: VideoFrame, share: float) -> VideoFrame:
    if share == 1:
        return frame
    width, height = (round(side * share / 2) * 2 for side in (frame.width, frame.height))
    return frame.reformat(width, height)


def through_h264(frames: list[VideoFrame], preset: str) -> list[VideoFrame]:
    """Frames after libx264 at a quality that nobody would choose."""
    data = io.BytesIO()
    with av.open(data, "w", format="matroska") as container:
        video = container.add_stream("libx264", rate=30)
        video.width, video.height, video.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        video.options = {"crf": str(CRF), "preset": preset, "g": "250"}
        for index, frame in enumerate(frames):
            frame.pts, frame.time_base = index, Fraction(1, 30)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    data.seek(0)
    with av.open(data, "r") as container:
        return list(container.decode(video=0))


def numbers(frames: list[VideoFrame]) -> list[int | None]:
    return [found.sequence if (found := read_mark(frame)) else None for frame in frames]


@pytest.mark.parametrize("preset", ["ultrafast", "medium"])
@pytest.mark.parametrize(("before", "after"), [(1, 1), (0.5, 1), (1, 0.5), (0.4167, 1)])
def test_survives_h264_and_scaling(preset: str, before: float, after: float) -> None:
    coded = through_h264([scaled(frame, before) for frame in pictures()], preset)
    assert numbers([scaled(frame, after) for frame in coded]) == list(range(COUNT))


@pytest.mark.parametrize("share", [1, 0.5])
def test_survives_jpeg(share: float) -> None:
    for index, frame in enumerate(pictures()):
        data = io.BytesIO()
        rgb = scaled(frame, share).to_ndarray(format="rgb24")
        Image.fromarray(rgb).save(data, "JPEG", quality=30)
        seen = VideoFrame.from_ndarray(np.asarray(Image.open(data)), "rgb24")
        assert numbers([seen]) == [index]


@pytest.mark.parametrize(
    "name", ["yuv420p", "yuvj420p", "nv12", "yuyv422", "yuv420p10le", "rgb24", "bgr0", "gray"]
)
def test_is_read_from_every_format(name: str) -> None:
    assert numbers([frame.reformat(format=name) for frame in pictures()[:3]]) == [0, 1, 2]


def test_a_frame_without_a_mark() -> None:
    plain = np.full((360, 640, 3), 128, np.uint8)
    assert read_mark(VideoFrame.from_ndarray(plain, "rgb24")) is None
