"""Where the samples of a source go: packets as they are, pictures through an encoder."""

from dataclasses import replace
from fractions import Fraction
from typing import Protocol

from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from streamer.client.publish.encoded import Moment
from streamer.client.publish.packetizer import CODECS, Packetizer, open_packetizer
from streamer.client.publish.publisher import Publisher
from streamer.client.publish.sounds import Sounds
from streamer.client.publish.uplink import Uplink
from streamer.clock import Clock
from streamer.errors import SourceUnreadable
from streamer.media.picture.convert import fit
from streamer.media.picture.decoder import Decoder
from streamer.media.sample import Sample, SoundSample, SourceFacts
from streamer.publishing import PublishedSound

_MICROSECOND = Fraction(1, 1_000_000)
_STAMPS_KEPT = 256


class Outlet(Protocol):
    """A way to the server for one kind of sample."""

    @property
    def uplink(self) -> Uplink:
        """What it sends through."""
        ...

    def open(self, facts: SourceFacts) -> None:
        """Get ready for the samples of a source that was just opened.

        Raises:
            MediaError: nothing can be made of them.
        """
        ...

    def push(self, sample: Sample | SoundSample) -> None:
        """Send what the sample becomes.

        Raises:
            MediaError: the sample is damaged.
            SourceUnreadable: its pictures are none that can be published.
        """
        ...

    def close(self) -> None:
        """Send what waits, and disconnect."""
        ...


def is_published_untouched(facts: SourceFacts) -> bool:
    """Whether the packets of a source can be published as they are."""
    return facts.codec in CODECS


class PacketOutlet:
    """Publishes packets as they are; what sound they come with is announced at a keyframe."""

    def __init__(self, uplink: Uplink, clock: Clock) -> None:
        self.uplink = uplink
        self._clock = clock
        self._packetizer: Packetizer | None = None
        self._sounds = Sounds(None)
        self._announced: PublishedSound | None = None
        self._shift_us: int | None = None
        self._last_us = -1

    def open(self, facts: SourceFacts) -> None:
        """Read its configuration; its times go on where the last source's were."""
        self._packetizer = open_packetizer(facts.codec, facts.extradata, facts.reorders, facts.fps)
        self._sounds = Sounds(facts.sound)
        self._shift_us = None

    def push(self, sample: Sample | SoundSample) -> None:
        """Publish the packet."""
        if isinstance(sample, SoundSample):
            self._push_sound(sample)
        else:
            self._push(sample)

    def close(self) -> None:
        """Send what waits, and disconnect."""
        self.uplink.close()

    def _push_sound(self, sample: SoundSample) -> None:
        for frame in self._sounds.frames(sample):
            if self._announced is not None and self._announced == self._sounds.form:
                self.uplink.push_sound(replace(frame, pts_us=self._moved_us(frame.pts_us)))

    def _push(self, sample: Sample) -> None:
        if sample.packet is None or self._packetizer is None:
            return
        pts_us = self._moved_us(sample.stamps.pts_us)
        self._last_us = max(self._last_us, pts_us)
        moment = Moment(pts_us, sample.captured_us, sample.meta)
        encoded = self._packetizer.pack(bytes(sample.packet), moment, sample.keyframe)
        if encoded is None:
            return
        if encoded.keyframe:
            self._announced = self._sounds.form
        form = replace(encoded.form, sound=self._announced)
        self.uplink.push(replace(encoded, form=form))

    def _moved_us(self, pts_us: int) -> int:
        """On the one timeline of all sources; the first of each is now."""
        if self._shift_us is None:
            self._shift_us = max(self._clock.monotonic_us(), self._last_us + 1) - pts_us
        return self._shift_us + pts_us


class FrameOutlet:
    """Publishes frames, or what packets that no browser takes decode to."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._decoder: Decoder | None = None
        self._square = _SquarePixels(None)
        self._captured: dict[int, int] = {}

    @property
    def uplink(self) -> Uplink:
        """What it sends through."""
        return self._publisher.uplink

    def open(self, facts: SourceFacts) -> None:
        """Set up a decoder, where there is something to decode."""
        self._decoder = None if facts.context is None else Decoder(facts.context)
        self._square = _SquarePixels(facts.sample_aspect)
        self._captured.clear()

    def push(self, sample: Sample | SoundSample) -> None:
        """Hand the frame over, or the frames that the packet completes; sound stays here."""
        if isinstance(sample, SoundSample):
            return
        if sample.frame is not None:
            self._send(sample.frame, sample.captured_us)
            return
        for frame in self._decode(sample):
            captured_us = self._captured.pop(frame.pts or 0, sample.captured_us)
            self._send(self._square.of(frame), captured_us)

    def close(self) -> None:
        """Send what waits, and disconnect."""
        self._publisher.close()

    def _send(self, frame: VideoFrame, captured_us: int) -> None:
        try:
            self._publisher.send(frame, captured_us=captured_us)
        except (TypeError, ValueError) as exc:
            raise SourceUnreadable(str(exc)) from exc

    def _decode(self, sample: Sample) -> list[VideoFrame]:
        packet = sample.packet
        if packet is None or self._decoder is None:
            return []
        packet.time_base = _MICROSECOND
        packet.pts, packet.dts = sample.stamps.pts_us, sample.stamps.dts_us
        if len(self._captured) >= _STAMPS_KEPT:
            self._captured.clear()
        self._captured[sample.stamps.pts_us] = sample.captured_us
        return self._decoder.decode(packet)


class _SquarePixels:
    """Makes pixels as wide as they are high, as encoders here do not know of others."""

    def __init__(self, aspect: Fraction | None) -> None:
        self._aspect = aspect
        self._reformatter = VideoReformatter()

    def of(self, frame: VideoFrame) -> VideoFrame:
        if self._aspect in (None, 0, 1):
            return frame
        width, height = fit(frame.width, frame.height, None, self._aspect)
        return self._reformatter.reformat(frame, width, height)
