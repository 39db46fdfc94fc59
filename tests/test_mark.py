import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from streamer.media.picture import mark
from streamer.media.picture.mark import PERIOD_US, Mark

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "vectors" / "mark.json").read_text()
)
NOW_US = 1_700_000_000_123_456


def crc16(data: bytes) -> int:
    """CRC-16/IBM-3740, bit by bit, as its definition has it."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return crc


def luma_of(cells: str | tuple[bool, ...], black: int = 16, white: int = 235) -> list[int]:
    return [white if cell in (True, "1") else black for cell in cells]


def draw(width: int, height: int, cells: tuple[bool, ...]) -> Image.Image:
    x, y, cell = mark.geometry(width, height)
    columns, rows = mark.edges(x, cell, 16), mark.edges(y, cell, 4)
    image = Image.new("L", (width, height), 90)
    pen = ImageDraw.Draw(image)
    for index, value in enumerate(cells):
        row, column = divmod(index, 16)
        box = (columns[column], rows[row], columns[column + 1] - 1, rows[row + 1] - 1)
        pen.rectangle(box, fill=235 if value else 16)
    return image


def read(image: Image.Image) -> Mark | None:
    return mark.read(image.tobytes(), image.width, image.width, image.height)


@pytest.mark.parametrize("case", VECTORS["marks"])
def test_vectors_of_marks(case: dict[str, Any]) -> None:
    cells = "".join("01"[cell] for cell in mark.pack(case["time_us"], case["sequence"]))
    assert cells == case["cells"]
    assert mark.unpack(luma_of(case["cells"])) == Mark(case["time_us"], case["sequence"])


@pytest.mark.parametrize("case", VECTORS["marks"])
def test_the_layout_is_the_documented_one(case: dict[str, Any]) -> None:
    bits = int(case["cells"], 2)
    units, sequence = bits >> 28 & 0xFFFFFFFF, bits >> 16 & 0xFFF
    assert bits >> 60 == 0b1010
    assert (units * 100, sequence) == (case["time_us"], case["sequence"])
    assert bits & 0xFFFF == crc16(units.to_bytes(4) + sequence.to_bytes(2))


@pytest.mark.parametrize("case", VECTORS["compressed"])
def test_vectors_of_compressed_marks(case: dict[str, Any]) -> None:
    assert mark.unpack(case["luma"]) == Mark(case["time_us"], case["sequence"])


@pytest.mark.parametrize("case", VECTORS["geometry"])
def test_vectors_of_geometry(case: dict[str, Any]) -> None:
    expected = (case["x"], case["y"], case["cell"])
    assert mark.geometry(case["width"], case["height"]) == pytest.approx(expected)


@pytest.mark.parametrize("case", VECTORS["ages"])
def test_vectors_of_ages(case: dict[str, Any]) -> None:
    assert mark.age_us(Mark(case["time_us"], 0), case["now_us"]) == case["age_us"]


def test_time_is_kept_to_100_us_modulo_the_period() -> None:
    assert mark.unpack(luma_of(mark.pack(NOW_US, 5000))) == Mark(
        NOW_US % PERIOD_US // 100 * 100, 5000 % 4096
    )


def test_age_across_the_wrap() -> None:
    made = PERIOD_US * 7 - 300
    found = mark.unpack(luma_of(mark.pack(made, 0)))
    assert found is not None
    assert mark.age_us(found, made + 40_000) == 40_000
    assert mark.age_us(found, made - 2_000) == -2_000


def test_every_single_wrong_cell_is_noticed() -> None:
    cells = mark.pack(NOW_US, 77)
    for wrong in range(64):
        flipped = tuple(cell ^ (index == wrong) for index, cell in enumerate(cells))
        assert mark.unpack(luma_of(flipped)) is None


def test_low_contrast_is_not_trusted() -> None:
    cells = mark.pack(NOW_US, 1)
    assert mark.unpack(luma_of(cells, black=100, white=139)) is None
    assert mark.unpack(luma_of(cells, black=100, white=140)) is not None


@pytest.mark.parametrize("size", [(1280, 720), (322, 180), (640, 480), (360, 640), (64, 64)])
def test_reads_what_is_drawn(size: tuple[int, int]) -> None:
    expected = Mark(NOW_US % PERIOD_US // 100 * 100, 9)
    assert read(draw(*size, mark.pack(NOW_US, 9))) == expected


def test_padded_lines() -> None:
    image = draw(322, 180, mark.pack(NOW_US, 9))
    padded = Image.new("L", (336, 180))
    padded.paste(image)
    assert mark.read(padded.tobytes(), 336, 322, 180) == read(image)


def test_a_picture_without_a_mark() -> None:
    assert read(Image.new("L", (640, 360), 128)) is None
    assert read(Image.linear_gradient("L").resize((640, 360))) is None


@pytest.mark.parametrize("quality", [30, 50])
@pytest.mark.parametrize("scale", [1, 0.5, 0.4167])
def test_survives_jpeg_and_scaling(quality: int, scale: float) -> None:
    for sequence in range(20):
        image = draw(1280, 720, mark.pack(NOW_US + sequence * 33_333, sequence))
        small = image.resize((round(1280 * scale), round(720 * scale)), Image.Resampling.BOX)
        data = io.BytesIO()
        small.save(data, "JPEG", quality=quality)
        found = read(Image.open(data))
        assert found is not None
        assert found.sequence == sequence
