"""The decoder configuration of AV1, read from its sequence header. Pure.

The sequence header OBU (AV1 specification, section 5.5) says all, and goes into the av1C box as it
is ("AV1 Codec ISO Media File Format Binding", section 2.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from streamer.errors import MediaError
from streamer.media.boxer.bits import BitReader
from streamer.media.boxer.codecs import DecoderConfig, check_size, pack_box

_SEQUENCE_HEADER = 1
_TEMPORAL_DELIMITER = 2
_FRAMES = (3, 6)
_AV1C_OBUS_AT = 4
_SRGB = (1, 13, 0)


@dataclass(frozen=True, slots=True)
class Obu:
    """An open bitstream unit: its type, its bytes, and where in them its payload begins."""

    kind: int
    data: bytes
    payload_at: int


@dataclass(frozen=True, slots=True)
class Av1Sequence:
    """What an AV1 sequence header says."""

    profile: int
    level: int
    tier: int
    bit_depth: int
    monochrome: bool
    subsampling: tuple[int, int]
    sample_position: int
    width: int
    height: int


def split_obus(data: bytes) -> list[Obu]:
    """The open bitstream units of a packet or an av1C record.

    Raises:
        MediaError: a unit that points past the end.
    """
    units = []
    # An av1C record begins with marker bit and version 1; no OBU header has its top bit set.
    at = _AV1C_OBUS_AT if data.startswith(b"\x81") else 0
    while at < len(data):
        header = data[at]
        start = at + 1 + (header >> 2 & 1)
        end = len(data)
        if header & 2:
            size, start = _leb128(data, start)
            end = start + size
        if end > len(data) or start > len(data):
            raise MediaError("An AV1 packet is cut off.")
        units.append(Obu(header >> 3 & 0xF, data[at:end], start - at))
        at = end
    return units


def drop_temporal_delimiters(data: bytes, units: Sequence[Obu]) -> bytes:
    """The packet `data`, split into `units`, as MP4 wants it: without temporal delimiters."""
    if all(unit.kind != _TEMPORAL_DELIMITER for unit in units):
        return data
    return b"".join(unit.data for unit in units if unit.kind != _TEMPORAL_DELIMITER)


def find_sequence_header(units: Sequence[Obu]) -> bytes | None:
    """The sequence header OBU; None if there is none."""
    return next((unit.data for unit in units if unit.kind == _SEQUENCE_HEADER), None)


def is_av1_keyframe(units: Sequence[Obu]) -> bool:
    """Whether the first frame is a key frame that is shown (uncompressed_header)."""
    frame = next((unit for unit in units if unit.kind in _FRAMES), None)
    if frame is None or len(frame.data) <= frame.payload_at:
        return False
    # show_existing_frame 0, frame_type KEY_FRAME (0), show_frame 1
    return frame.data[frame.payload_at] >> 4 == 1


def av1_config(sequence_header: bytes) -> DecoderConfig:
    """The configuration for a sequence header OBU.

    Raises:
        MediaError: one that is cut off or out of bounds.
    """
    sequence = parse_sequence_header(sequence_header)
    high_depth, twelve_bit = sequence.bit_depth > 8, sequence.bit_depth == 12
    sub_x, sub_y = sequence.subsampling
    flags = sequence.tier << 7 | high_depth << 6 | twelve_bit << 5 | sequence.monochrome << 4
    flags |= sub_x << 3 | sub_y << 2 | sequence.sample_position
    record = bytes((0x81, sequence.profile << 5 | sequence.level, flags, 0))
    tier = "MH"[sequence.tier]
    codec = f"av01.{sequence.profile}.{sequence.level:02}{tier}.{sequence.bit_depth:02}"
    box = pack_box(b"av1C", record, _with_size(sequence_header))
    return DecoderConfig(codec, b"av01", box, sequence.width, sequence.height)


def parse_sequence_header(obu: bytes) -> Av1Sequence:
    """What a sequence header OBU, header included, says.

    Raises:
        MediaError: not one, cut off, or out of bounds.
    """
    if not obu or obu[0] >> 3 & 0xF != _SEQUENCE_HEADER:
        raise MediaError("This is not an AV1 sequence header.")
    reader = BitReader(_obu_payload(obu))
    profile = reader.bits(3)
    reader.skip(1)  # still_picture
    reduced = reader.flag()
    level, tier = (reader.bits(5), 0) if reduced else _operating_point(reader)
    width_bits, height_bits = reader.bits(4) + 1, reader.bits(4) + 1
    width, height = reader.bits(width_bits) + 1, reader.bits(height_bits) + 1
    check_size(width, height)
    _skip_tools(reader, reduced)
    depth, monochrome, subsampling, position = _colour(reader, profile)
    return Av1Sequence(
        profile, level, tier, depth, monochrome, subsampling, position, width, height
    )


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(8):
        if at + index >= len(data):
            break
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return value, at + index + 1
    raise MediaError("An AV1 packet holds a size that is cut off or too large.")


def _obu_payload(obu: bytes) -> bytes:
    at = 1 + (obu[0] >> 2 & 1)
    return obu[_leb128(obu, at)[1] :] if obu[0] & 2 else obu[at:]


def _with_size(obu: bytes) -> bytes:
    """The OBU with a size field, which av1C demands and the last unit of a packet may lack."""
    if obu[0] & 2:
        return obu
    payload = _obu_payload(obu)
    size, rest = bytearray(), len(payload)
    while rest > 0x7F:
        size.append(rest & 0x7F | 0x80)
        rest >>= 7
    size.append(rest)
    return bytes((obu[0] | 2,)) + obu[1 : len(obu) - len(payload)] + size + payload


def _operating_point(reader: BitReader) -> tuple[int, int]:
    """Level and tier of the first operating point; leaves the reader behind the last."""
    delay_bits = _timing(reader) if reader.flag() else 0
    initial_delay = reader.flag()
    points = []
    for _ in range(reader.bits(5) + 1):
        reader.skip(12)  # operating_point_idc
        level = reader.bits(5)
        points.append((level, reader.bits(1) if level > 7 else 0))
        if delay_bits and reader.flag():
            reader.skip(2 * delay_bits + 1)
        if initial_delay and reader.flag():
            reader.skip(4)
    return points[0]


def _timing(reader: BitReader) -> int:
    """Skip the timing; the bits of a buffer delay, 0 if there is no decoder model."""
    reader.skip(64)
    if reader.flag():
        reader.ue()  # num_ticks_per_picture_minus_1: uvlc is Exp-Golomb
    if not reader.flag():
        return 0
    delay_bits = reader.bits(5) + 1
    reader.skip(32 + 10)
    return delay_bits


def _skip_tools(reader: BitReader, reduced: bool) -> None:
    if not reduced and reader.flag():
        reader.skip(7)  # frame id lengths
    reader.skip(3)  # use_128x128_superblock ... enable_intra_edge_filter
    if not reduced:
        reader.skip(4)  # enable_interintra_compound ... enable_dual_filter
        order_hint = reader.flag()
        reader.skip(2 * order_hint)
        screen = 2 if reader.flag() else reader.bits(1)
        if screen and not reader.flag():
            reader.skip(1)  # seq_force_integer_mv
        reader.skip(3 * order_hint)
    reader.skip(3)  # enable_superres, enable_cdef, enable_restoration


def _colour(reader: BitReader, profile: int) -> tuple[int, bool, tuple[int, int], int]:
    """Bit depth, monochrome, subsampling, chroma sample position (color_config)."""
    high = reader.flag()
    twelve = profile == 2 and high and reader.flag()
    depth = 12 if twelve else 10 if high else 8
    monochrome = profile != 1 and reader.flag()
    described = reader.flag()
    colour = (reader.bits(8), reader.bits(8), reader.bits(8)) if described else (2, 2, 2)
    if not monochrome and colour == _SRGB:
        return depth, monochrome, (0, 0), 0
    reader.skip(1)  # color_range
    if monochrome:
        return depth, monochrome, (1, 1), 0
    subsampling = _subsampling(reader, profile, depth)
    position = reader.bits(2) if subsampling == (1, 1) else 0
    return depth, monochrome, subsampling, position


def _subsampling(reader: BitReader, profile: int, depth: int) -> tuple[int, int]:
    if profile < 2:
        return (1, 1) if profile == 0 else (0, 0)
    if depth < 12:
        return 1, 0
    sub_x = reader.bits(1)
    return sub_x, reader.bits(1) if sub_x else 0
