"""A site that keeps the past of a stream, for the tests of what is made of it."""

import json

from streamer.rendition import Description
from streamer.wire import Flags, Header, Kind, pack
from tests.asgi import H264, Answer, Site
from tests.films import INIT
from tests.media_messages import Ear, init
from tests.still_clip import FRAME_US, fragments

COPY, H264_INDEX, JPEG = 0, 1, 2
SECOND_US = 1_000_000


def publish(site: Site, kind: Kind, payload: bytes, index: int, flags: Flags = Flags.NONE) -> None:
    header = Header(kind, flags, index, 0, site.clock.wall_us(), site.clock.wall_us())
    site.cam.publish(bytearray(pack(header, payload)))


def watched(*indices: int) -> Site:
    """A site whose stream is watched in these renditions."""
    site = Site()
    site.cam.open(H264)
    site.cam.catalog()
    for index in indices:
        channel = site.cam.channels[index]
        site.cam.subscribe(channel, Ear(), "")
        codec = "jpeg" if index == JPEG else "avc1.42c01f"
        channel.describe(Description(codec, 640, 360, 30.0))
    return site


def play(site: Site, frames: int, index: int = COPY, payload: bytes = INIT) -> None:
    """A second's group every ten pictures, each with its number in it."""
    site.cam.publish(init(payload, index))
    for number, (fragment, key) in enumerate(fragments(frames)):
        publish(site, Kind.FRAGMENT, fragment, index, Flags.KEYFRAME if key else Flags.NONE)
        if number < frames - 1:
            site.clock.advance(FRAME_US)


def sentence(answer: Answer) -> str:
    said: str = json.loads(answer.body)["error"]
    return said
