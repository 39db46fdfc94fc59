"""Frames into a container, encoded so that no frame is held back."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame

from streamer.bench.pattern.target import Codec
from streamer.errors import ConfigError
from streamer.media.picture.transcoder import h264_options
from streamer.options import PatternOptions
from streamer.rendition import h264_bitrate_bps

_MICROSECOND = Fraction(1, 1_000_000)
_MOST_GROUP = 6000
_JPEG_QUALITY = 3  # FFmpeg's scale, from 1 to 31
_ENCODERS = {
    Codec.H264: ("libx264", "yuv420p"),
    Codec.HEVC: ("libx265", "yuv420p"),
    Codec.VP8: ("libvpx", "yuv420p"),
    Codec.MJPEG: ("mjpeg", "yuvj420p"),
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the pattern is encoded: bits per second, and a keyframe every `group` pictures."""

    codec: Codec
    picture: PatternOptions
    bitrate_bps: int | None = None
    group: int | None = None

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ConfigError: one cannot be.
        """
        if self.picture.sound:
            raise ConfigError("The pattern is sent without sound; leave ?sound=1 out.")
        if self.codec is Codec.MJPEG and (self.bitrate_bps, self.group) != (None, None):
            raise ConfigError("--bitrate and --gop are not for mjpeg, whose pictures stand alone.")
        if self.bitrate_bps is not None and self.bitrate_bps < 1:
            raise ConfigError(f"A bit rate of {self.bitrate_bps} carries nothing.")
        if self.group is not None and not 1 <= self.group <= _MOST_GROUP:
            raise ConfigError(f"--gop goes from 1 to {_MOST_GROUP} pictures.")

    @property
    def bits(self) -> int:
        """Bits per second, by size and rate unless told."""
        return self.bitrate_bps or h264_bitrate_bps(*self.picture[:3])

    @property
    def shown(self) -> str:
        """What it is, for people."""
        width, height, fps, _ = self.picture
        return f"{self.codec} {width}x{height} at {fps} fps"


class Muxing:
    """One video stream in an open container."""

    def __init__(self, container: OutputContainer, encoding: Encoding) -> None:
        self.sent_bytes = 0
        self._container = container
        name, pixels = _ENCODERS[encoding.codec]
        width, height, fps, _ = encoding.picture
        stream: Any = container.add_stream(name, rate=fps, options=_options(encoding))
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.codec_context.time_base = _MICROSECOND
        stream.codec_context.gop_size = encoding.group or fps
        stream.codec_context.max_b_frames = 0
        if encoding.codec is Codec.MJPEG:
            stream.codec_context.thread_count = 1  # or restart markers, which RTP does not carry
        else:
            stream.bit_rate = encoding.bits
        self._stream = stream
        self._pixels = pixels

    def push(self, frame: VideoFrame) -> None:
        """Encode and send one frame.

        Raises:
            av.error.FFmpegError, OSError, StreamerError: it cannot be sent.
        """
        if frame.format.name != self._pixels:
            frame = frame.reformat(format=self._pixels)
        frame.pict_type = PictureType.NONE
        for packet in self._stream.encode(frame):
            self.sent_bytes += packet.size
            self._container.mux(packet)


def _options(encoding: Encoding) -> dict[str, str]:
    if encoding.codec is Codec.H264:
        return h264_options(encoding.bits)
    if encoding.codec is Codec.HEVC:
        return {"preset": "ultrafast", "tune": "zerolatency", "x265-params": "log-level=none"}
    if encoding.codec is Codec.VP8:
        return {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    # RTP carries JPEG with its standard tables only (RFC 2435).
    return {"qmin": "1", "qscale": str(_JPEG_QUALITY), "huffman": "default"}


def open_output(target: Any, form: str, options: dict[str, str]) -> OutputContainer:
    """An open container at an address of FFmpeg's, or in a file object."""
    given = {**options, "flush_packets": "1"}
    return av.open(target, "w", format=form, container_options=given)
