"""Decoder configurations of H.264 and HEVC, and the parameter sets in FFmpeg's extradata. Pure.

Boxes are built anew from the parameter sets, with 4-byte lengths and the names that say "no
parameter sets in the samples" (avc1, hvc1), whatever form they came in. Records: ISO 14496-15
sections 5.3.3.1 (avcC) and 8.3.3.1 (hvcC); codec strings: RFC 6381 section 3.3, ISO 14496-15
annex E.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from streamer.errors import MediaError
from streamer.media.boxer.bitstream import (
    LENGTH_SIZE,
    H264Nal,
    HevcNal,
    h264_type,
    hevc_type,
    split_annexb,
)
from streamer.media.boxer.codecs import DecoderConfig, pack_box
from streamer.media.boxer.hevc_sps import HevcSps, parse_hevc_sps
from streamer.media.boxer.sps import Sps, parse_sps

_NO_AVCC_EXTENSION = frozenset({66, 77, 88})
_HVCC_FIXED = struct.Struct(">HBBBBHB")
_HVCC_ARRAYS_AT = 22
_AVCC_SETS_AT = 5
_MAX_AVCC_SPS = 31
_MAX_SETS = 255
_H264_SETS = (H264Nal.SPS, H264Nal.PPS)
_HEVC_SETS = (HevcNal.VPS, HevcNal.SPS, HevcNal.PPS)


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """The parameter sets in extradata, and how packets are framed.

    `length_size` is the bytes before each NAL unit; None stands for Annex B.
    """

    nals: tuple[bytes, ...]
    length_size: int | None


def read_avcc(record: bytes) -> ParameterSets:
    """SPS and PPS of H.264 extradata: an avcC record, or Annex B.

    Raises:
        MediaError: an avcC record that is cut off.
    """
    if not record.startswith(b"\1"):
        return ParameterSets(tuple(split_annexb(record)), None)
    reader = _Record(record, _AVCC_SETS_AT - 1)
    length_size = _length_size(reader.number(1))
    nals = reader.nals(reader.number(1) & 0x1F)
    nals += reader.nals(reader.number(1))
    return ParameterSets(tuple(nals), length_size)


def read_hvcc(record: bytes) -> ParameterSets:
    """VPS, SPS and PPS of HEVC extradata: an hvcC record, or Annex B.

    Raises:
        MediaError: an hvcC record that is cut off.
    """
    # The version byte of some early writers is 0, so a start code decides, as in FFmpeg.
    if not record or record.startswith((b"\0\0\0", b"\0\0\1")):
        return ParameterSets(tuple(split_annexb(record)), None)
    reader = _Record(record, _HVCC_ARRAYS_AT - 1)
    length_size = _length_size(reader.number(1))
    nals: list[bytes] = []
    for _ in range(reader.number(1)):
        reader.number(1)
        nals += reader.nals(reader.number(2))
    sets = tuple(nal for nal in nals if hevc_type(nal) in _HEVC_SETS)
    return ParameterSets(sets, length_size)


def h264_config(sps: Sequence[bytes], pps: Sequence[bytes]) -> DecoderConfig:
    """The configuration for these parameter sets; the first SPS is the one in use.

    Raises:
        MediaError: none, too many, too long, or an SPS that cannot be read.
    """
    _check(sps, _MAX_AVCC_SPS)
    _check(pps, _MAX_SETS)
    facts = parse_sps(sps[0])
    record = b"".join(
        (
            b"\1",
            sps[0][1:4],
            bytes((0xFC | (LENGTH_SIZE - 1), 0xE0 | len(sps))),
            _with_lengths(sps),
            bytes((len(pps),)),
            _with_lengths(pps),
            b"" if facts.profile_idc in _NO_AVCC_EXTENSION else _avcc_extension(facts),
        )
    )
    codec = f"avc1.{sps[0][1:4].hex()}"
    box = pack_box(b"avcC", record)
    return DecoderConfig(codec, b"avc1", box, facts.width, facts.height, facts.pixel_aspect)


def hevc_config(vps: Sequence[bytes], sps: Sequence[bytes], pps: Sequence[bytes]) -> DecoderConfig:
    """The configuration for these parameter sets; the first SPS is the one in use.

    Raises:
        MediaError: none, too many, too long, or an SPS that cannot be read.
    """
    for nals in (vps, sps, pps):
        _check(nals, _MAX_SETS)
    facts = parse_hevc_sps(sps[0])
    arrays = (
        bytes((0x80 | kind,)) + len(nals).to_bytes(2) + _with_lengths(nals)
        for kind, nals in zip(_HEVC_SETS, (vps, sps, pps), strict=True)
    )
    box = pack_box(b"hvcC", b"\1", facts.profile, _hvcc_fixed(facts), b"\3", *arrays)
    return DecoderConfig(hevc_codec(facts), b"hvc1", box, facts.width, facts.height)


def hevc_codec(sps: HevcSps) -> str:
    """The codec string: profile, compatibility flags, tier and level, constraint bytes."""
    space, tier, profile_idc = sps.profile[0] >> 6, sps.profile[0] >> 5 & 1, sps.profile[0] & 0x1F
    compatibility = int(f"{int.from_bytes(sps.profile[1:5]):032b}"[::-1], 2)
    constraints = sps.profile[5:].rstrip(b"\0")
    parts = [
        f"hvc1.{('', 'A', 'B', 'C')[space]}{profile_idc}",
        f"{compatibility:X}",
        f"{'LH'[tier]}{sps.level_idc}",
        *(f"{byte:X}" for byte in constraints),
    ]
    return ".".join(parts)


def is_parameter_set(codec: str, nal: bytes) -> bool:
    """Whether a NAL unit belongs into the configuration; `codec` is `h264` or `hevc`."""
    return h264_type(nal) in _H264_SETS if codec == "h264" else hevc_type(nal) in _HEVC_SETS


class _Record:
    """Reads numbers and length-prefixed NAL units of a configuration record."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def number(self, size: int) -> int:
        return int.from_bytes(self._take(size))

    def nals(self, count: int) -> list[bytes]:
        return [nal for nal in (self._take(self.number(2)) for _ in range(count)) if nal]

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) != size:
            raise MediaError("The video's configuration record is cut off.")
        self._at += size
        return taken


