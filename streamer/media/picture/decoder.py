"""Packets to frames: nothing held back that need not be, and no packet that stops the stream.

Frame threads add a frame of delay each, and dav1d with four threads holds two: hence slice
threads, and `low_delay` for AV1 alone. MPEG-2 with B-frames would come out in the wrong order
with that flag, and all other decoders make nothing of it. What is still held is what reordering
needs: two frames for the usual H.264 or HEVC with B-frames, one for MPEG-2 always, else none.

Corruption is normal on networks, and most of it passes without an error: decoders conceal it. So
errors are swallowed. What is before the first keyframe is not decoded at all, as HEVC's decoder
would make grey pictures of it. Only when nothing comes for `PATIENCE` packets is an error raised.
"""

import os
from typing import Any

from av.codec.context import Flags, ThreadType
from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from streamer.errors import MediaError
from streamer.options import MAX_PIXELS

PATIENCE = 300

_MAX_THREADS = 4
_ONE_FRAME_DELAY = frozenset({"libdav1d"})


class Decoder:
    """Decodes one video stream with its codec context, which is set up here unless it is open.

    Raises:
        MediaError: FFmpeg cannot open a decoder for it.
    """

    def __init__(self, context: VideoCodecContext) -> None:
        self._context = context
        self._has_begun = False
        self._fruitless = 0
        if context.is_open:
            context.flush_buffers()
        else:
            _open(context)

    def decode(self, packet: "Packet[Any]") -> list[VideoFrame]:
        """The frames that this packet completes, in presentation order; often one.

        Raises:
            MediaError: no frame came out of the last `PATIENCE` packets. It may be called again.
        """
        self._has_begun = self._has_begun or packet.is_keyframe
        frames = self._decode(packet) if self._has_begun else []
        if frames:
            self._fruitless = 0
            return frames
        self._fruitless += 1
        if self._fruitless >= PATIENCE:
            self._give_up()
        return frames

    def flush(self) -> list[VideoFrame]:
        """The frames still held back. The next packet to decode is a keyframe."""
        frames = self._decode(None)
        self._context.flush_buffers()
        self._has_begun = False
        return frames

    def _decode(self, packet: "Packet[Any] | None") -> list[VideoFrame]:
        try:
            return self._context.decode(packet)
        except FFmpegError:
            return []

    def _give_up(self) -> None:
        """Say so, then try even what is not marked as a keyframe: some sources mark none."""
        self._fruitless = 0
        what = "could be decoded" if self._has_begun else "is a keyframe"
        self._has_begun = True
        name = self._context.name
        raise MediaError(f"None of the last {PATIENCE} packets of this {name} video {what}.")


def _open(context: VideoCodecContext) -> None:
    context.thread_type = ThreadType.SLICE
    context.thread_count = min(os.cpu_count() or 1, _MAX_THREADS)
    context.options = {**context.options, "max_pixels": str(MAX_PIXELS)}
    if context.name in _ONE_FRAME_DELAY:
        context.flags |= Flags.low_delay
    try:
        context.open(strict=False)
    except (FFmpegError, ValueError) as exc:
        raise MediaError(f"{context.name} video cannot be decoded here.") from exc
