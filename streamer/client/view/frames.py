"""Messages to frames: the pictures of a stream, decoded and upright."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from streamer.client.view.message import Message
from streamer.errors import MediaError
from streamer.media.boxer.fragment import sample_of
from streamer.media.picture.decoder import Decoder
from streamer.media.picture.rotation import Rotator
from streamer.options import MAX_PIXELS

_MICROSECOND = Fraction(1, 1_000_000)
_MAX_PENDING = 120  # messages whose frame never came out


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded picture, the message that it came in, and when it was decoded.

    `decoded_us` is by this machine's wall clock; `staleness_ms` how old the picture was when it
    was handed out, by the server's.
    """

    picture: VideoFrame
    message: Message
    decoded_us: int
    staleness_ms: float

    @property
    def captured_us(self) -> int:
        """When the picture was taken, by the server's wall clock."""
        return self.message.header.captured_us

    @property
    def metadata(self) -> Any:
        """What was published with the picture; None if nothing was."""
        return self.message.metadata

    def array(self, format: str = "rgb24") -> Any:  # noqa: A002  # FFmpeg's word for it
        """The pixels as a numpy array, height x width x 3 unless `format` says otherwise.

        Raises:
            ImportError: numpy is not installed.
        """
        return self.picture.to_ndarray(format=format)


class FrameDecoder:
    """Decodes the messages of one viewer, through changes of rendition and codec."""

    def __init__(self) -> None:
        self._decoder: Decoder | None = None
        self._made_for: object = None
        self._rotator = Rotator()
        self._pending: dict[int, Message] = {}

    def decode(self, message: Message) -> Iterator[tuple[VideoFrame, Message]]:
        """The frames that this message completes, each with the message that it came in.

        Raises:
            MediaError: it cannot be decoded; the next keyframe may be.
        """
        decoder = self._for(message)
        packet: Packet[Any] = Packet(_picture(message))
        packet.pts = packet.dts = message.header.pts_us
        packet.time_base = _MICROSECOND
        packet.is_keyframe = message.keyframe
        if len(self._pending) >= _MAX_PENDING:
            self._pending.clear()
        self._pending[message.header.pts_us] = message
        frames = decoder.decode(packet)
        if message.stands_alone and not frames:
            raise MediaError("A JPEG cannot be decoded.")
        for frame in frames:
            source = self._pending.pop(frame.pts or 0, message)
            yield self._rotator.upright(frame), source

    def _for(self, message: Message) -> Decoder:
        """The decoder for such a message: another init segment takes another one."""
        wanted: object = message.rendition if message.stands_alone else message.init
        if self._decoder is None or self._made_for is not wanted:
            self._decoder, self._made_for = None, None
            self._decoder = Decoder(_context(message))
            self._made_for = wanted
            self._pending.clear()
        return self._decoder


def _picture(message: Message) -> bytes:
    return bytes(message.payload if message.stands_alone else sample_of(message.payload))


def _context(message: Message) -> VideoCodecContext:
    if message.stands_alone:
        return VideoCodecContext.create("mjpeg", "r")
    if message.init is None:
        raise MediaError("A fragment came without an init segment.")
    options = {"max_pixels": str(MAX_PIXELS)}
    try:
        with av.open(io.BytesIO(message.init), format="mp4", options=options) as container:
            return container.streams.video[0].codec_context
    except (FFmpegError, ValueError, IndexError) as exc:
        raise MediaError("The server's init segment cannot be read.") from exc
