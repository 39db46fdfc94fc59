"""The records between a worker and the server, in whatever pieces the socket delivers them."""

import pytest

from streamer import border
from streamer.border import CONTROL, HEAD, MEDIA, RecordReader
from streamer.errors import MediaError

Record = tuple[int, bytearray]


def feed(reader: RecordReader, data: bytes, piece: int) -> list[Record]:
    """Write `data` into the reader, at most `piece` bytes at a time."""
    records = []
    while data:
        target = reader.buffer()
        count = min(len(target), len(data), piece)
        target[:count] = data[:count]
        data = data[count:]
        if (record := reader.filled(count)) is not None:
            records.append(record)
    return records


def media(payload: bytes) -> bytes:
    return border.pack_media_head(len(payload)) + payload


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 7, 1000])
def test_records_come_out_whole(piece: int) -> None:
    data = media(b"first") + border.pack_control({"a": 1}) + media(b"x") + media(b"last" * 30)
    assert feed(RecordReader(), data, piece) == [
        (MEDIA, bytearray(b"first")),
        (CONTROL, bytearray(b'{"a":1}')),
        (MEDIA, bytearray(b"x")),
        (MEDIA, bytearray(b"last" * 30)),
    ]


def test_the_buffer_ends_where_the_record_ends() -> None:
    reader, wanted = RecordReader(), []
    for piece in (b"\0\0", b"\0\3\1", b"a", b"bc", b""):
        target = reader.buffer()
        wanted.append(len(target))
        target[: len(piece)] = piece
        reader.filled(len(piece))
    assert wanted == [5, 3, 3, 2, 5]


def test_payloads_are_independent() -> None:
    reader = RecordReader()
    (first,), (second,) = feed(reader, media(b"one"), 99), feed(reader, media(b"two"), 99)
    first[1][:] = b"123"
    assert second[1] == b"two"


def test_an_unfinished_record_is_not_given_out() -> None:
    assert feed(RecordReader(), media(b"abc")[:-1], 99) == []


@pytest.mark.parametrize(
    ("size", "record_type"),
    [(0, MEDIA), (border.MAX_RECORD + 1, MEDIA), (2**32 - 1, CONTROL), (3, 2), (3, 255)],
)
def test_a_broken_head_is_refused(size: int, record_type: int) -> None:
    with pytest.raises(MediaError, match=f"{size} bytes, type {record_type}"):
        feed(RecordReader(), HEAD.pack(size, record_type), 99)


def test_control_survives_the_way() -> None:
    body = {"type": "state", "reason": "Tür zu", "retry": None, "list": [1, 2.5]}
    ((record_type, payload),) = feed(RecordReader(), border.pack_control(body), 4)
    assert record_type == CONTROL
    assert border.parse_control(payload) == body


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\xfd", "not JSON"),
        (b"[1]", "not an object"),
        (b"null", "not an object"),
        (b'"text"', "not an object"),
    ],
)
def test_broken_control_is_refused(payload: bytes, words: str) -> None:
    with pytest.raises(MediaError, match=words):
        border.parse_control(payload)
