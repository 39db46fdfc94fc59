"""The renditions of a pipeline: each takes packets or frames and sends wire messages."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import av

from streamer.clock import Clock
from streamer.media.border_end import BorderEnd
from streamer.media.boxer.remux import InitSegment, Remuxer
from streamer.media.picture.jpeg import JpegEncoder
from streamer.media.picture.mjpeg import jpeg_size, mend
from streamer.media.picture.transcoder import H264Encoder
from streamer.media.sample import Sample, SourceFacts
from streamer.media.timeline import Stamps, Timeline
from streamer.rendition import Description, Rendition
from streamer.wire import MAX_META_BYTES, Flags, Header, Kind, pack

DEFAULT_FPS = 25.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded frame with the times and the metadata of the packet that it came from."""

    frame: av.VideoFrame
    pts_us: int
    captured_us: int
    meta: bytes | None = None


class PacketOutput(Protocol):
    """A rendition made from packets."""

    def push(self, sample: Sample) -> None:
        """Send what the packet of `sample` becomes."""
        ...


class FrameOutput(Protocol):
    """A rendition made from frames."""

    def push(self, picture: Picture, keyframe: bool) -> None:
        """Encode and send; `keyframe` asks the encoder for one."""
        ...

    def close(self) -> None:
        """Release the encoder."""
        ...


class Sender:
    """Packs and sends the messages of one rendition."""

    def __init__(self, index: int, border: BorderEnd, clock: Clock) -> None:
        self._index = index
        self._border = border
        self._clock = clock
        self._described = Description()

    def describe(self, description: Description) -> None:
        """Say what follows, when it differs from before."""
        if description != self._described:
            self._described = description
            self._border.describe(self._index, description)

    def send(
        self,
        kind: Kind,
        flags: Flags,
        payload: bytes,
        pts_us: int,
        captured_us: int,
        meta: bytes | None = None,
    ) -> None:
        """Send one media message; its encoded time is now.

        Metadata that the wire does not take is left out and counted; the picture goes.
        """
        encoded_us = self._clock.wall_us() - captured_us
        header = Header(kind, flags, self._index, 0, pts_us, captured_us, encoded_us)
        if meta is not None and len(meta) > MAX_META_BYTES:
            self._border.count_corrupt()
            meta = None
        self._border.send_media(pack(header, payload, meta))


class FragmentSender:
    """Boxes packets into an init segment and fragments, and sends them."""

    def __init__(self, sender: Sender, remuxer: Remuxer, fps: float) -> None:
        self._sender = sender
        self._remuxer = remuxer
        self._fps = fps

    def push(
        self,
        data: bytes,
        stamps: Stamps,
        captured_us: int,
        keyframe: bool,
        meta: bytes | None = None,
    ) -> None:
        """Box and send one packet; `meta` is its picture's, and goes with the fragment."""
        for piece in self._remuxer.push(data, stamps, keyframe):
            if isinstance(piece, InitSegment):
                width, height = piece.size
                self._sender.describe(Description(piece.config.codec, width, height, self._fps))
                self._sender.send(Kind.INIT, Flags.NONE, piece.data, stamps.pts_us, captured_us)
            else:
                flags = Flags.KEYFRAME if piece.keyframe else Flags.NONE
                self._sender.send(
                    Kind.FRAGMENT, flags, piece.data, stamps.pts_us, captured_us, meta
                )


class CopyOutput:
    """The source's own codec, untouched, as fragments."""

    def __init__(self, sender: Sender, facts: SourceFacts) -> None:
        remuxer = Remuxer(
            facts.codec, facts.extradata, reorders=facts.reorders, rotation=facts.rotation
        )
        self._fragments = FragmentSender(sender, remuxer, facts.fps)

    def push(self, sample: Sample) -> None:
        """Send the packet as a fragment."""
        if sample.packet is not None:
            data, captured_us = bytes(sample.packet), sample.captured_us
            self._fragments.push(data, sample.stamps, captured_us, sample.keyframe, sample.meta)


