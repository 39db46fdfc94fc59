import io
import struct

import pytest
from PIL import Image

from streamer.errors import MediaError
from streamer.media.picture.mjpeg import jpeg_size, mend

TABLES = b"\xff\xc4"


def picture(progressive: bool = False) -> bytes:
    data = io.BytesIO()
    image = Image.linear_gradient("L").resize((322, 180)).convert("RGB")
    image.save(data, "JPEG", quality=80, progressive=progressive)
    return data.getvalue()


def without_tables(data: bytes) -> bytes:
    """Cut out every DHT segment, as AVI and many cameras do."""
    while (at := data.find(TABLES)) >= 0:
        (length,) = struct.unpack_from(">H", data, at + 2)
        data = data[:at] + data[at + 2 + length :]
    return data


def pixels(data: bytes) -> bytes:
    return Image.open(io.BytesIO(data)).convert("RGB").tobytes()


@pytest.mark.parametrize("progressive", [False, True])
def test_a_whole_picture_is_returned_as_it_came(progressive: bool) -> None:
    data = picture(progressive)
    assert mend(data) is data
    assert jpeg_size(data) == (322, 180)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_missing_eoi_is_appended(progressive: bool) -> None:
    data = picture(progressive)
    assert mend(data[:-2]) == data


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("junk", [b"\x00" * 7, b"\r\n--boundary\r\n", b"\xff"])
def test_junk_around_is_cut_off(progressive: bool, junk: bytes) -> None:
    data = picture(progressive)
    assert mend(data + junk) == data
    assert mend(b"\r\n" + data + junk) == data


def test_the_start_of_a_second_picture_is_cut_off() -> None:
    data = picture()
    assert mend(data + data[:-2]) == data


def test_missing_huffman_tables_are_put_in() -> None:
    data = picture()
    bare = without_tables(data)
    assert len(data) - len(bare) == 432
    assert pixels(mend(bare)) == pixels(data)
    assert pixels(mend(bare[:-2])) == pixels(data)


def test_the_tables_are_those_of_annex_k() -> None:
    """Pillow's encoder writes the same ones, each in a segment of its own."""
    data = picture()
    first = data.index(TABLES)
    assert data[first:].startswith(mend(without_tables(data))[first:][:432])


def test_fill_bytes_and_restart_markers_between_segments() -> None:
    data = picture()
    assert jpeg_size(data[:2] + b"\xff\xff\xff" + data[3:]) == (322, 180)
    assert jpeg_size(data[:2] + b"\xff\xd0\x00\x01" + data[2:]) == (322, 180)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        b"hello, I am no picture",
        b"\xff\xd8\xff\xda\x00\x02\x00\x00",
        b"\xff\xd8\xff\xc0\x00\x04\x08\x00\xff\xda\x00\x02\x00",
        b"\xff\xd8\xff\xc0\x00\x02",
        b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x00\x00\x10\x01\x01\x11\x00\xff\xda\x00\x02\x00",
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(MediaError):
        mend(data)
    with pytest.raises(MediaError):
        jpeg_size(data)


def test_every_truncation_is_mended_or_refused() -> None:
    data = picture()
    scan = data.index(b"\xff\xda")
    for length in range(len(data)):
        try:
            mended = mend(data[:length])
        except MediaError:
            assert length < scan + 14
        else:
            assert mended.endswith(b"\xff\xd9")
