"""Which rendition a viewer gets: what it wants and decodes against what the source is. Pure."""

from collections.abc import Iterable

from streamer.errors import BadMessage, ConfigError
from streamer.rendition import Format, Rendition, parse

# FFmpeg's codec names to the RFC 6381 sample entries that `copy` carries them in.
CARRIED = {"h264": "avc1", "hevc": "hvc1", "vp9": "vp09", "av1": "av01"}
AUTO = "auto"


def choose(
    wanted: Iterable[str], decodable: Iterable[str], source_codec: str, *, starts: bool = True
) -> tuple[Rendition, str]:
    """The first rendition of `wanted` that can be given and decoded, and why, as a sentence.

    `source_codec` is FFmpeg's name. `auto` stands for what costs least: the source untouched
    where the viewer decodes it, else H.264, else JPEG. Of a source that has no keyframe which
    `starts` a decoder, the same stands for `copy`, as nobody sees that.

    Raises:
        BadMessage: none of them can be given.
    """
    wanted = tuple(wanted)
    able = frozenset(decodable)
    for name in wanted:
        for rendition in _candidates(name, source_codec, starts):
            if _decodes(rendition, able, source_codec):
                return rendition, _reason(name, rendition, source_codec, starts)
    raise BadMessage(
        f"None of the renditions {', '.join(wanted)} can be sent to a viewer that decodes "
        f"{', '.join(sorted(able)) or 'nothing'}; the source is {source_codec}."
    )


def offered(source_codec: str, *, starts: bool = True) -> tuple[Rendition, ...]:
    """The renditions that every stream with this source offers, best first."""
    formats = (Format.COPY,) if starts and source_codec in CARRIED else ()
    return tuple(Rendition(each) for each in (*formats, Format.H264, Format.JPEG))


def untouched(source_codec: str, *, starts: bool = True) -> Rendition | None:
    """The rendition that passes this source on as it is, which costs next to nothing."""
    if source_codec == "mjpeg":
        return Rendition(Format.JPEG)
    return Rendition(Format.COPY) if starts and source_codec in CARRIED else None


def _candidates(name: str, source_codec: str, starts: bool) -> tuple[Rendition, ...]:
    if name == AUTO and source_codec == "mjpeg":
        return (Rendition(Format.JPEG), Rendition(Format.H264))
    if name == AUTO:
        return offered(source_codec, starts=starts)
    try:
        rendition = parse(name)
    except ConfigError as exc:
        raise BadMessage(exc.sentence) from exc
    if rendition.format is Format.COPY and not starts:
        return offered(source_codec, starts=False)
    return (rendition,)


def _decodes(rendition: Rendition, able: frozenset[str], source_codec: str) -> bool:
    match rendition.format:
        case Format.COPY:
            return CARRIED.get(source_codec) in able
        case Format.H264:
            return "avc1" in able
        case Format.JPEG:
            return "jpeg" in able


def _reason(name: str, rendition: Rendition, source_codec: str, starts: bool) -> str:
    if not starts and name in (AUTO, str(Format.COPY)):
        return "This source has no keyframes to begin with, so it is encoded."
    if name != AUTO:
        return "As asked for."
    if rendition.format is Format.COPY:
        return f"The source's {source_codec} is sent untouched."
    if rendition.format is Format.JPEG and source_codec == "mjpeg":
        return "The source's pictures are sent untouched."
    if source_codec in CARRIED:
        return f"This viewer does not decode {source_codec}."
    if rendition.format is Format.JPEG:
        return "This viewer decodes JPEG only."
    return f"The source is {source_codec}, which is encoded as H.264 here."
