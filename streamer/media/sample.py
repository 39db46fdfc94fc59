"""What a source gives: its facts, then samples, each a packet or a frame with its times."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import av

from streamer.media.timeline import Stamps

RAW = "rawvideo"


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is known of a source once it is open.

    `codec` is FFmpeg's name, or `RAW` for a source of frames; sizes in pixels and `fps` are zero
    while unknown; `reorders` says whether packets come in another order than they are shown in
    (None: not known). `rotation` is how far packets' pictures must be turned clockwise: 0, 90, 180
    or 270 degrees; `width`, `height` and `sample_aspect` are of the picture that then stands
    upright. `context` is the demuxer's codec context, for a decoder.
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


class Source(Protocol):
    """An open source. One thread reads it; `close` releases what it holds."""

    @property
    def facts(self) -> SourceFacts:
        """What the source holds."""
        ...

    def samples(self) -> Iterator[Sample]:
        """All samples, each when it is due; ends when the source does.

        Raises:
            SourceError: the source stopped giving pictures.
        """
        ...

    def close(self) -> None:
        """Release the source."""
        ...
