"""One source to the renditions in demand.

Packets go to the outputs that pass them on (`copy`, MJPEG); if any output needs pictures, they are
decoded once for all of those. The group so far is kept, so that a rendition that is asked for in
mid-group starts at once: `copy` sends the whole group, and a decoder swallows it and shows the
last picture.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from streamer.clock import Clock
from streamer.errors import MediaError, NoStart
from streamer.media.border_end import BorderEnd
from streamer.media.output import (
    CopyOutput,
    FrameOutput,
    H264Output,
    JpegOutput,
    MjpegOutput,
    PacketOutput,
    Picture,
    Sender,
)
from streamer.media.picture.decoder import Decoder
from streamer.media.picture.freeze import FreezeWatch
from streamer.media.picture.rotation import Rotator
from streamer.media.sample import Sample, SoundSample, SourceFacts
from streamer.media.sound.outlets import Outlets
from streamer.media.starts import Starts
from streamer.media.trace import traced
from streamer.rendition import DEFAULT_JPEG_QUALITY, Format, Rendition

GROUP_MAX_SAMPLES = 600
GROUP_MAX_BYTES = 32 * 1024 * 1024
_MICROSECOND = Fraction(1, 1_000_000)
_SAMPLES_KEPT = 64  # of which the decoder has not given the picture: reordered, or lost


class Group:
    """The samples since the last keyframe; empty when there are too many to keep."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []
        self._bytes = 0

    def push(self, sample: Sample) -> None:
        """Take one more sample, the first of a new group if it is a keyframe."""
        size = sample.packet.size if sample.packet else 0
        if sample.keyframe:
            self._samples, self._bytes = [sample], size
        elif self._samples:
            self._samples.append(sample)
            self._bytes += size
            if len(self._samples) > GROUP_MAX_SAMPLES or self._bytes > GROUP_MAX_BYTES:
                self._samples = []

    def samples(self) -> tuple[Sample, ...]:
        """The group so far."""
        return tuple(self._samples)


