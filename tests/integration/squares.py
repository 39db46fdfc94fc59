"""A white square that moves, published with the box around it as each picture's metadata.

Every seventh picture has no metadata.
"""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from io import BytesIO
from itertools import count

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageDraw
from websockets.sync.client import ClientConnection, connect

from streamer.control import dump
from streamer.publishing import Publish
from streamer.wire import SUBPROTOCOL, Flags, Header, Kind, pack

WIDTH, HEIGHT = 640, 360
SIDE = 60
MARGIN = 12
BARE = 7
_START, _STEP = 20, 16
_COLUMNS, _ROWS = 33, 4
_ROW_HEIGHT = 60
COUNT = _COLUMNS * _ROWS


def corner(index: int) -> tuple[int, int]:
    """Where the square's upper left corner is in a picture: it goes along four lines."""
    row, column = divmod(index, _COLUMNS)
    return _START + _STEP * column, _START + _ROW_HEIGHT * row


def index_at(x: int, y: int) -> int:
    """Which picture has its square nearest to there."""
    return round((y - _START) / _ROW_HEIGHT) * _COLUMNS + round((x - _START) / _STEP)


def metadata(index: int) -> bytes | None:
    """The JSON of a picture."""
    if index % BARE == BARE - 1:
        return None
    x, y = corner(index)
    side = SIDE + 2 * MARGIN
    box = {"x": (x - MARGIN) / WIDTH, "y": (y - MARGIN) / HEIGHT}
    box |= {"w": side / WIDTH, "h": side / HEIGHT}
    return json.dumps({"index": index, "boxes": [{**box, "color": "#f0f"}]}).encode()


@contextmanager
def publishing(port: int, name: str, fps: int) -> Iterator[None]:
    """Publish the pictures over and over, with B-frames, while the block runs."""
    url = f"ws://localhost:{port}/ws/publish/{name}"
    over = threading.Event()
    with connect(url, subprotocols=[SUBPROTOCOL], max_queue=None) as socket:  # type: ignore[list-item]
        sender = threading.Thread(target=_publish, args=(socket, _encode(fps), fps, over))
        sender.start()
        try:
            yield
        finally:
            over.set()
            sender.join()


def _publish(socket: ClientConnection, clip: BytesIO, fps: int, over: threading.Event) -> None:
    with av.open(clip, "r") as container:
        stream = container.streams.video[0]
        record = base64.b64encode(stream.codec_context.extradata or b"").decode()
        packets = [packet for packet in container.demux(stream) if packet.size]
        indices = [_index(packet, fps) for packet in packets]
    socket.send(dump(Publish("avc1.4d401e", record, WIDTH, HEIGHT, fps)))
    begun_s = time.monotonic()
    for sequence in count():
        turn, at = divmod(sequence, COUNT)
        index, packet = indices[at], packets[at]
        flags = Flags.KEYFRAME if packet.is_keyframe else Flags.NONE
        pts_us = (turn * COUNT + index) * 1_000_000 // fps
        header = Header(Kind.PACKET, flags, 0, sequence, pts_us, time.time_ns() // 1000)
        socket.send(pack(header, bytes(packet), metadata(index)))
        if over.wait(max(0.0, begun_s + (sequence + 1) / fps - time.monotonic())):
            return


def _index(packet: "av.Packet[VideoStream]", fps: int) -> int:
    return round((packet.pts or 0) * (packet.time_base or 0) * fps)


def _encode(fps: int) -> BytesIO:
    clip = BytesIO()
    with av.open(clip, "w", format="mp4") as target:
        stream: VideoStream = target.add_stream("libx264", Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "veryfast", "bf": "2", "b_strategy": "0", "g": "30"}
        for index in range(COUNT):
            frame = VideoFrame.from_image(_draw(index))  # type: ignore[no-untyped-call]
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    clip.seek(0)
    return clip


def _draw(index: int) -> Image.Image:
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    x, y = corner(index)
    ImageDraw.Draw(picture).rectangle((x, y, x + SIDE - 1, y + SIDE - 1), "white")
    return picture