def _length_size(byte: int) -> int:
    minus_one = byte & 3
    if minus_one == 2:  # the one value that the standards leave out
        raise MediaError("The video's configuration record asks for lengths of three bytes.")
    return minus_one + 1


def _check(nals: Sequence[bytes], most: int) -> None:
    if not nals:
        raise MediaError("The video has not sent all its parameter sets yet.")
    if len(nals) > most or max(map(len, nals)) > 0xFFFF:
        raise MediaError("The video's parameter sets are more than a configuration can hold.")


def _with_lengths(nals: Sequence[bytes]) -> bytes:
    return b"".join(len(nal).to_bytes(2) + nal for nal in nals)


def _avcc_extension(sps: Sps) -> bytes:
    return bytes(
        (
            0xFC | sps.chroma_format_idc,
            0xF8 | (sps.bit_depth_luma - 8),
            0xF8 | (sps.bit_depth_chroma - 8),
            0,
        )
    )


def _hvcc_fixed(sps: HevcSps) -> bytes:
    return bytes((sps.level_idc,)) + _HVCC_FIXED.pack(
        0xF000,  # min_spatial_segmentation_idc: not known
        0xFC,  # parallelismType: not known
        0xFC | sps.chroma_format_idc,
        0xF8 | (sps.bit_depth_luma - 8),
        0xF8 | (sps.bit_depth_chroma - 8),
        0,  # avgFrameRate: not specified
        sps.temporal_layers << 3 | sps.temporal_id_nested << 2 | (LENGTH_SIZE - 1),
    )