class Pipeline:
    """The outputs of one open source. One thread."""

    def __init__(
        self,
        facts: SourceFacts,
        border: BorderEnd,
        clock: Clock,
        watch: FreezeWatch | None = None,
        *,
        starts: Starts | None = None,
        traces: bool = False,
    ) -> None:
        """Begin; `traces` writes into each picture's metadata when it was decoded."""
        self._facts = facts
        self._traces = traces
        self._border = border
        self._clock = clock
        self._watch = watch
        self._starts = starts or Starts(lambda _found: None)
        self._demand: Mapping[int, Rendition] = {}
        self._packet_outputs: dict[int, PacketOutput] = {}
        self._frame_outputs: dict[int, FrameOutput] = {}
        self._group = Group()
        self._decoder: Decoder | None = None
        self._rotator = Rotator()
        self._inside: dict[int, Sample] = {}
        self._sound = Outlets(facts.sound, border, clock)
        self._sound.meet()

    def push(self, sample: Sample | SoundSample) -> None:
        """Give one sample to every output in demand."""
        if isinstance(sample, SoundSample):
            self._sound.push(sample)
        else:
            self._push(sample)
            self._sound.meet()

    def _push(self, sample: Sample) -> None:
        if sample.stamps.restarted and sample.keyframe:
            self._flush_decoder()
        if sample.extradata is not None:
            self._renew(sample.extradata)
        self._meet(self._border.demand)
        if sample.packet is not None:
            self._group.push(sample)
        self._starts.see(sample, self._facts)
        for output in self._packet_outputs.values():
            self._pass(output, sample)
        if not self._frame_outputs:
            self._drop_decoder()
            self._peek(sample)
            return
        for picture in [self._traced(each) for each in self._pictures(sample)]:
            self._show(picture)
            if self._watch is not None:
                self._watch.see(picture.frame)

    def close(self) -> None:
        """Give out what the decoder still holds, then release everything."""
        self._flush_decoder()
        self._meet({})

    def _peek(self, sample: Sample) -> None:
        if self._watch is not None and sample.keyframe and sample.packet is not None:
            self._watch.peek(sample.packet)

    def _show(self, picture: Picture) -> None:
        wanted = self._border.take_keyframes()
        try:
            upright = replace(picture, frame=self._rotator.upright(picture.frame))
        except MediaError:
            self._border.count_corrupt()
            return
        for index, output in self._frame_outputs.items():
            try:
                output.push(upright, index in wanted)
            except MediaError:
                self._border.count_corrupt()

    def _renew(self, extradata: bytes) -> None:
        """Let what passes packets on begin again: the sender did, and says differently what."""
        self._facts, self._group = replace(self._facts, extradata=extradata), Group()
        if self._watch is not None:
            self._watch.renew(self._facts)
        for index in self._packet_outputs:
            self._start(index, self._demand[index])

    def _meet(self, demand: Mapping[int, Rendition]) -> None:
        if demand is self._demand:
            return
        before, self._demand = self._demand, demand
        for index, rendition in before.items():
            if demand.get(index) != rendition:
                self._stop(index)
        for index, rendition in demand.items():
            if before.get(index) != rendition:
                self._start(index, rendition)

    def _stop(self, index: int) -> None:
        self._packet_outputs.pop(index, None)
        if output := self._frame_outputs.pop(index, None):
            output.close()

    def _start(self, index: int, rendition: Rendition) -> None:
        sender = Sender(index, self._border, self._clock)
        try:
            output = self._packet_output(sender, rendition)
        except MediaError:
            # A source that came back with another codec: whoever wanted this one chooses again.
            self._border.count_corrupt()
            return
        if output is None:
            self._frame_outputs[index] = self._frame_output(sender, rendition)
            return
        self._packet_outputs[index] = output
        for sample in self._group.samples():
            self._pass(output, sample)

    def _pass(self, output: PacketOutput, sample: Sample) -> None:
        try:
            output.push(sample)
        except MediaError as exc:
            self._border.count_corrupt()
            if isinstance(exc, NoStart):
                self._starts.missed()

    def _packet_output(self, sender: Sender, rendition: Rendition) -> PacketOutput | None:
        if rendition.format is Format.COPY:
            return CopyOutput(sender, self._facts)
        untouched = rendition == Rendition(Format.JPEG, None, DEFAULT_JPEG_QUALITY)
        if self._facts.codec == "mjpeg" and untouched and not self._facts.rotation:
            return MjpegOutput(sender, self._facts)
        return None

    def _frame_output(self, sender: Sender, rendition: Rendition) -> FrameOutput:
        if rendition.format is Format.JPEG:
            return JpegOutput(sender, rendition, self._facts)
        return H264Output(sender, rendition, self._facts)

    def _pictures(self, sample: Sample) -> list[Picture]:
        if sample.frame is not None:
            stamps = sample.stamps
            return [Picture(sample.frame, stamps.pts_us, sample.captured_us, sample.meta)]
        if self._decoder is not None:
            return self._decode(self._decoder, sample)
        if (decoder := self._open_decoder()) is None:
            return []
        pictures: list[Picture] = []
        for held in self._group.samples():
            pictures = self._decode(decoder, held) or pictures
        return pictures[-1:]

    def _open_decoder(self) -> Decoder | None:
        try:
            self._decoder = Decoder(self._facts.context)
        except MediaError:
            if not self._packet_outputs:
                raise
            # Others watch the packets as they are; they must not lose them.
            self._border.count_corrupt()
        return self._decoder

    def _decode(self, decoder: Decoder, sample: Sample) -> list[Picture]:
        packet = sample.packet
        if packet is None:
            return []
        packet.time_base = _MICROSECOND
        packet.pts, packet.dts = sample.stamps.pts_us, sample.stamps.dts_us
        if len(self._inside) >= _SAMPLES_KEPT:
            del self._inside[next(iter(self._inside))]
        self._inside[sample.stamps.pts_us] = sample
        try:
            frames = decoder.decode(packet)
        except MediaError:
            self._border.count_corrupt()
            return []
        return [self._picture(frame) for frame in frames]

    def _picture(self, frame: Any) -> Picture:
        pts_us = frame.pts or 0
        if (sample := self._inside.pop(pts_us, None)) is None:
            return Picture(frame, pts_us, self._clock.wall_us())
        return Picture(frame, pts_us, sample.captured_us, sample.meta)

    def _traced(self, picture: Picture) -> Picture:
        if not self._traces:
            return picture
        decoded_us = self._clock.wall_us() - picture.captured_us
        return replace(picture, meta=traced(picture.meta, decoded_us))

    def _flush_decoder(self) -> None:
        if self._decoder is not None:
            for frame in self._decoder.flush():
                self._show(self._picture(frame))

    def _drop_decoder(self) -> None:
        self._decoder = None
        self._inside.clear()
