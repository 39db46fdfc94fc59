"""Where H.264 and HEVC differ, for code that handles NAL units of both. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from streamer.errors import MediaError
from streamer.media.boxer.bits import BitReader, unescape
from streamer.media.boxer.bitstream import H264Nal, HevcNal, h264_type, hevc_type
from streamer.media.boxer.codecs_h26x import ParameterSets, read_avcc, read_hvcc
from streamer.media.boxer.hevc_sps import parse_hevc_sps

_MAX_ID = 255


@dataclass(frozen=True, slots=True)
class NalSyntax:
    """One codec's NAL units.

    `sets`, `dropped`, `pictures` and `starts` are types: parameter sets, what samples do without,
    slices, slices of pictures that decoding can start with. The functions take NAL units that
    are not empty and raise MediaError on those that are cut off.
    """

    type_of: Callable[[bytes], int]
    read_record: Callable[[bytes], ParameterSets]
    id_of: Callable[[int, bytes], int]
    pps_of_slice: Callable[[bytes], int]
    sps_of_pps: Callable[[bytes], int]
    sps: int
    pps: int
    sets: tuple[int, ...]
    dropped: tuple[int, ...]
    pictures: range
    starts: range


def _h264_id(kind: int, nal: bytes) -> int:
    reader = BitReader(unescape(nal))
    reader.skip(32 if kind == H264Nal.SPS else 8)
    return _checked(reader.ue())


def _h264_pps_of_slice(nal: bytes) -> int:
    reader = BitReader(unescape(nal))
    reader.skip(8)
    reader.ue()  # first_mb_in_slice
    reader.ue()  # slice_type
    return reader.ue()


def _h264_sps_of_pps(nal: bytes) -> int:
    reader = BitReader(unescape(nal))
    reader.skip(8)
    reader.ue()  # pic_parameter_set_id
    return reader.ue()


def _hevc_id(kind: int, nal: bytes) -> int:
    if kind == HevcNal.SPS:
        return _checked(parse_hevc_sps(nal).sps_id)
    reader = BitReader(unescape(nal))
    reader.skip(16)
    return reader.bits(4) if kind == HevcNal.VPS else _checked(reader.ue())


def _hevc_pps_of_slice(nal: bytes) -> int:
    reader = BitReader(unescape(nal))
    reader.skip(16 + 2)  # header, first_slice_segment_in_pic_flag, no_output_of_prior_pics_flag
    return reader.ue()


def _hevc_sps_of_pps(nal: bytes) -> int:
    reader = BitReader(unescape(nal))
    reader.skip(16)
    reader.ue()  # pps_pic_parameter_set_id
    return reader.ue()


def _checked(number: int) -> int:
    if number > _MAX_ID:
        raise MediaError("The video has a parameter set with an impossible number.")
    return number


H264 = NalSyntax(
    type_of=h264_type,
    read_record=read_avcc,
    id_of=_h264_id,
    pps_of_slice=_h264_pps_of_slice,
    sps_of_pps=_h264_sps_of_pps,
    sps=H264Nal.SPS,
    pps=H264Nal.PPS,
    sets=(H264Nal.SPS, H264Nal.PPS),
    dropped=(H264Nal.DELIMITER, H264Nal.FILLER),
    pictures=range(H264Nal.SLICE, H264Nal.IDR + 1),
    starts=range(H264Nal.IDR, H264Nal.IDR + 1),
)
HEVC = NalSyntax(
    type_of=hevc_type,
    read_record=read_hvcc,
    id_of=_hevc_id,
    pps_of_slice=_hevc_pps_of_slice,
    sps_of_pps=_hevc_sps_of_pps,
    sps=HevcNal.SPS,
    pps=HevcNal.PPS,
    sets=(HevcNal.VPS, HevcNal.SPS, HevcNal.PPS),
    dropped=(HevcNal.DELIMITER, HevcNal.FILLER),
    pictures=range(HevcNal.VPS),
    starts=range(HevcNal.BLA_W_LP, HevcNal.CRA + 1),
)
