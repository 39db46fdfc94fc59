"""Packets of a source as they are published: untouched, with what the server must know of them.

H.264, HEVC and AV1 go in the format of their configuration record, which is built from the
parameter sets wherever they come from, so that a server sees one form of each codec.
"""

import base64
from dataclasses import replace
from typing import Protocol

from streamer.client.publish.encoded import JPEG, Encoded, Moment
from streamer.errors import MediaError
from streamer.media.boxer.carriage import Carriage
from streamer.media.boxer.codecs import DecoderConfig
from streamer.media.boxer.remux import open_carriage
from streamer.media.picture.mjpeg import jpeg_size, mend
from streamer.publishing import Publish

CODECS = ("h264", "hevc", "vp8", "vp9", "av1", "mjpeg")
_BOX_HEADER = 8
_DESCRIBED = ("avcC", "hvcC", "av1C")


class Packetizer(Protocol):
    """One stream's packets."""

    def pack(self, data: bytes, moment: Moment, keyframe: bool) -> Encoded | None:
        """A packet as it is published; None for one that is of no use.

        `keyframe` is the demuxer's word for it.

        Raises:
            MediaError: the packet is damaged.
        """
        ...


def open_packetizer(
    codec: str, extradata: bytes | None, reorders: bool | None, fps: float
) -> Packetizer:
    """For packets of FFmpeg's `codec`.

    Raises:
        MediaError: a codec that is not published untouched.
    """
    if codec == "mjpeg":
        return _Pictures(fps)
    if codec == "vp8":
        return _Vp8Packets(fps)
    return _CarriedPackets(open_carriage(codec, extradata, reorders), fps)


class _CarriedPackets:
    def __init__(self, carriage: Carriage, fps: float) -> None:
        self._carriage = carriage
        self._fps = fps
        self._config: DecoderConfig | None = None
        self._form: Publish | None = None

    def pack(self, data: bytes, moment: Moment, keyframe: bool) -> Encoded | None:  # noqa: ARG002
        payload = self._carriage.take(data)
        if payload.keyframe:
            self._configure()
        if self._form is None or not payload.data:
            return None
        return Encoded(self._form, payload.data, payload.keyframe, moment)

    def _configure(self) -> None:
        try:
            config = self._carriage.config()
        except MediaError:
            self._form = None  # what follows belongs to a configuration that nobody has
            raise
        if config != self._config or self._form is None:
            self._config, self._form = config, _form(config, self._fps)


class _Vp8Packets:
    def __init__(self, fps: float) -> None:
        self._form = Publish("vp8", fps=fps)

    def pack(self, data: bytes, moment: Moment, keyframe: bool) -> Encoded | None:
        if keyframe and len(data) >= 10:
            # A key frame's start code is followed by its size (RFC 6386 section 9.1).
            width, height = (int.from_bytes(data[at : at + 2], "little") for at in (6, 8))
            self._form = replace(self._form, width=width & 0x3FFF, height=height & 0x3FFF)
        return Encoded(self._form, data, keyframe, moment) if data else None


class _Pictures:
    def __init__(self, fps: float) -> None:
        self._fps = fps

    def pack(self, data: bytes, moment: Moment, keyframe: bool) -> Encoded | None:  # noqa: ARG002
        picture = mend(data)
        width, height = jpeg_size(picture)
        return Encoded(Publish(JPEG, None, width, height, self._fps), picture, True, moment)


def _form(config: DecoderConfig, fps: float) -> Publish:
    has_record = config.box[4:_BOX_HEADER].decode("latin-1") in _DESCRIBED
    record = base64.b64encode(config.box[_BOX_HEADER:]).decode() if has_record else None
    return Publish(config.codec, record, config.width, config.height, fps)
