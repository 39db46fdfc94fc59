"""Frames to H.264 at zero delay: one packet out for each frame in.

libx264 with `ultrafast` and `zerolatency`. The tune makes the difference: `bf=0` alone holds
eleven frames. It also makes the SPS say that nothing is reordered (`max_num_reorder_frames` 0),
without which browsers hold frames back. Slices instead of frame threads; parameter sets go into
`extradata`, in Annex B form, and not into the packets. Colours are converted to BT.709 in limited
range and tagged so: browsers show other matrices wrongly.
"""

import os
from dataclasses import dataclass
from fractions import Fraction

from av.codec.context import CodecContext, Flags
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from streamer.errors import MediaError
from streamer.media.picture.convert import Converter, fit
from streamer.rendition import h264_bitrate_bps

_MICROSECOND = Fraction(1, 1_000_000)
_GROUP_US = 1_990_000  # 2 s, less what rounding of times may add
_LONGEST_GROUP = 600  # frames; groups end by time, as a source's frame rate is a promise at best
_MAX_THREADS = 4
_CRF = 23
_BUFFER_S = 0.35  # a keyframe takes as long at most on a link that just carries the stream


@dataclass(frozen=True, slots=True)
class EncodedPacket:
    """One access unit in Annex B form."""

    data: bytes
    pts_us: int
    keyframe: bool


class H264Encoder:
    """Encodes frames of one size; `accepts` says whether a frame still fits.

    `frame_width` and `frame_height` are the frames' size, `fps` their expected rate, which sets
    the bit rate, unless `bitrate_bps` says how many bits a second there may be. `height` is the
    most lines to encode, `sample_aspect` the codec context's. What becomes of them stands in
    `width` and `height`: even, square pixels, never enlarged.

    Raises:
        MediaError: libx264 does not take this size.
    """

    def __init__(
        self,
        frame_width: int,
        frame_height: int,
        fps: float,
        height: int | None = None,
        sample_aspect: Fraction | None = None,
        bitrate_bps: int | None = None,
    ) -> None:
        self._frame_size = (frame_width, frame_height)
        self.width, self.height = fit(frame_width, frame_height, height, sample_aspect)
        self._converter = Converter()
        self._last_pts_us: int | None = None
        self._group_pts_us = 0
        self._context = _open(self.width, self.height, fps, bitrate_bps)

    @property
    def extradata(self) -> bytes:
        """SPS and PPS in Annex B form."""
        return self._context.extradata or b""

    def accepts(self, frame: VideoFrame) -> bool:
        """Whether the frame has the size that this encoder was made for."""
        return (frame.width, frame.height) == self._frame_size

    def encode(
        self, frame: VideoFrame, pts_us: int, keyframe: bool = False
    ) -> list[EncodedPacket]:
        """Encode one frame; `keyframe` makes it an IDR picture.

        So is the first one, and the first that is 2 s after the last such. Times must grow, as
        those of a timeline do; one that does not is moved on by a microsecond. The frame's own
        time and picture type are overwritten.

        Raises:
            MediaError: the frame cannot be converted or encoded, or the encoder is closed.
        """
        picture = self._converter.to_bt709(frame, self.width, self.height)
        is_first = self._last_pts_us is None
        pts_us = self._growing(pts_us)
        if keyframe or is_first or pts_us - self._group_pts_us >= _GROUP_US:
            self._group_pts_us = pts_us
            picture.pict_type = PictureType.I
        else:
            picture.pict_type = PictureType.NONE
        picture.pts, picture.time_base = pts_us, _MICROSECOND
        return self._encode(picture)

    def flush(self) -> list[EncodedPacket]:
        """Whatever is still held, which is nothing; the encoder takes no frame after this."""
        return self._encode(None)

    def close(self) -> None:
        """Drop what is held; the encoder takes no frame after this."""
        self.flush()

    def _growing(self, pts_us: int) -> int:
        """libx264 refuses a time that is not after the last one."""
        if self._last_pts_us is not None:
            pts_us = max(pts_us, self._last_pts_us + 1)
        self._last_pts_us = pts_us
        return pts_us

    def _encode(self, frame: VideoFrame | None) -> list[EncodedPacket]:
        try:
            packets = self._context.encode(frame)
        except FFmpegError as exc:
            if frame is None and isinstance(exc, EOFError):  # flushed before
                return []
            raise MediaError("A picture could not be encoded as H.264.") from exc
        return [
            EncodedPacket(bytes(packet), packet.pts or 0, packet.is_keyframe) for packet in packets
        ]


def h264_options(bitrate_bps: int) -> dict[str, str]:
    """What libx264 is told: no delay, and at most so many bits a second."""
    return {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "forced-idr": "1",
        "crf": str(_CRF),
        "maxrate": str(bitrate_bps),
        "bufsize": str(round(bitrate_bps * _BUFFER_S)),
    }


def _open(width: int, height: int, fps: float, bitrate_bps: int | None) -> VideoCodecContext:
    context = CodecContext.create("libx264", "w")
    rate = Fraction(min(max(fps, 1), 240)).limit_denominator(1001)
    bitrate = bitrate_bps or h264_bitrate_bps(width, height, float(rate))
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = _MICROSECOND, rate
    context.sample_aspect_ratio = Fraction(1)
    context.gop_size = _LONGEST_GROUP
    context.max_b_frames = 0
    context.thread_count = min(os.cpu_count() or 1, _MAX_THREADS)
    context.flags |= Flags.global_header
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    context.options = h264_options(bitrate)
    try:
        context.open()
    except (FFmpegError, ValueError) as exc:
        raise MediaError(f"H.264 cannot be encoded at {width}x{height}.") from exc
    return context
