"""The packets of a publisher who speaks the wire: each picture with its own times and metadata.

Sound is on the pictures' time, and passed on while somebody listens.

The server has checked each message's header and metadata; what is in the pictures is looked at
only here. Another codec or size in mid-session makes other `facts`, from the next keyframe on.
"""

from collections.abc import Iterator
from typing import Any, cast

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from streamer.border import CONTROL, RecordReader
from streamer.clock import Clock
from streamer.errors import SourceLost, SourceUnreadable
from streamer.media.boxer.codecs_sound import can_pass
from streamer.media.ingest.pipe import Pipe
from streamer.media.sample import Sample, SoundFacts, SoundSample, SourceFacts
from streamer.media.timeline import Stamps, Timeline
from streamer.options import MAX_PIXELS
from streamer.publishing import Publish, parse_publisher
from streamer.wire import Flags, Header, Kind, unpack, unpack_meta

_CODECS = {
    "avc1": "h264",
    "avc3": "h264",
    "hvc1": "hevc",
    "hev1": "hevc",
    "vp8": "vp8",
    "vp09": "vp9",
    "av01": "av1",
    "jpeg": "mjpeg",
}
_SOUND_CODECS = {"opus": "opus", "mp4a": "aac"}
_AAC_SAMPLES = 1024
_OPUS_US = 20_000
_DECODERS = {"av1": "libdav1d"}  # FFmpeg's own needs a graphics card
# Each keyframe says all; FFmpeg's decoders make nothing of a record.
_SELF_CONTAINED = frozenset({"vp8", "vp9", "mjpeg"})
_USUAL_STEP_US = 33_333
# Pictures in another order are this near to each other; beyond it, the time began anew.
_REORDERED_US = 1_000_000
# Older pictures are told by a clock that is wrong.
_OLDEST_US = 60_000_000


class PublishedSource:
    """A source of `Kind.PACKET` messages, each a record that comes through `pipe`."""

    def __init__(self, pipe: Pipe, clock: Clock) -> None:
        """Wait for the publisher's description and its first keyframe.

        Raises:
            SourceError: it left before, or its first picture cannot be decoded.
        """
        self._pipe = pipe
        self._clock = clock
        self._announced: Publish | None = None
        self._current: Publish | None = None
        self._facts = SourceFacts("", 0, 0, 0.0)
        self._newest_us: int | None = None
        self._depth_us = 0
        self._timeline = Timeline(_USUAL_STEP_US, live=True)
        self._samples = self._read()
        first = next(self._samples, None)
        if first is None:
            raise SourceLost("The publisher left before its first keyframe.")
        self._first = first

    @property
    def facts(self) -> SourceFacts:
        """What the publisher sends now."""
        return self._facts

    @property
    def is_live(self) -> bool:
        """It is, and nobody doubts it."""
        return False

    def samples(self) -> Iterator[Sample | SoundSample]:
        """All pictures and sound from the first keyframe on, until the publisher ends."""
        yield self._first
        yield from self._samples

    def close(self) -> None:
        """Close the way to the publisher."""
        self._pipe.close()

    def _read(self) -> Iterator[Sample | SoundSample]:
        for kind, record in self._records():
            if kind == CONTROL:
                self._announced = cast(Publish, parse_publisher(record.decode()))
                self._newest_us, self._depth_us = None, 0
            elif (sample := self._sample(record)) is not None:
                yield sample

    def _records(self) -> Iterator[tuple[int, bytearray]]:
        reader = RecordReader()
        while count := self._pipe.read_into(reader.buffer()):
            record = reader.filled(count)
            if record is not None:
                yield record

    def _sample(self, record: bytearray) -> Sample | SoundSample | None:
        header, payload = unpack(record)
        if header.kind is Kind.AUDIO_PACKET:
            return self._sound(header, payload)
        meta, picture = unpack_meta(header, payload)
        publish = self._announced
        if publish is None or not picture:
            return None
        keyframe = publish.entry == "jpeg" or bool(header.flags & Flags.KEYFRAME)
        packet: av.Packet[Any] = av.Packet(bytes(picture))
        packet.is_keyframe = keyframe
        if publish != self._current:
            if not keyframe:
                return None  # of before, or lost its beginning
            self._current, self._facts = publish, _facts(publish, packet)
        return Sample(
            self._stamps(header.pts_us),
            self._captured_us(header),
            keyframe,
            packet=packet,
            meta=None if meta is None else bytes(meta),
        )

    def _sound(self, header: Header, payload: memoryview) -> SoundSample | None:
        sound = self._facts.sound
        if sound is None or self._announced != self._current or not sound.tap.is_open:
            return None
        if (pts_us := self._timeline.beside(header.pts_us)) is None:
            return None
        duration_us = _AAC_SAMPLES * 1_000_000 // sound.rate if sound.codec == "aac" else _OPUS_US
        packet: av.Packet[Any] = av.Packet(bytes(payload))
        return SoundSample(pts_us, duration_us, self._captured_us(header), packet=packet)

    def _stamps(self, pts_us: int) -> Stamps:
        """Times of a picture; the wire has none of decoding, so these follow from the order."""
        newest_us = pts_us if self._newest_us is None else max(self._newest_us, pts_us)
        if newest_us - pts_us > _REORDERED_US:
            newest_us = pts_us
        self._depth_us = max(self._depth_us, newest_us - pts_us)
        self._newest_us = newest_us
        dts_us = newest_us - self._depth_us
        return self._timeline.place(pts_us, dts_us, None, self._clock.monotonic_us())

    def _captured_us(self, header: Header) -> int:
        """When the picture was taken; now, where the publisher cannot know."""
        now_us = self._clock.wall_us()
        is_plausible = now_us - _OLDEST_US < header.captured_us <= now_us
        return header.captured_us if is_plausible else now_us


def _facts(publish: Publish, keyframe: "av.Packet[Any]") -> SourceFacts:
    codec = _CODECS[publish.entry]
    size = publish.width, publish.height
    width, height = size if all(size) else _measure(_context(publish), keyframe)
    fps = publish.fps if 0 < publish.fps <= 240 else 0.0
    context, sound = _context(publish), _sound_facts(publish)
    return SourceFacts(codec, width, height, fps, publish.extradata, context=context, sound=sound)


def _sound_facts(publish: Publish) -> SoundFacts | None:
    if (sound := publish.sound) is None:
        return None
    codec, extradata = _SOUND_CODECS[sound.entry], sound.extradata
    passes = can_pass(codec, extradata)
    return SoundFacts(codec, sound.rate, sound.channels, extradata, passes=passes)


def _context(publish: Publish) -> VideoCodecContext:
    codec = _CODECS[publish.entry]
    context = cast(VideoCodecContext, av.CodecContext.create(_DECODERS.get(codec, codec), "r"))
    context.options = {"max_pixels": str(MAX_PIXELS)}
    if publish.extradata is not None and codec not in _SELF_CONTAINED:
        context.extradata = publish.extradata
    return context


def _measure(context: VideoCodecContext, keyframe: "av.Packet[Any]") -> tuple[int, int]:
    """Width and height in pixels, where the publisher does not say them."""
    try:
        frames = [*context.decode(keyframe), *context.decode(None)]
    except FFmpegError:
        frames = []
    if not frames:
        raise SourceUnreadable(
            "The first keyframe cannot be decoded; check codec and description."
        )
    return frames[0].width, frames[0].height
