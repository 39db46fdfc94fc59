"""Frames to pictures at the sender."""

import io

import pytest
from av.video.frame import VideoFrame
from PIL import Image

from streamer.client.publish.encoded import Moment
from streamer.client.publish.encoder import open_encoder
from streamer.errors import ConfigError


def frame(width: int = 64, height: int = 48) -> VideoFrame:
    made = VideoFrame(width, height, "rgb24")
    made.planes[0].update(b"\x40" * made.planes[0].buffer_size)
    return made


def test_jpeg() -> None:
    found = open_encoder("jpeg", 25, 60, None).encode(frame(), Moment(1, 2, b"{}"), False)
    assert found is not None
    assert (found.form.codec, found.form.width, found.form.height) == ("jpeg", 64, 48)
    assert (found.keyframe, found.moment) == (True, Moment(1, 2, b"{}"))
    assert Image.open(io.BytesIO(found.data)).size == (64, 48)


def test_h264_begins_with_a_keyframe_and_makes_one_when_asked() -> None:
    encoder = open_encoder("h264", 25, None, 500_000)
    asked = [False, False, True, False]
    found = [encoder.encode(frame(), Moment(at, 0), ask) for at, ask in enumerate(asked)]
    assert [each and each.keyframe for each in found] == [True, False, True, False]
    first = found[0]
    assert first is not None
    form = first.form
    assert form.codec.startswith("avc1.")
    assert form.description
    assert (form.width, form.height, form.fps) == (64, 48, 25)


def test_another_size_begins_anew() -> None:
    encoder = open_encoder("h264", 25, None, None)
    first = encoder.encode(frame(), Moment(0, 0), False)
    other = encoder.encode(frame(96, 64), Moment(1, 0), False)
    assert first is not None
    assert other is not None
    assert other.keyframe
    assert (other.form.width, other.form.height) == (96, 64)
    assert other.form.description != first.form.description


@pytest.mark.parametrize(
    ("codec", "fps", "quality", "bitrate", "words"),
    [
        ("vp8", 25, None, None, "'vp8' is not encoded here; use jpeg or h264"),
        ("jpeg", 0, None, None, "0 frames per second"),
        ("jpeg", 25, 96, None, "quality of 96"),
        ("jpeg", 25, 0, None, "quality of 0"),
        ("jpeg", 25, None, 1000, "belongs to h264"),
        ("h264", 25, 80, None, "belongs to jpeg"),
        ("h264", float("nan"), None, None, "nan frames"),
        ("h264", 25, None, 0, "bit rate of 0"),
    ],
)
def test_what_cannot_be(
    codec: str, fps: float, quality: int | None, bitrate: int | None, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        open_encoder(codec, fps, quality, bitrate)
