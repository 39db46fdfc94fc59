"""What a slate looks like: its size, its words, and what it is drawn on."""

import io
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageFont

from streamer.border import MEDIA, RecordReader
from streamer.media.picture.slate import draw, run, wrap
from streamer.slate import SlateSpec

SPEC = SlateSpec("door", "rtsp://cam/1 does not answer.", "Trying again.", 640, 360)


def drawn(spec: SlateSpec) -> Image.Image:
    image = Image.open(io.BytesIO(draw(spec)))
    image.load()
    return image


def brightest(image: Image.Image, box: tuple[int, int, int, int]) -> int:
    levels = image.convert("L").crop(box).histogram()
    return max(level for level, count in enumerate(levels) if count)


@pytest.mark.parametrize("size", [(640, 360), (1920, 1080), (360, 640), (64, 64), (4096, 64)])
def test_words_stand_in_the_middle_of_exactly_that_size(size: tuple[int, int]) -> None:
    width, height = size
    image = drawn(replace(SPEC, width=width, height=height))
    assert (image.format, image.size) == ("JPEG", size)
    assert brightest(image, (0, 0, width, height)) > 150
    if height >= 360:
        assert brightest(image, (0, 0, width, height // 8)) < 60


def test_no_reason_is_too_strange() -> None:
    for reason in ("", "x" * 500, "word " * 300, "\u2028 \u00e9\u4e2d\U0001f4a5 \x00"):
        assert drawn(replace(SPEC, reason=reason)).size == (640, 360)


def test_lines_are_as_long_as_they_may_be() -> None:
    font = ImageFont.load_default(12)
    lines = wrap("one two three four five six", font, round(font.getlength("one two three")))
    assert lines == ["one two three", "four five six"]
    assert wrap("", font, 100) == []


def test_a_picture_of_one_s_own_is_darkened_behind_the_words(tmp_path: Path) -> None:
    path = tmp_path / "away.png"
    Image.new("RGB", (100, 100), (255, 0, 0)).save(path)
    corner = drawn(replace(SPEC, background=path)).getpixel((5, 5))
    assert isinstance(corner, tuple)
    assert 90 < corner[0] < 130 > 40 > corner[1]


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_a_picture_that_cannot_be_read_is_done_without(
    tmp_path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "away.png"
    if content is not None:
        path.write_bytes(content)
    assert drawn(replace(SPEC, background=path)).size == (640, 360)
    assert "event=slate-plain name=door" in caplog.text


def test_it_is_sent_as_one_record() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        run(theirs, SPEC)
        reader, record = RecordReader(), None
        while record is None:
            record = reader.filled(ours.recv_into(reader.buffer()))
    assert (record[0], bytes(record[1])) == (MEDIA, draw(SPEC))
