"""Whether packets are still of the codec that their source was opened with. Pure.

A sender of MPEG-TS over UDP may come back within moments, with another codec in the same place.
FFmpeg follows, but nothing of what it gives us says so: the bytes must. A packet of H.264 has a
slice of type 1 or 5, which none of HEVC's headers reads as. One of HEVC has a unit with a picture
of the base layer, whose header's second byte is below 8: of the H.264 units that read as such
types only SEI goes on like that, as type 3, which few packets of HEVC have, hardly two in a row.
"""

from streamer.media.boxer.bitstream import (
    H264Nal,
    HevcNal,
    h264_type,
    hevc_type,
    is_annexb,
    split_annexb,
)

_PATIENCE = 2
_H264_PICTURES = frozenset({H264Nal.SLICE, H264Nal.IDR})
_BELOW_LAYER_1 = 8
_H264_SEI = 3


class Identity:
    """Follows the packets of one source; `codec` is FFmpeg's name of what it was opened with."""

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._strange = 0

    def changes(self, data: bytes) -> bool:
        """Whether this packet, like the one before, holds nothing of the codec."""
        self._strange = 0 if has_picture(self._codec, data) else self._strange + 1
        return self._strange >= _PATIENCE


def has_picture(codec: str, data: bytes) -> bool:
    """Whether a packet holds a picture of this codec, or part of one.

    True where that cannot be told: other codecs, and NAL units that are not in Annex B form.
    """
    if not is_annexb(data):
        return True
    if codec == "h264":
        return any(h264_type(nal) in _H264_PICTURES for nal in split_annexb(data))
    if codec == "hevc":
        return any(_is_hevc_picture(nal) for nal in split_annexb(data))
    return True


def _is_hevc_picture(nal: bytes) -> bool:
    kind = hevc_type(nal)
    return (
        kind < HevcNal.VPS and kind != _H264_SEI and 0 < int.from_bytes(nal[1:2]) < _BELOW_LAYER_1
    )
