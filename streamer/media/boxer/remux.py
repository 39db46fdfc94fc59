"""Packets of any carried codec into an init segment and fragments. Pure.

Nothing comes out before there is a configuration and a keyframe to begin with. A keyframe is what
the bitstream calls one (H.264 IDR, HEVC IRAP, VP9 and AV1 key frames), since demuxers also mark
recovery points, which browsers refuse to start at. When parameter sets change, the keyframe that
they come with is preceded by a new init segment. How each codec is
read: `carriage`, `nal_carriage`.
"""

from dataclasses import dataclass

from streamer.errors import MediaError, NoStart
from streamer.media.boxer.carriage import Av1Carriage, Carriage, Payload, Vp9Carriage
from streamer.media.boxer.codecs import DecoderConfig
from streamer.media.boxer.fragment import fragment, init_segment
from streamer.media.boxer.nal_carriage import NalCarriage
from streamer.media.timeline import Stamps

# A constant offset is a matter of taste among muxers, and one change may be a missing timestamp;
# an offset that keeps changing means reordering, one that stays for as long as this that there is
# none.
_SAME_OFFSET_US = 1_000
_OFFSET_CHANGES = 3
_OFFSET_KEPT = 30


@dataclass(frozen=True, slots=True)
class InitSegment:
    """`ftyp` + `moov` in `data`, for the fragments that follow.

    `rotation` turns their pictures clockwise, which only then have the size `size`.
    """

    config: DecoderConfig
    data: bytes
    rotation: int = 0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures as they are seen."""
        width, height = self.config.width, self.config.height
        return (height, width) if self.rotation in (90, 270) else (width, height)


@dataclass(frozen=True, slots=True)
class Fragment:
    """`moof` + `mdat` in `data`, with one sample."""

    data: bytes
    keyframe: bool


class Remuxer:
    """Boxes the packets of one video stream, in the order they come."""

    def __init__(
        self,
        codec: str,
        extradata: bytes | None = None,
        *,
        reorders: bool | None = None,
        rotation: int = 0,
    ) -> None:
        """Take FFmpeg's codec name (`h264`, `hevc`, `vp9`, `av1`) and extradata.

        `reorders`: whether pictures are shown in another order than they are decoded in, where
        the caller knows (`h264` only; see `nal_carriage`). `rotation`: degrees clockwise that make
        its pictures stand upright. Extradata that cannot be read counts as
        missing, since most streams repeat what is in it.

        Raises:
            MediaError: a codec that fragments do not carry.
        """
        self._carriage = open_carriage(codec, extradata, reorders)
        self._rotation = rotation
        self._config: DecoderConfig | None = None
        self._sequence = 0
        self._offset_us: int | None = None
        self._offset_changes = 0
        self._offset_kept = 0

    def push(self, data: bytes, stamps: Stamps, keyframe: bool) -> list[InitSegment | Fragment]:
        """What the next packet becomes: nothing, a fragment, or an init segment and a fragment.

        `keyframe` is the demuxer's word for it.

        Raises:
            NoStart: nothing can begin with this keyframe.
            MediaError: the packet is damaged.
        """
        self._watch_order(stamps)
        payload = self._take(data, keyframe)
        pieces: list[InitSegment | Fragment] = []
        if payload.keyframe and (changed := self._configure()):
            pieces.append(changed)
        if self._config is None:
            if keyframe and payload.data:
                raise NoStart(
                    "This keyframe is no picture that a decoder can start with; if no other "
                    "comes, watch an encoded rendition."
                )
            return []
        if payload.data:
            pieces.append(self._box(payload.data, stamps, payload.keyframe))
        return pieces

    def _take(self, data: bytes, keyframe: bool) -> Payload:
        try:
            return self._carriage.take(data)
        except MediaError:
            if keyframe:
                self._config = None  # what follows hangs on a picture that is lost
            raise

    def _configure(self) -> InitSegment | None:
        try:
            config = self._carriage.config()
        except MediaError:
            self._config = None  # what follows belongs to a configuration that nobody has
            raise
        if config == self._config:
            return None
        self._config = config
        return InitSegment(config, init_segment(config, self._rotation), self._rotation)

    def _box(self, data: bytes, stamps: Stamps, keyframe: bool) -> Fragment:
        self._sequence += 1
        offset_us = stamps.pts_us - stamps.dts_us
        boxed = fragment(
            self._sequence, stamps.dts_us, stamps.duration_us, offset_us, keyframe, data
        )
        return Fragment(boxed, keyframe)

    def _watch_order(self, stamps: Stamps) -> None:
        offset_us = stamps.pts_us - stamps.dts_us
        if self._offset_us is not None and abs(offset_us - self._offset_us) > _SAME_OFFSET_US:
            self._offset_changes += 1
            if self._offset_changes == _OFFSET_CHANGES:
                self._carriage.order_seen(reorders=True)
        else:
            self._offset_kept += 1
            if self._offset_kept == _OFFSET_KEPT and not self._offset_changes:
                self._carriage.order_seen(reorders=False)
        self._offset_us = offset_us


def open_carriage(codec: str, extradata: bytes | None, reorders: bool | None) -> Carriage:
    """One codec's way into fragments; the arguments are `Remuxer`'s.

    Raises:
        MediaError: a codec that fragments do not carry.
    """
    if codec in ("h264", "hevc"):
        return NalCarriage(codec, extradata, reorders)
    if codec == "vp9":
        return Vp9Carriage()
    if codec == "av1":
        return Av1Carriage(extradata)
    raise MediaError(f"{codec} is not carried in fragments; use an encoded rendition.")
