"""One picture out of a group: the main of a process that decodes it, and does only that."""

import io
import logging
import socket
from collections.abc import Iterator
from fractions import Fraction

import av
from av.error import FFmpegError
from av.video.frame import VideoFrame
from PIL import Image

from streamer.border import pack_media_head
from streamer.errors import MediaError
from streamer.media.picture.convert import Converter, fit
from streamer.media.picture.decoder import Decoder
from streamer.media.picture.jpeg import as_image
from streamer.media.picture.mjpeg import jpeg_size
from streamer.media.picture.rotation import Rotator
from streamer.options import MAX_PIXELS
from streamer.rendition import Rendition

log = logging.getLogger(__name__)

_JPEG = b"\xff\xd8"
_READ = 1 << 18
_QUICK = 1  # zlib's least effort: the file is a tenth larger, and done in a third of the time


def run(sock: socket.socket, rendition: Rendition, kind: str) -> None:
    """Read a group, to its end, and send the picture that it ends with."""
    with sock:
        data = b"".join(iter(lambda: sock.recv(_READ), b""))
        try:
            still = make(data, rendition, kind)
        except (MediaError, FFmpegError, ValueError, OSError) as exc:
            log.warning("event=no-still reason=%r", str(exc))
            return
        sock.sendall(pack_media_head(len(still)) + still)


def make(data: bytes, rendition: Rendition, kind: str) -> bytes:
    """The last picture of an MP4, or a JPEG, as `kind` ("JPEG" or "PNG") in a rendition's size.

    Raises:
        MediaError: there is no picture in it.
    """
    image = _open(data, rendition) if data.startswith(_JPEG) else _decode(data, rendition)
    file = io.BytesIO()
    if kind == "PNG":
        image.convert("RGB").save(file, "PNG", compress_level=_QUICK)
    else:
        image.save(file, "JPEG", quality=rendition.quality)
    return file.getvalue()


def _open(data: bytes, rendition: Rendition) -> Image.Image:
    width, height = jpeg_size(data)
    if width * height > MAX_PIXELS:
        raise MediaError(f"A picture of {width}x{height} pixels is not decoded.")
    image = Image.open(io.BytesIO(data)).convert("RGB")
    size = fit(image.width, image.height, rendition.height)
    return image if size == image.size else image.resize(size, Image.Resampling.BOX)


def _decode(data: bytes, rendition: Rendition) -> Image.Image:
    limits = {"max_pixels": str(MAX_PIXELS)}
    with av.open(io.BytesIO(data), "r", format="mp4", options=limits) as container:
        (stream, *_) = container.streams.video
        context = stream.codec_context
        packets = [packet for packet in container.demux(stream) if packet.size]
        if not packets:
            raise MediaError("There is no picture in it.")
        decoder = Decoder(context)
        for packet in packets[:-1]:
            decoder.decode(packet)
        frames = [*decoder.decode(packets[-1]), *decoder.flush()]
        frame = Rotator().upright(_of(frames, packets[-1].pts))
        return _image(frame, rendition, context.sample_aspect_ratio)


def _of(frames: list[VideoFrame], pts: int | None) -> VideoFrame:
    """The frame of that time: with B-frames it need not be the last."""
    return next(_matching(frames, pts), None) or frames[-1]


def _matching(frames: list[VideoFrame], pts: int | None) -> Iterator[VideoFrame]:
    if not frames:
        raise MediaError("The picture cannot be decoded.")
    return (frame for frame in frames if frame.pts == pts)


def _image(frame: VideoFrame, rendition: Rendition, aspect: Fraction | None) -> Image.Image:
    width, height = fit(frame.width, frame.height, rendition.height, aspect)
    return as_image(Converter().to_rgb(frame, width, height))
