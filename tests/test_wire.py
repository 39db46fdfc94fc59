"""The binary half of the wire, against the vectors that the JavaScript suite shares."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from streamer import errors, wire
from streamer.wire import Flags, Header, Kind

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "vectors" / "wire.json").read_text("utf-8")
)
HEADER = Header(Kind.FRAGMENT, Flags.KEYFRAME, 1, 7, 33_333, 1_000_000, 40, 50)


def names(vectors: list[dict[str, Any]]) -> list[str]:
    return [vector["name"] for vector in vectors]


def header_of(vector: dict[str, Any]) -> Header:
    fields = {key: value for key, value in vector["header"].items() if key != "version"}
    return Header(**fields | {"kind": Kind(fields["kind"]), "flags": Flags(fields["flags"])})


@pytest.mark.parametrize("vector", VECTORS["media"], ids=names(VECTORS["media"]))
def test_unpack_gives_the_vector(vector: dict[str, Any]) -> None:
    header, payload = wire.unpack(bytes.fromhex(vector["hex"]))
    assert {"version": wire.VERSION} | asdict(header) == vector["header"]
    assert payload.hex() == vector["payload_hex"]


@pytest.mark.parametrize("vector", VECTORS["media"], ids=names(VECTORS["media"]))
def test_pack_gives_the_vector(vector: dict[str, Any]) -> None:
    message = wire.pack(header_of(vector), bytes.fromhex(vector["payload_hex"]))
    assert message.hex() == vector["hex"]


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=names(VECTORS["bad"]))
def test_unpack_refuses_the_bad_vector(vector: dict[str, Any]) -> None:
    with pytest.raises(getattr(errors, vector["error"])):
        wire.unpack(bytes.fromhex(vector["hex"]))


WITH_META = [vector for vector in VECTORS["media"] if "meta" in vector]


@pytest.mark.parametrize("vector", WITH_META, ids=names(WITH_META))
def test_metadata_is_packed_and_unpacked_as_in_the_vector(vector: dict[str, Any]) -> None:
    meta, picture = vector["meta"].encode(), bytes.fromhex(vector["picture_hex"])
    header, payload = wire.unpack(bytes.fromhex(vector["hex"]))
    unpacked, rest = wire.unpack_meta(header, payload)
    assert unpacked is not None
    assert (bytes(unpacked), bytes(rest)) == (meta, picture)
    bare = replace(header_of(vector), flags=Flags(header.flags & ~Flags.META))
    assert wire.pack(bare, picture, meta).hex() == vector["hex"]


@pytest.mark.parametrize("vector", VECTORS["bad_meta"], ids=names(VECTORS["bad_meta"]))
def test_bad_metadata_is_refused(vector: dict[str, Any]) -> None:
    header = replace(HEADER, flags=Flags.META)
    with pytest.raises(getattr(errors, vector["error"])):
        wire.unpack_meta(header, memoryview(bytes.fromhex(vector["payload_hex"])))


def test_a_payload_without_metadata_is_all_picture() -> None:
    payload = memoryview(b"abc")
    assert wire.unpack_meta(HEADER, payload) == (None, payload)


def test_too_much_metadata_is_not_packed() -> None:
    wire.pack(HEADER, b"", bytes(wire.MAX_META_BYTES))
    with pytest.raises(errors.MessageTooBig):
        wire.pack(HEADER, b"", bytes(wire.MAX_META_BYTES + 1))


def test_vectors_cover_every_kind_and_flag() -> None:
    headers = [vector["header"] for vector in VECTORS["media"]]
    assert {header["kind"] for header in headers} == set(Kind)
    assert {flag for header in headers for flag in Flags(header["flags"])} == set(Flags)


def test_vectors_hold_only_numbers_that_javascript_holds_exactly() -> None:
    for vector in VECTORS["media"]:
        assert all(abs(value) < 2**53 for value in vector["header"].values()), vector["name"]


def test_payload_is_a_view_of_the_message() -> None:
    message = bytearray(wire.pack(HEADER, b"abc"))
    _, payload = wire.unpack(message)
    message[-1:] = b"d"
    assert bytes(payload) == b"abd"


def test_unknown_flags_survive() -> None:
    message = bytearray(wire.pack(HEADER, b""))
    message[2] |= 128
    assert wire.unpack(message)[0].flags == 129


def test_pack_takes_a_memoryview() -> None:
    assert wire.pack(HEADER, memoryview(b"abc")) == wire.pack(HEADER, b"abc")


def test_pack_wraps_the_sequence() -> None:
    header = Header(Kind.FRAGMENT, Flags.NONE, 0, 2**32 + 5, 0, 0)
    assert wire.unpack(wire.pack(header, b""))[0].sequence == 5


def test_stamp_fills_in_what_the_channel_knows() -> None:
    message = bytearray(wire.pack(HEADER, b"abc"))
    wire.stamp(message, 9, 1_000_750, Flags.DISCONTINUITY)
    header, payload = wire.unpack(message)
    assert header == Header(
        Kind.FRAGMENT, Flags.KEYFRAME | Flags.DISCONTINUITY, 1, 9, 33_333, 1_000_000, 40, 750
    )
    assert bytes(payload) == b"abc"


def test_stamp_wraps_the_sequence() -> None:
    message = bytearray(wire.pack(HEADER, b""))
    wire.stamp(message, 2**32, 1_000_000)
    assert wire.unpack(message)[0].sequence == 0


@pytest.mark.parametrize(
    ("wall_us", "published_us"),
    [(999_999, 0), (1_000_000, 0), (1_000_001, 1), (1_000_000 + 2**32, 2**32 - 1)],
)
def test_stamp_fits_the_latency_into_its_field(wall_us: int, published_us: int) -> None:
    message = bytearray(wire.pack(HEADER, b""))
    wire.stamp(message, 0, wall_us)
    assert wire.unpack(message)[0].published_us == published_us


@pytest.mark.parametrize(
    ("us", "clamped"), [(-1, 0), (0, 0), (7, 7), (2**32 - 1, 2**32 - 1), (2**32, 2**32 - 1)]
)
def test_clamp(us: int, clamped: int) -> None:
    assert wire.clamp_us(us) == clamped


def test_header_is_as_long_as_it_says() -> None:
    assert len(wire.pack(HEADER, b"")) == wire.HEADER_SIZE == 32


@pytest.mark.parametrize(
    ("last", "following", "missing"),
    [(5, 6, 0), (5, 9, 3), (0xFFFFFFFF, 0, 0), (0xFFFFFFFE, 1, 2), (9, 5, 0), (5, 5, 0)],
)
def test_what_is_missing_between_sequences_which_wrap(
    last: int, following: int, missing: int
) -> None:
    assert wire.missing(last, following) == missing


@pytest.mark.parametrize(
    ("number", "newest", "unwrapped"),
    [(5, 7, 5), (7, 7, 7), (0xFFFFFFFF, 1 << 32, 0xFFFFFFFF), (1, (1 << 32) + 2, (1 << 32) + 1)],
)
def test_numbers_that_wrapped_are_known_by_the_newest(
    number: int, newest: int, unwrapped: int
) -> None:
    assert wire.unwrapped(number, newest) == unwrapped


def test_distances_have_a_sign() -> None:
    assert wire.signed_distance(0xFFFFFFFF, 2) == 3
    assert wire.signed_distance(2, 0xFFFFFFFF) == -3
