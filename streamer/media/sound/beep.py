"""The sound of the test pattern: a beep of 1 kHz with each flash."""

import math
from array import array
from collections.abc import Iterator

import av

from streamer.media.sample import SoundSample

RATE = 48_000
LENGTH_US = 100_000
BLOCK = 960
BLOCK_US = BLOCK * 1_000_000 // RATE

_HERTZ = 1000
_LOUDNESS = 12_000  # of 32,767
_BEEP = array(
    "h",
    (
        round(_LOUDNESS * math.sin(math.tau * _HERTZ * index / RATE))
        for index in range(RATE * LENGTH_US // 1_000_000)
    ),
)


class Beeps:
    """Blocks of sound, one after the other; a beep begins each `period_us` of media time."""

    def __init__(self, period_us: int) -> None:
        self._period_us = period_us
        self._next = 0

    def until(self, end_us: int, captured_offset_us: int) -> Iterator[SoundSample]:
        """The blocks that begin before a media time; what was not asked for long ago is left out.

        `captured_offset_us` is what the wall clock is ahead of the media time.
        """
        end = end_us * RATE // 1_000_000
        if end - self._next > RATE:
            self._next = (end - 1) // BLOCK * BLOCK
        while self._next < end:
            pts_us = self._next * 1_000_000 // RATE
            frame = av.AudioFrame(format="s16", layout="mono", samples=BLOCK)
            frame.planes[0].update(block(self._next, self._period_us))
            frame.sample_rate = RATE
            yield SoundSample(pts_us, BLOCK_US, pts_us + captured_offset_us, frame=frame)
            self._next += BLOCK


def block(first: int, period_us: int) -> bytes:
    """`BLOCK` samples (s16, mono) from number `first` on; each period begins with a beep."""
    samples = array("h", bytes(2 * BLOCK))
    turn = max(0, (first - len(_BEEP)) * 1_000_000 // (RATE * period_us))
    while (onset := turn * period_us * RATE // 1_000_000) < first + BLOCK:
        start, end = max(onset, first), min(onset + len(_BEEP), first + BLOCK)
        if start < end:
            samples[start - first : end - first] = _BEEP[start - onset : end - onset]
        turn += 1
    return samples.tobytes()
