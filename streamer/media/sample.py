"""What a source gives: its facts, then samples, each a packet or a frame with its times."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

import av

from streamer.media.timeline import Stamps

RAW = "rawvideo"
RAW_SOUND = "pcm_s16le"


class Tap:
    """Whether anybody listens; while nobody does, a source leaves its sound out."""

    def __init__(self) -> None:
        self.is_open = False


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What is known of a source's sound.

    `codec` is FFmpeg's name, `RAW_SOUND` for a source of frames; `rate` and `channels` are zero
    while only the packets know them. `extradata` is the codec's configuration, `context` the
    demuxer's codec context, for a decoder. `passes` says whether it can be passed on as it is.
    """

    codec: str
    rate: int
    channels: int
    extradata: bytes | None = None
    context: Any = None
    passes: bool = False
    tap: Tap = field(default_factory=Tap, compare=False)

    @property
    def told(self) -> str:
        """The codec as the server is told it."""
        return self.codec if self.passes else f"encoded-{self.codec}"


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is known of a source once it is open.

    `codec` is FFmpeg's name, or `RAW` for a source of frames; sizes in pixels and `fps` are zero
    while unknown; `reorders` says whether packets come in another order than they are shown in
    (None: not known). `rotation` is how far packets' pictures must be turned clockwise: 0, 90, 180
    or 270 degrees; `width`, `height` and `sample_aspect` are of the picture that then stands
    upright. `context` is the demuxer's codec context, for a decoder. `sound` is None where
    there is none that can be used.
    """

    codec: str
    width: int
    height: int
    fps: float
    extradata: bytes | None = None
    sample_aspect: Fraction | None = None
    reorders: bool | None = None
    rotation: int = 0
    context: Any = None
    sound: SoundFacts | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One packet, or one frame of a source that has no packets; exactly one of them is set.

    `meta` is the metadata of exactly this picture, as JSON. `extradata` is what takes the place of
    the source's from this keyframe on, where it changes.
    """

    stamps: Stamps
    captured_us: int
    keyframe: bool
    packet: "av.Packet[Any] | None" = None
    frame: av.VideoFrame | None = None
    meta: bytes | None = None
    extradata: bytes | None = None


@dataclass(frozen=True, slots=True)
class SoundSample:
    """One packet of sound, or one frame of a source that has no packets; exactly one is set.

    Its times are on the timeline of the pictures.
    """

    pts_us: int
    duration_us: int
    captured_us: int
    packet: "av.Packet[Any] | None" = None
    frame: av.AudioFrame | None = None


class Source(Protocol):
    """An open source. One thread reads it; `close` releases what it holds."""

    @property
    def facts(self) -> SourceFacts:
        """What the source holds."""
        ...

    @property
    def is_live(self) -> bool:
        """Whether it has shown that it is live, where that was in doubt."""
        ...

    def samples(self) -> Iterator[Sample | SoundSample]:
        """All samples, each when it is due; ends when the source does.

        Those of sound come only while its tap is open.

        Raises:
            SourceError: the source stopped giving pictures.
        """
        ...

    def close(self) -> None:
        """Release the source."""
        ...
