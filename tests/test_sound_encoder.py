"""Frames of sound to Opus, whatever frames they are."""

from itertools import pairwise

import av
import pytest

from streamer.media.sound.encoder import PACKET_US, OpusEncoder


def silence(layout: str, rate: int, samples: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="fltp", layout=layout, samples=samples)
    frame.sample_rate = rate
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return frame


@pytest.mark.parametrize(
    ("layout", "rate"), [("mono", 48_000), ("5.1", 48_000), ("stereo", 44_100)]
)
def test_sound_that_becomes_another_goes_on(layout: str, rate: int) -> None:
    encoder = OpusEncoder(2)
    before = encoder.encode(silence("stereo", 48_000, 48_000), 0)
    after = encoder.encode(silence(layout, rate, rate), 1_000_000)
    again = encoder.encode(silence("stereo", 48_000, 48_000), 2_000_000)
    times = [packet.pts_us for packet in (*before, *after, *again)]
    assert len(times) > 140
    steps = {late - early for early, late in pairwise(times)}
    assert steps == {PACKET_US}
