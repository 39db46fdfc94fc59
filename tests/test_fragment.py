import struct

import pytest

from streamer.media.boxer.codecs import DecoderConfig, pack_box
from streamer.media.boxer.fragment import OVERHEAD, fragment, init_segment

CONFIG = DecoderConfig("avc1.42c00a", b"avc1", pack_box(b"avcC", b"record"), 640, 360)
CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"mvex", b"moof", b"traf"}


def boxes(data: bytes, path: str = "") -> dict[str, bytes]:
    """Every box by its path; sizes must add up exactly."""
    found = {}
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        assert 8 <= size <= len(data) - at
        name = f"{path}/{kind.decode()}"
        found[name] = data[at + 8 : at + size]
        if kind in CONTAINERS:
            found |= boxes(found[name], name)
        at += size
    return found


def test_a_fragment_is_its_sample_and_112_bytes() -> None:
    boxed = fragment(7, 2**33, 40_000, -80_000, True, b"sample")
    assert len(boxed) == OVERHEAD + 6
    found = boxes(boxed)
    assert found["/mdat"] == b"sample"
    assert found["/moof/mfhd"] == struct.pack(">II", 0, 7)
    assert found["/moof/traf/tfhd"] == struct.pack(">II", 0x020000, 1)
    assert found["/moof/traf/tfdt"] == struct.pack(">IQ", 1 << 24, 2**33)
    trun = (0x01000F01, 1, 112, 40_000, 6, 0x02000000, -80_000)
    assert found["/moof/traf/trun"] == struct.pack(">6Ii", *trun)


def test_the_data_offset_points_at_the_sample() -> None:
    boxed = fragment(1, 0, 1, 0, False, b"sample")
    assert boxed[OVERHEAD:] == b"sample"


def test_only_keyframes_are_sync_samples() -> None:
    flags = boxes(fragment(1, 0, 1, 0, False, b""))["/moof/traf/trun"][20:24]
    assert flags == bytes.fromhex("01010000")


def test_sequence_wraps() -> None:
    assert boxes(fragment(2**32 + 5, 0, 1, 0, False, b""))["/moof/mfhd"][4:] == b"\0\0\0\5"


def test_an_init_segment_describes_one_fragmented_track() -> None:
    found = boxes(init_segment(CONFIG))
    assert list(found)[:2] == ["/ftyp", "/moov"]
    assert found["/moov/mvhd"][12:16] == (1_000_000).to_bytes(4)
    assert found["/moov/trak/mdia/mdhd"][12:16] == (1_000_000).to_bytes(4)
    assert found["/moov/mvex/trex"] == struct.pack(">6I", 0, 1, 1, 0, 0, 0)
    assert found["/moov/trak/tkhd"][-8:] == struct.pack(">II", 640 << 16, 360 << 16)
    for table in ("stts", "stsc", "stco"):
        assert found[f"/moov/trak/mdia/minf/stbl/{table}"] == bytes(8)


def test_the_sample_entry_holds_size_and_configuration() -> None:
    stsd = boxes(init_segment(CONFIG))["/moov/trak/mdia/minf/stbl/stsd"]
    entry = boxes(stsd[8:])["/avc1"]
    assert struct.unpack_from(">HH", entry, 24) == (640, 360)
    assert boxes(entry[78:]) == {"/avcC": b"record"}


@pytest.mark.parametrize(("aspect", "shown"), [((4, 3), 853), ((1, 1), 640)])
def test_pixels_that_are_not_square_are_told(aspect: tuple[int, int], shown: int) -> None:
    config = DecoderConfig("avc1.42c00a", b"avc1", CONFIG.box, 640, 360, aspect)
    found = boxes(init_segment(config))
    assert int.from_bytes(found["/moov/trak/tkhd"][-8:-6]) == shown
    inner = boxes(boxes(found["/moov/trak/mdia/minf/stbl/stsd"][8:])["/avc1"][78:])
    assert ("/pasp" in inner) is (aspect != (1, 1))
