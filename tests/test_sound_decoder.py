"""Packets of sound to frames, where a codec does not say itself what they are."""

from types import SimpleNamespace
from typing import Any

import av
import pytest

from streamer.errors import MediaError
from streamer.media.sample import SoundFacts, SoundSample
from streamer.media.sound.decoder import SoundDecoder


@pytest.mark.parametrize("codec", ["adpcm_g726", "adpcm_g726le"])
@pytest.mark.parametrize("bits", [2, 3, 4, 5])
def test_g726_is_decoded_by_the_bits_that_the_container_tells(codec: str, bits: int) -> None:
    context = SimpleNamespace(layout=av.AudioLayout("mono"), bit_rate=bits * 8000)
    decoder = SoundDecoder(SoundFacts(codec, 8000, 1, context=context))
    packet: av.Packet[Any] = av.Packet(bytes(20 * bits))
    ((frame, at_us),) = decoder.decode(SoundSample(40_000, 20_000, 0, packet=packet))
    assert (frame.samples, frame.sample_rate, at_us) == (160, 8000, 40_000)


def test_g726_of_unknown_bits_is_said() -> None:
    context = SimpleNamespace(layout=av.AudioLayout("mono"), bit_rate=None)
    with pytest.raises(MediaError, match="cannot be decoded"):
        SoundDecoder(SoundFacts("adpcm_g726", 8000, 1, context=context))
