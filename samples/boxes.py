"""A moving picture with a box around what moves: numpy arrays to a page, without any set-up."""

import time

import numpy as np

import streamer

W, H, SIZE = 1280, 720, 120
for n in range(10_000):
    x, y = (n * 9) % (W - SIZE), int((0.5 + 0.4 * np.sin(n / 20)) * (H - SIZE))
    picture = np.full((H, W, 3), (16, 18, 24), np.uint8)
    picture[y : y + SIZE, x : x + SIZE] = (90, 200, 140)
    box = {"x": x / W, "y": y / H, "w": SIZE / W, "h": SIZE / H, "label": "square", "score": 0.9}
    streamer.imshow("boxes", picture, meta={"boxes": [box], "text": f"picture {n}"})
    time.sleep(1 / 30)
