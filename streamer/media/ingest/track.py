"""The sound of an open container: which track it is, and its packets on the pictures' timeline."""

from typing import Any

from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from streamer.clock import Clock
from streamer.media.boxer.codecs_sound import adts_duration_us, can_pass, is_adts
from streamer.media.ingest.variants import sounds_beside
from streamer.media.sample import SoundFacts, SoundSample
from streamer.media.timeline import Timeline

# Each packet says rate and channels; who joins a live stream may not have seen one yet.
_TELLING = frozenset({"aac", "mp1", "mp2", "mp3", "ac3", "eac3", "opus"})
_USUAL_US = 20_000
_LONGEST_US = 1_000_000
_HEAD_BYTES = 16


class SoundTrack:
    """One track of sound."""

    def __init__(self, stream: AudioStream, clock: Clock, facts: SoundFacts | None = None) -> None:
        self.stream = stream
        self.facts = facts or sound_facts(stream)
        self._clock = clock
        self._due_us: int | None = None

    def sample(self, packet: Any, timeline: Timeline) -> SoundSample | None:
        """A packet of this track with its times; None where nobody listens, or it has no time.

        Of several frames in one PES packet of MPEG-TS only the first has a time, and the others
        follow it, where FFmpeg did not wait to know their rate.
        """
        if not self.facts.tap.is_open or not packet.size:
            self._due_us = None
            return None
        ticks = packet.pts if packet.pts is not None else packet.dts
        if ticks is not None:
            self._due_us = int(ticks * 1_000_000 * packet.time_base)
        if self._due_us is None:
            return None
        pts_us, duration_us = timeline.beside(self._due_us), self._duration_us(packet)
        self._due_us += duration_us
        if pts_us is None:
            return None
        return SoundSample(pts_us, duration_us, self._clock.wall_us(), packet=packet)

    def _duration_us(self, packet: Any) -> int:
        if packet.duration:
            return min(int(packet.duration * 1_000_000 * packet.time_base), _LONGEST_US)
        context = self.stream.codec_context
        if context.frame_size and context.sample_rate:
            return context.frame_size * 1_000_000 // context.sample_rate
        head = bytes(memoryview(packet)[:_HEAD_BYTES])
        return (adts_duration_us(head) if is_adts(head) else None) or _USUAL_US


def find_track(container: InputContainer, video: VideoStream, clock: Clock) -> SoundTrack | None:
    """The first track of sound that can be used, beside `video`; None where there is none."""
    for stream in sounds_beside(container, video):
        context = stream.codec_context  # None for an unknown codec
        if context is not None and (
            _is_known(context) or context.codec.canonical_name in _TELLING
        ):
            return SoundTrack(stream, clock)
    return None


def sound_facts(stream: AudioStream) -> SoundFacts:
    """What a container says of a track of sound."""
    context = stream.codec_context
    codec, extradata = context.codec.canonical_name, context.extradata
    return SoundFacts(
        codec=codec,
        rate=context.sample_rate,
        channels=context.layout.nb_channels,
        extradata=extradata,
        context=context,
        passes=can_pass(codec, extradata),
    )


def _is_known(context: AudioCodecContext) -> bool:
    return bool(context.sample_rate and context.layout.nb_channels)
