"""A program that publishes numpy arrays with the time mark: URL CODEC SECONDS.

At the end it prints what that cost: `cpu PERCENT` of a core, without the first two seconds.
"""

import sys
import time

import numpy as np

from streamer import Publisher
from streamer.media.picture import mark

WIDTH, HEIGHT, FPS = 1280, 720, 30
WARM_UP = 2 * FPS


def draw(picture: np.ndarray, number: int, wall_us: int) -> None:
    """A bar that moves, and the mark."""
    picture[300:500] = 90
    at = number * 12 % (WIDTH - 100)
    picture[300:500, at : at + 100] = (230, 180, 40)
    x, y, cell = mark.geometry(WIDTH, HEIGHT)
    columns, rows = mark.edges(x, cell, mark.COLUMNS), mark.edges(y, cell, mark.ROWS)
    for index, is_white in enumerate(mark.pack(wall_us, number)):
        row, column = divmod(index, mark.COLUMNS)
        where = np.s_[rows[row] : rows[row + 1], columns[column] : columns[column + 1]]
        picture[where] = 255 if is_white else 0


def main(url: str, codec: str, seconds: str) -> None:
    """Publish for so long, at 30 pictures a second."""
    ramp = np.linspace(40, 160, WIDTH, dtype=np.uint8)
    picture = np.repeat(np.tile(ramp, (HEIGHT, 1))[:, :, None], 3, axis=2)
    start = time.monotonic()
    spent = began = 0.0
    with Publisher(url, "cam", codec=codec) as publisher:
        for number in range(round(float(seconds) * FPS)):
            now_us = time.time_ns() // 1000
            draw(picture, number, now_us)
            publisher.send(picture, captured_us=now_us)
            if number == WARM_UP:
                spent, began = time.process_time(), time.monotonic()
            time.sleep(max(0.0, start + (number + 1) / FPS - time.monotonic()))
        share = (time.process_time() - spent) / (time.monotonic() - began)
    print(f"cpu {100 * share:.1f}", publisher.stats, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
