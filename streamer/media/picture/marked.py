"""The time mark of a frame, whatever its pixel format."""

from av.video.frame import VideoFrame

from streamer.media.picture import mark
from streamer.media.picture.mark import Mark

# Their first plane is luma of eight bits as it stands.
_LUMA_FIRST = ("yuv", "nv", "gray")


def read_mark(frame: VideoFrame) -> Mark | None:
    """The frame's mark; None if it has none, or none that can be read."""
    name, bits = frame.format.name, frame.format.components[0].bits
    is_plain = name.startswith(_LUMA_FIRST) and bits == 8 and "yuyv" not in name
    plane = (frame if is_plain else frame.reformat(format="gray")).planes[0]
    return mark.read(memoryview(plane), plane.line_size, frame.width, frame.height)
