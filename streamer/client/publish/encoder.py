"""Frames to encoded pictures at the sender: JPEG, or H.264 without delay."""

from typing import Protocol

from av.video.frame import VideoFrame

from streamer.client.publish.encoded import JPEG, Encoded, Moment
from streamer.client.publish.packetizer import Packetizer, open_packetizer
from streamer.errors import ConfigError
from streamer.media.picture.jpeg import JpegEncoder
from streamer.media.picture.transcoder import H264Encoder
from streamer.publishing import Publish
from streamer.rendition import DEFAULT_JPEG_QUALITY

H264 = "h264"
CODECS = (JPEG, H264)
DEFAULT_FPS = 30.0


class Encoder(Protocol):
    """Frames of any size, one picture for each."""

    def encode(self, frame: VideoFrame, moment: Moment, keyframe: bool) -> Encoded | None:
        """The picture; `keyframe` asks for one that stands alone.

        Raises:
            MediaError: the frame cannot be encoded.
        """
        ...


def open_encoder(codec: str, fps: float, quality: int | None, bitrate_bps: int | None) -> Encoder:
    """The encoder of that name; a quality belongs to JPEG, a bit rate to H.264.

    Raises:
        ConfigError: no such codec, or a value that does not fit it.
    """
    if codec not in CODECS:
        raise ConfigError(f"'{codec}' is not encoded here; use {' or '.join(CODECS)}.")
    if not 0 < fps <= 240:
        raise ConfigError(f"{fps:g} frames per second cannot be; say more than 0 and up to 240.")
    if codec == JPEG:
        return _JpegPictures(_quality(quality, bitrate_bps), fps)
    if quality is not None:
        raise ConfigError("A quality belongs to jpeg; give h264 a bit rate instead.")
    if bitrate_bps is not None and bitrate_bps < 1:
        raise ConfigError(f"A bit rate of {bitrate_bps} carries nothing; say bits per second.")
    return _H264Pictures(fps, bitrate_bps)


def _quality(quality: int | None, bitrate_bps: int | None) -> int:
    if bitrate_bps is not None:
        raise ConfigError("A bit rate belongs to h264; give jpeg a quality instead.")
    if quality is not None and not 1 <= quality <= 95:
        raise ConfigError(f"A JPEG quality of {quality} cannot be; it goes from 1 to 95.")
    return quality or DEFAULT_JPEG_QUALITY


class _JpegPictures:
    def __init__(self, quality: int, fps: float) -> None:
        self._encoder = JpegEncoder(None, quality)
        self._fps = fps

    def encode(self, frame: VideoFrame, moment: Moment, keyframe: bool) -> Encoded | None:  # noqa: ARG002
        picture = self._encoder.encode(frame)
        form = Publish(JPEG, None, picture.width, picture.height, self._fps)
        return Encoded(form, picture.data, True, moment)


class _H264Pictures:
    def __init__(self, fps: float, bitrate_bps: int | None) -> None:
        self._fps = fps
        self._bitrate_bps = bitrate_bps
        self._encoder: H264Encoder | None = None
        self._packetizer: Packetizer | None = None

    def encode(self, frame: VideoFrame, moment: Moment, keyframe: bool) -> Encoded | None:
        encoder, packetizer = self._for(frame)
        for packet in encoder.encode(frame, moment.pts_us, keyframe):
            return packetizer.pack(packet.data, moment, packet.keyframe)
        return None

    def _for(self, frame: VideoFrame) -> tuple[H264Encoder, Packetizer]:
        """A new size takes a new encoder, which begins with a keyframe."""
        encoder, packetizer = self._encoder, self._packetizer
        if encoder is None or packetizer is None or not encoder.accepts(frame):
            if encoder is not None:
                encoder.close()
            size = frame.width, frame.height
            encoder = H264Encoder(*size, self._fps, bitrate_bps=self._bitrate_bps)
            packetizer = open_packetizer(H264, encoder.extradata, False, self._fps)
            self._encoder, self._packetizer = encoder, packetizer
        return encoder, packetizer