class MjpegOutput:
    """The pictures of an MJPEG source, undecoded."""

    def __init__(self, sender: Sender, facts: SourceFacts) -> None:
        self._sender = sender
        self._fps = facts.fps

    def push(self, sample: Sample) -> None:
        """Send the packet as a JPEG, mended where browsers need it."""
        if sample.packet is None:
            return
        data = mend(bytes(sample.packet))
        width, height = jpeg_size(data)
        self._sender.describe(Description("jpeg", width, height, self._fps))
        pts_us = sample.stamps.pts_us
        self._sender.send(Kind.JPEG, Flags.KEYFRAME, data, pts_us, sample.captured_us, sample.meta)


class Gate:
    """Lets through at most `fps` frames per second of media time; None lets all through."""

    def __init__(self, fps: int | None) -> None:
        self._interval_us = 0 if fps is None else 1_000_000 // fps
        # It is due up to one and a quarter later than the last one came.
        self._jump_us = max(1_000_000, 2 * self._interval_us)
        self._due_us: int | None = None

    def admits(self, pts_us: int) -> bool:
        """Whether the frame of this time is due."""
        if self._due_us is None or abs(pts_us - self._due_us) > self._jump_us:
            self._due_us = pts_us
        # Half a step early is nearer to its time than the next frame would be.
        if pts_us < self._due_us - self._interval_us // 4:
            return False
        self._due_us += self._interval_us
        return True


class JpegOutput:
    """Frames as JPEG."""

    def __init__(self, sender: Sender, rendition: Rendition, facts: SourceFacts) -> None:
        self._sender = sender
        self._fps = min(facts.fps, rendition.fps or facts.fps)
        self._aspect = facts.sample_aspect
        self._gate = Gate(rendition.fps)
        self._encoder = JpegEncoder(rendition.height, rendition.quality)

    def push(self, picture: Picture, keyframe: bool) -> None:  # noqa: ARG002
        """Encode and send; every JPEG is a keyframe anyway."""
        if not self._gate.admits(picture.pts_us):
            return
        jpeg = self._encoder.encode(picture.frame, self._aspect)
        self._sender.describe(Description("jpeg", jpeg.width, jpeg.height, self._fps))
        self._sender.send(
            Kind.JPEG,
            Flags.KEYFRAME,
            jpeg.data,
            picture.pts_us,
            picture.captured_us,
            picture.meta,
        )

    def close(self) -> None:
        """Nothing is held beyond the object."""


class H264Output:
    """Frames as H.264 at zero delay, as fragments."""

    def __init__(self, sender: Sender, rendition: Rendition, facts: SourceFacts) -> None:
        self._sender = sender
        self._height = rendition.height
        self._aspect = facts.sample_aspect
        fps = facts.fps or DEFAULT_FPS
        self._fps = min(fps, rendition.fps or fps)
        self._gate = Gate(rendition.fps)
        self._timeline: Timeline | None = None
        self._encoder: H264Encoder | None = None
        self._fragments: FragmentSender | None = None
        self._inside: deque[Picture] = deque()

    def push(self, picture: Picture, keyframe: bool) -> None:
        """Encode and send; a new size starts a new encoder and init segment."""
        if not self._gate.admits(picture.pts_us) and not keyframe:
            return
        encoder, fragments = self._for(picture.frame)
        if self._timeline is None:
            # Files that follow each other, and renditions, share one time.
            self._timeline = Timeline(round(1e6 / self._fps), start_us=picture.pts_us)
        packets = encoder.encode(picture.frame, picture.pts_us, keyframe)
        # It reorders nothing: each packet is of the picture that has been inside for longest.
        self._inside.append(picture)
        for packet in packets:
            of = self._inside.popleft()
            # A slow source leaves gaps; the timeline declares durations that cover them.
            stamps = self._timeline.place(packet.pts_us, packet.pts_us, None, packet.pts_us)
            fragments.push(packet.data, stamps, of.captured_us, packet.keyframe, of.meta)

    def close(self) -> None:
        """Release the encoder."""
        if self._encoder is not None:
            self._encoder.close()

    def _for(self, frame: av.VideoFrame) -> tuple[H264Encoder, FragmentSender]:
        if self._encoder is None or self._fragments is None or not self._encoder.accepts(frame):
            self.close()
            self._inside.clear()
            self._encoder = H264Encoder(
                frame.width, frame.height, self._fps, self._height, self._aspect
            )
            remuxer = Remuxer("h264", self._encoder.extradata, reorders=False)
            self._fragments = FragmentSender(self._sender, remuxer, self._fps)
        return self._encoder, self._fragments
