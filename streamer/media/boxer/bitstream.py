"""NAL units of H.264 and HEVC: Annex B and length-prefixed, one into the other. Pure.

Annex B separates NAL units by start codes (00 00 01); MP4 and WebCodecs want each preceded by its
length. Streams and encoders give the first, MP4 and Matroska the second, with lengths of 1, 2 or 4
bytes as their configuration record says; everything that we send has 4.
"""

import re
from collections.abc import Iterable
from enum import IntEnum

from streamer.errors import MediaError

LENGTH_SIZE = 4

_START_CODE = re.compile(b"\0\0\1")


class H264Nal(IntEnum):
    """H.264 nal_unit_type (table 7-1)."""

    SLICE = 1
    IDR = 5
    SEI = 6
    SPS = 7
    PPS = 8
    DELIMITER = 9
    FILLER = 12


class HevcNal(IntEnum):
    """HEVC nal_unit_type (table 7-1). BLA_W_LP to CRA are the pictures one can start at."""

    BLA_W_LP = 16
    CRA = 21
    VPS = 32
    SPS = 33
    PPS = 34
    DELIMITER = 35
    FILLER = 38


def h264_type(nal: bytes) -> int:
    """The nal_unit_type of an H.264 NAL unit that is not empty."""
    return nal[0] & 0x1F


def hevc_type(nal: bytes) -> int:
    """The nal_unit_type of an HEVC NAL unit that is not empty."""
    return (nal[0] >> 1) & 0x3F


def is_annexb(data: bytes) -> bool:
    """Whether data begins with a start code of three or four bytes."""
    return data.startswith((b"\0\0\1", b"\0\0\0\1"))


def split_annexb(data: bytes) -> list[bytes]:
    """The NAL units of Annex B data, without start codes, trailing zeros and empty ones.

    Bytes before the first start code are passed over, as the standard has it.
    """
    marks = [match.span() for match in _START_CODE.finditer(data)]
    ends = [start for start, _ in marks[1:]] + [len(data)]
    nals = (data[begin:end].rstrip(b"\0") for (_, begin), end in zip(marks, ends, strict=False))
    return [nal for nal in nals if nal]


def split_length_prefixed(data: bytes, length_size: int = LENGTH_SIZE) -> list[bytes]:
    """The NAL units of length-prefixed data, without empty ones.

    Raises:
        MediaError: a length that points past the end, or left-over bytes.
    """
    nals = []
    at, end = 0, len(data)
    while at < end:
        start = at + length_size
        at = start + int.from_bytes(data[at:start])
        if at > end or start > end:
            raise MediaError("A video packet is cut off inside a NAL unit.")
        if at > start:
            nals.append(data[start:at])
    return nals


def join_length_prefixed(nals: Iterable[bytes]) -> bytes:
    """NAL units, each behind its length in four bytes."""
    parts: list[bytes] = []
    for nal in nals:
        parts.append(len(nal).to_bytes(LENGTH_SIZE))
        parts.append(nal)
    return b"".join(parts)


def to_length_prefixed(data: bytes) -> bytes:
    """Annex B data as NAL units behind 4-byte lengths."""
    return join_length_prefixed(split_annexb(data))
