"""Which streams of an open container are read.

A playlist may name variants of one picture. FFmpeg fetches every one of them that is not left out:
so it is the largest alone, with the sound that belongs to it.
"""

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from streamer.address import Address
from streamer.media.ingest.explain import explain_no_video


def find_video(container: InputContainer, address: Address) -> VideoStream:
    """The stream to show: of a playlist's the largest, else the first that can be decoded.

    Raises:
        SourceUnreadable: there is none.
    """
    # An unknown codec has no context; a cover picture is no moving picture but will do.
    found = [each for each in container.streams.video if each.codec_context is not None]
    if not found:
        raise explain_no_video(address)
    return _largest(found) if _has_variants(container) else found[0]


def sounds_beside(container: InputContainer, video: VideoStream) -> list[AudioStream]:
    """The streams of sound that may be heard with a picture, the best first."""
    sounds = list(container.streams.audio)
    if not _has_variants(container):
        return sounds
    # Whatever FFmpeg finds in one playlist has that playlist's number as its id.
    others = {each.id for each in container.streams.video} - {video.id}
    best = container.streams.best("audio", related=video)
    return sorted(
        (each for each in sounds if each.id not in others),
        key=lambda each: (
            each.id != video.id,
            each is not best,
            _bitrate(each) != _bitrate(video),
        ),
    )


def leave_out_others(
    container: InputContainer, video: VideoStream, sound: AudioStream | None
) -> None:
    """Let FFmpeg fetch nothing of a playlist but what these need."""
    if not _has_variants(container):
        return
    for stream in container.streams:
        if stream is not video and stream is not sound:
            stream.discard = Discard.all


def _has_variants(container: InputContainer) -> bool:
    return container.format.name == "hls"


def _largest(streams: list[VideoStream]) -> VideoStream:
    """That of the most pixels and bits; of the most bits where a size is not known yet."""
    is_known = all(map(_pixels, streams))
    return max(streams, key=lambda each: (_pixels(each) if is_known else 0, _bitrate(each)))


def _pixels(stream: VideoStream) -> int:
    return stream.codec_context.width * stream.codec_context.height


def _bitrate(stream: VideoStream | AudioStream) -> int:
    told = stream.metadata.get("variant_bitrate", "")
    return int(told) if told.isdecimal() else 0
