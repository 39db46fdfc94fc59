"""A clip of a white square that moves, and for each picture the box around its square.

Every seventh picture has no metadata.
"""

import json
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 640, 360
SIDE = 60
MARGIN = 12
BARE = 7
_START, _STEP = 20, 16
_COLUMNS, _ROWS = 33, 4
_ROW_HEIGHT = 60
COUNT = _COLUMNS * _ROWS


def corner(index: int) -> tuple[int, int]:
    """Where the square's upper left corner is in a picture: it goes along four lines."""
    row, column = divmod(index, _COLUMNS)
    return _START + _STEP * column, _START + _ROW_HEIGHT * row


def index_at(x: int, y: int) -> int:
    """Which picture has its square nearest to there."""
    return round((y - _START) / _ROW_HEIGHT) * _COLUMNS + round((x - _START) / _STEP)


def metadata(index: int) -> bytes | None:
    """The JSON of a picture."""
    if index % BARE == BARE - 1:
        return None
    x, y = corner(index)
    side = SIDE + 2 * MARGIN
    box = {"x": (x - MARGIN) / WIDTH, "y": (y - MARGIN) / HEIGHT}
    box |= {"w": side / WIDTH, "h": side / HEIGHT}
    return json.dumps({"index": index, "boxes": [{**box, "color": "#f0f"}]}).encode()


def make_clip(path: Path, fps: int) -> None:
    """Write such a clip, with B-frames."""
    with av.open(str(path), "w") as target:
        stream: VideoStream = target.add_stream("libx264", Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "veryfast", "bf": "2", "b_strategy": "0", "g": "30"}
        for index in range(COUNT):
            frame = VideoFrame.from_image(_draw(index))  # type: ignore[no-untyped-call]
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


def _draw(index: int) -> Image.Image:
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    x, y = corner(index)
    ImageDraw.Draw(picture).rectangle((x, y, x + SIDE - 1, y + SIDE - 1), "white")
    return picture
