"""Colour bars that move sideways under the time mark, as raw I420 pictures; needs no package."""

from streamer.media.picture import mark

# Y, Cb and Cr of seven bars, of 75 % (ITU-R BT.601).
BARS = (
    *((180, 128, 128), (162, 44, 142), (131, 156, 44), (112, 72, 58)),
    *((84, 184, 198), (65, 100, 212), (35, 212, 114)),
)
STEP = 4
WHITE, BLACK, GREY = b"\xeb", b"\x10", b"\x80"


class MarkedBars:
    """Draws pictures of one size, whose sides are even."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._rows = [self._row(plane, 1 if plane == 0 else 2) for plane in range(3)]

    def draw(self, number: int, wall_us: int) -> bytes:
        """Draw a picture that says its number and when it was made."""
        luma = self._plane(0, number, 1)
        chroma = [self._plane(plane, number, 2) for plane in (1, 2)]
        x, y, cell = mark.geometry(self._width, self._height)
        columns, rows = mark.edges(x, cell, mark.COLUMNS), mark.edges(y, cell, mark.ROWS)
        cells = mark.pack(wall_us, number)
        for row in range(mark.ROWS):
            told = cells[row * mark.COLUMNS : (row + 1) * mark.COLUMNS]
            spans = zip(told, columns, columns[1:], strict=False)
            line = b"".join((WHITE if on else BLACK) * (end - start) for on, start, end in spans)
            for at in range(rows[row], rows[row + 1]):
                begin = at * self._width + columns[0]
                luma[begin : begin + len(line)] = line
        for plane in chroma:
            self._clear(
                plane, columns[0] // 2, columns[-1] // 2, range(rows[0] // 2, rows[-1] // 2)
            )
        return bytes(luma + chroma[0] + chroma[1])

    def _row(self, plane: int, divisor: int) -> bytes:
        """One line of a plane, twice as long as the picture, so that any part begins somewhere."""
        width = self._width // divisor
        return bytes(BARS[at * len(BARS) // width % len(BARS)][plane] for at in range(2 * width))

    def _plane(self, plane: int, number: int, divisor: int) -> bytearray:
        width = self._width // divisor
        start = number * STEP // divisor % width
        return bytearray(self._rows[plane][start : start + width] * (self._height // divisor))

    def _clear(self, plane: bytearray, left: int, right: int, rows: range) -> None:
        """Take the colour out of what is under the mark."""
        for row in rows:
            begin = row * (self._width // 2)
            plane[begin + left : begin + right] = GREY * (right - left)
