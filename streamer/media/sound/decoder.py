"""Packets of sound to frames."""

from fractions import Fraction
from typing import Any, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError

from streamer.errors import MediaError
from streamer.media.sample import SoundFacts, SoundSample

_MICROSECOND = Fraction(1, 1_000_000)
# Decoders by another name than their codec's, of which only the container knows a sample's bits.
_G726 = {"adpcm_g726": "g726", "adpcm_g726le": "g726le"}


class SoundDecoder:
    """Decodes the sound of one source; what is broken is left out.

    Raises:
        MediaError: FFmpeg cannot open a decoder for it.
    """

    def __init__(self, facts: SoundFacts) -> None:
        try:
            self._context = _own_context(facts)
            self._context.open(strict=False)
        except (FFmpegError, ValueError) as exc:
            raise MediaError(f"{facts.codec} sound cannot be decoded here.") from exc

    def decode(self, sample: SoundSample) -> list[tuple[av.AudioFrame, int]]:
        """The frames of a sample, each with its media time in microseconds."""
        if sample.frame is not None:
            return [(sample.frame, sample.pts_us)]
        packet = cast("av.Packet[Any]", sample.packet)
        packet.time_base, packet.pts, packet.dts = _MICROSECOND, sample.pts_us, sample.pts_us
        try:
            frames = self._context.decode(packet)
        except FFmpegError:
            return []
        return [(frame, _time_us(frame, sample.pts_us)) for frame in frames]


def _own_context(facts: SoundFacts) -> AudioCodecContext:
    """A context of our own: the demuxer's reads on, and may serve another decoder later."""
    name = _G726.get(facts.codec, facts.codec)
    context = cast(AudioCodecContext, av.CodecContext.create(name, "r"))
    if facts.extradata:
        context.extradata = facts.extradata
    if facts.rate and facts.channels:  # raw codecs say nothing of themselves
        context.sample_rate = facts.rate
        told = "mono" if facts.channels == 1 else "stereo"
        context.layout = facts.context.layout if facts.context else told
    if facts.codec in _G726 and facts.rate and facts.context:
        bits = round((facts.context.bit_rate or 0) / facts.rate)
        context.options = {"bits_per_coded_sample": str(bits)}
    return context


def _time_us(frame: av.AudioFrame, default_us: int) -> int:
    if frame.pts is None or frame.time_base is None:
        return default_us
    return int(frame.pts * 1_000_000 * frame.time_base)
