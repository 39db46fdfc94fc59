"""When a picture began to arrive that FFmpeg hands out only later. Pure.

Some formats do not say where a picture ends, so FFmpeg sees that in the beginning of the next one;
in MPEG-TS twice, as neither its packets nor the H.264 in them say so. What is handed out now has
then begun to arrive when an earlier picture was handed out. A picture is as old as that, and a
viewer is told so.
"""

from collections import deque

# By FFmpeg's names of formats. `tests/test_arrival.py` measures those of which it can feed a file.
_HELD_BACK = {"mpegts": 2, "rtsp": 1, "sdp": 1, "rtp": 1, "h264": 1, "hevc": 1, "mjpeg": 1}


def held_back(format_name: str) -> int:
    """How many pictures begin to arrive after one before it is handed out."""
    return _HELD_BACK.get(format_name, 0)


class Arrivals:
    """The times of arrival of a live source's pictures, from when they are handed out."""

    def __init__(self, format_name: str) -> None:
        self._handed_us: deque[int] = deque(maxlen=held_back(format_name) + 1)

    def handed(self, now_us: int) -> int:
        """One is handed out now: when it began to arrive, at the latest."""
        self._handed_us.append(now_us)
        return self._handed_us[0]
