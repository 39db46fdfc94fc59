"""Pictures that lie on their side, as phones record them: which way is up, and turning them."""

import io
import math
import struct
from contextlib import suppress
from fractions import Fraction

import av
from av.error import FFmpegError
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from streamer.errors import MediaError

_MICROSECOND = Fraction(1, 1_000_000)
# Containers that say how their pictures lie. That a raw or live stream does is unheard of.
_TELLING = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm")
_MATRIX = struct.Struct(">9i")
_TKHD_TO_MATRIX = 4 + 4 + 20 + 16  # ISO 14496-12, 8.3.2: kind, version and flags, times, layer
_FILTERS = {
    90: (("transpose", "clock"),),
    180: (("hflip", ""), ("vflip", "")),
    270: (("transpose", "cclock"),),
}


def rotation_of(stream: VideoStream) -> int:
    """How far a stream's pictures must be turned clockwise to stand upright: 0, 90, 180 or 270.

    PyAV hands out the container's display matrix only with decoded frames; a muxer that is given
    the stream writes it into its track header, from where it can be read.
    """
    if stream.container.format.name not in _TELLING:
        return 0
    header = io.BytesIO()
    # What MP4 does not carry is not passed on untouched either; its frames tell.
    with suppress(FFmpegError, ValueError), _muxer(header) as muxer:
        muxer.add_stream_from_template(stream, opaque=True)
        muxer.start_encoding()
        return _track_rotation(header.getvalue())
    return 0


def rotation_of_frame(frame: VideoFrame) -> int:
    """The same of a decoded frame, which also knows what the bitstream says."""
    return _quarters(-frame.rotation)


class Rotator:
    """Turns frames, through one filter graph as long as they stay alike."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._made_for: tuple[int, int, str, int] | None = None

    def upright(self, frame: VideoFrame) -> VideoFrame:
        """The frame as it is meant to be seen; the same one where it stands upright already.

        Raises:
            MediaError: frames of this pixel format cannot be turned.
        """
        rotation = rotation_of_frame(frame)
        if rotation == 0:
            return frame
        try:
            graph = self._for(frame, rotation)
            graph.push(frame)
            turned = graph.pull()
        except (FFmpegError, ValueError) as exc:
            self._graph = None
            raise MediaError(f"Pictures in {frame.format.name} cannot be turned.") from exc
        assert isinstance(turned, VideoFrame)  # noqa: S101  # a video graph gives nothing else
        return turned

    def _for(self, frame: VideoFrame, rotation: int) -> Graph:
        kind = (frame.width, frame.height, frame.format.name, rotation)
        if self._graph is None or self._made_for != kind:
            self._graph, self._made_for = _graph(frame, rotation), kind
        return self._graph


def _graph(frame: VideoFrame, rotation: int) -> Graph:
    graph = Graph()
    end: FilterContext = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=_MICROSECOND
    )
    for name, option in (*_FILTERS[rotation], ("buffersink", "")):
        following = graph.add(name, option or None)
        end.link_to(following)
        end = following
    graph.configure()
    return graph


def _muxer(target: io.BytesIO) -> "av.container.OutputContainer":
    return av.open(target, "w", format="mp4", options={"movflags": "empty_moov"})


def _track_rotation(header: bytes) -> int:
    at = header.index(b"tkhd") + _TKHD_TO_MATRIX
    a, b, *_ = _MATRIX.unpack_from(header, at)
    return _quarters(math.degrees(math.atan2(b, a)))


def _quarters(degrees: float) -> int:
    return round(degrees / 90) * 90 % 360
