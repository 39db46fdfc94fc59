"""One picture out of a group: the right one, in the size and form that was asked for."""

import io
import socket

import pytest
from PIL import Image

from streamer.border import RecordReader
from streamer.errors import MediaError
from streamer.media.boxer.remux import Remuxer
from streamer.media.picture import still
from streamer.media.picture.jpeg import JpegEncoder
from streamer.rendition import parse
from tests.test_boxer_media import CODECS, box, encode, joined, pictures

SIZE = (128, 64)


def luma(image: Image.Image) -> bytes:
    return image.convert("L").tobytes()


def apart(first: bytes, second: bytes) -> float:
    """How far two pictures are apart, in levels of each pixel."""
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)


def wanted(index: int) -> bytes:
    frame = list(pictures(index + 1, *SIZE))[index]
    return luma(Image.open(io.BytesIO(JpegEncoder(None, 95).encode(frame).data)))


@pytest.mark.parametrize("name", ["h264", "h264-b", "hevc", "vp9"])
@pytest.mark.parametrize("count", [1, 4, 5, 6])
def test_it_is_the_picture_of_the_last_message(name: str, count: int) -> None:
    packets, extradata = encode(name, 8, SIZE)
    made = still.make(
        joined(box(Remuxer(CODECS[name], extradata), packets[:count])), parse("jpeg"), "PNG"
    )
    image = Image.open(io.BytesIO(made))
    assert (image.format, image.size) == ("PNG", SIZE)
    shown = packets[count - 1].pts
    assert shown is not None
    distances = [apart(luma(image), wanted(index)) for index in range(8)]
    assert distances.index(min(distances)) == shown


def test_it_is_as_small_as_it_is_wanted() -> None:
    packets, extradata = encode("h264", 3, (256, 128))
    group = joined(box(Remuxer("h264", extradata), packets))
    made = Image.open(io.BytesIO(still.make(group, parse("jpeg-64"), "JPEG")))
    assert (made.format, made.size) == ("JPEG", (128, 64))


def test_a_jpeg_becomes_a_png_and_smaller() -> None:
    file = io.BytesIO()
    Image.new("RGB", (256, 128), (200, 30, 30)).save(file, "JPEG")
    made = Image.open(io.BytesIO(still.make(file.getvalue(), parse("jpeg-64"), "PNG")))
    assert (made.format, made.size) == ("PNG", (128, 64))
    assert apart(luma(made), luma(Image.new("RGB", (128, 64), (200, 30, 30)))) < 2


@pytest.mark.parametrize(("width", "height"), [(9000, 8000), (20_000, 15_000)])
def test_a_jpeg_that_claims_to_be_huge_takes_no_memory(width: int, height: int) -> None:
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "JPEG")
    size_at = file.getvalue().index(b"\xff\xc0") + 5
    huge = bytearray(file.getvalue())
    huge[size_at : size_at + 4] = height.to_bytes(2) + width.to_bytes(2)
    with pytest.raises(MediaError, match=f"{width}x{height} pixels is not decoded"):
        still.make(bytes(huge), parse("jpeg-64"), "PNG")


def test_nothing_comes_of_a_group_without_a_picture() -> None:
    packets, extradata = encode("h264", 1)
    init = box(Remuxer("h264", extradata), packets)[:1]
    with pytest.raises(MediaError, match="There is no picture in it"):
        still.make(joined(init), parse("jpeg"), "JPEG")


@pytest.mark.parametrize(
    ("data", "size"), [(b"\xff\xd8 no picture", 0), (b"nothing", 0), (None, 1)]
)
def test_it_answers_over_its_socket_or_hangs_up(data: bytes | None, size: int) -> None:
    packets, extradata = encode("h264", 2)
    group = data or joined(box(Remuxer("h264", extradata), packets))
    ours, theirs = socket.socketpair()
    with ours:
        ours.sendall(group)
        ours.shutdown(socket.SHUT_WR)
        still.run(theirs, parse("jpeg"), "JPEG")
        reader, records = RecordReader(), []
        while count := ours.recv_into(reader.buffer()):
            records.append(reader.filled(count))
    found = [each for each in records if each is not None]
    assert len(found) == size
    assert all(bytes(body).startswith(b"\xff\xd8") for _, body in found)
