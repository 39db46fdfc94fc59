"""The machine-readable time mark: when a picture was made, readable from the picture itself. Pure.

The mark is a block of 16 x 4 cells, each wholly black or white, so that it survives scaling and
compression. Row by row it holds 64 bits:

    4   calibration: white, black, white, black (1010)
    32  time: wall clock in units of 0.1 ms, modulo 2**32 (it wraps every 4.97 days)
    12  sequence: the picture's number, modulo 4096
    16  CRC-16/IBM-3740 (polynomial 0x1021, start 0xFFFF, not reflected) over six bytes:
        the time as u32 and the sequence as u16, both big-endian

all most significant bit first; white is 1. A cell is a 45th of the picture's height (16 pixels at
720 lines), at least 4 pixels, at most an 18th of the width; the block's top left corner lies one
cell in from the left and from the top. As the cell follows from the size of the picture alone, a
picture may be scaled as long as neither it nor its original falls under 180 lines.

A reader averages the middle half of each cell, takes the mean of the four calibration cells as
the threshold, and trusts nothing whose CRC does not match or whose white is less than 40 (of 255)
brighter than its black.

`tests/vectors/mark.json` holds what this reader and the one in JavaScript must agree on:

    {"marks":    [{"time_us": 0, "sequence": 0, "cells": "1010..."}, ...],
     "compressed": [{"time_us": 0, "sequence": 0, "luma": [230.0, 16.5, ...]}, ...],
     "geometry": [{"width": 1280, "height": 720, "x": 16.0, "y": 16.0, "cell": 16.0}, ...],
     "ages":     [{"time_us": 0, "now_us": 100, "age_us": 100}, ...]}

`time_us` is below `PERIOD_US` and a multiple of 100; `cells` is 64 characters, row by row. `luma`
is what 64 cells came to in small pictures that were compressed without mercy (H.264, crf 40).
"""

from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack as pack_struct

COLUMNS, ROWS = 16, 4
UNIT_US = 100
PERIOD_US = UNIT_US << 32
SEQUENCES = 1 << 12

_FLASH_CELLS = 4
_CALIBRATION = 0b1010
_LINES_PER_CELL = 45
_MIN_CELL = 4.0
_MIN_COLUMNS = COLUMNS + 2
_MIN_CONTRAST = 40


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark says: the time in microseconds modulo `PERIOD_US`, to 100 us, and a number."""

    time_us: int
    sequence: int


def flash_box(width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the square that is white while the pattern beeps, or black.

    It lies below the mark, one cell away from it, and is four cells wide and high.
    """
    x, y, cell = geometry(width, height)
    top = y + cell * (ROWS + 1)
    side = cell * _FLASH_CELLS
    return round(x), round(top), round(x + side), round(top + side)


def pack(wall_us: int, sequence: int) -> tuple[bool, ...]:
    """The 64 cells, row by row, that say `wall_us` and `sequence`; True is white."""
    units = wall_us // UNIT_US % (1 << 32)
    sequence %= SEQUENCES
    bits = _CALIBRATION << 60 | units << 28 | sequence << 16 | _crc(units, sequence)
    return tuple(bool(bits >> shift & 1) for shift in range(63, -1, -1))


def unpack(cells_luma: Sequence[float]) -> Mark | None:
    """Read 64 mean luma values, row by row; None if they are no mark."""
    white, black = cells_luma[0] + cells_luma[2], cells_luma[1] + cells_luma[3]
    if white - black < 2 * _MIN_CONTRAST:
        return None
    threshold = (white + black) / 4
    bits = 0
    for luma in cells_luma:
        bits = bits << 1 | (luma > threshold)
    units, sequence = bits >> 28 & 0xFFFFFFFF, bits >> 16 & 0xFFF
    if bits >> 60 != _CALIBRATION or bits & 0xFFFF != _crc(units, sequence):
        return None
    return Mark(units * UNIT_US, sequence)


def geometry(width: int, height: int) -> tuple[float, float, float]:
    """Where the mark lies in a picture of this size: x and y of its corner, size of a cell."""
    cell = min(max(height / _LINES_PER_CELL, _MIN_CELL), width / _MIN_COLUMNS)
    return cell, cell, cell


def edges(origin: float, cell: float, count: int) -> tuple[int, ...]:
    """The `count + 1` pixel boundaries of a row or column of cells, as they are drawn."""
    return tuple(round(origin + cell * index) for index in range(count + 1))


def read(
    luma: bytes | bytearray | memoryview, line_size: int, width: int, height: int
) -> Mark | None:
    """Read the mark of a picture from its luma plane, whose lines start `line_size` bytes apart.

    None if there is no mark or it cannot be read.
    """
    x, y, cell = geometry(width, height)
    lines = [
        [bytes(luma[row * line_size : row * line_size + width]) for row in rows]
        for rows in _middles(y, cell, ROWS)
    ]
    columns = _middles(x, cell, COLUMNS)
    return unpack([_mean(rows, span) for rows in lines for span in columns])


def age_us(mark: Mark, now_wall_us: int) -> int:
    """Microseconds from the mark's time to `now_wall_us`, which may be in another period.

    Negative if the mark's clock is ahead; right for ages of up to 59 hours either way.
    """
    half = PERIOD_US // 2
    return (now_wall_us - mark.time_us + half) % PERIOD_US - half


def _crc(units: int, sequence: int) -> int:
    return crc_hqx(pack_struct(">IH", units, sequence), 0xFFFF)


def _middles(origin: float, cell: float, count: int) -> list[range]:
    """The pixels in the middle half of each of `count` cells; at least one each."""
    starts = [origin + cell * (index + 0.25) for index in range(count)]
    return [range(round(s), max(round(s + cell / 2), round(s) + 1)) for s in starts]


def _mean(rows: list[bytes], span: range) -> float:
    total = sum(sum(row[span.start : span.stop]) for row in rows)
    return total / (len(rows) * len(span))
