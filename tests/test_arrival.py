"""When pictures began to arrive: what FFmpeg holds back is measured with its own muxers."""

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import av
import pytest
from av.video.stream import VideoStream

from streamer.media.ingest.arrival import Arrivals, held_back

FRAMES = 60
SETTLED = 20  # by then what was read to open the source is handed out


class Fed:
    """One picture's bytes at a time, as a network brings them; `begun` of them have been read."""

    def __init__(self, pictures: list[bytes]) -> None:
        self.begun = 0
        self._pictures = iter(pictures)
        self._left = b""

    def read(self, size: int) -> bytes:
        if not self._left:
            self._left = next(self._pictures, b"")
            self.begun += 1
        part, self._left = self._left[:size], self._left[size:]
        return part


def written(format_name: str, codec: str) -> Iterator[bytes]:
    sink, before = io.BytesIO(), 0
    container = av.open(sink, "w", format=format_name, options={"flush_packets": "1"})
    stream = cast(VideoStream, container.add_stream(codec, rate=30))
    stream.width, stream.height = 64, 64
    stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    if codec == "libx264":
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "10"}
    for index in range(FRAMES):
        frame = av.VideoFrame(64, 64, stream.pix_fmt)
        frame.pts, frame.time_base = index, Fraction(1, 30)
        container.mux(stream.encode(frame))
        yield sink.getvalue()[before:]
        before = sink.tell()


@pytest.mark.parametrize(
    ("format_name", "codec"),
    [
        ("mpegts", "libx264"),
        ("h264", "libx264"),
        ("mjpeg", "mjpeg"),
        ("flv", "libx264"),
        ("nut", "libx264"),
    ],
)
def test_what_ffmpeg_holds_back_is_known(format_name: str, codec: str) -> None:
    fed = Fed(list(written(format_name, codec)))
    container = av.open(fed, "r", format=format_name, options={"probesize": "2048"})
    held = [
        fed.begun - 1 - index
        for index, packet in enumerate(container.demux(video=0))
        if packet.size and SETTLED <= index < FRAMES - 5
    ]
    assert set(held) == {held_back(format_name)}


def test_a_picture_is_as_old_as_what_was_handed_out_when_it_came() -> None:
    arrivals = Arrivals("mpegts")
    assert [arrivals.handed(us) for us in (100, 133, 166, 200)] == [100, 100, 100, 133]


def test_a_format_that_holds_nothing_back_hands_out_what_arrives() -> None:
    arrivals = Arrivals("flv")
    assert [arrivals.handed(us) for us in (100, 133)] == [100, 133]
