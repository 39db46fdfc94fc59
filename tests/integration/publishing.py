"""Counterparts that publish: commands over HTTP, and a WebSocket client that speaks the wire."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from fractions import Fraction
from typing import Any, Self

import av
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from streamer.clock import SystemClock
from streamer.media.picture.pattern import Pattern
from streamer.wire import SUBPROTOCOL, Flags, Header, Kind, pack, unpack
from tests.integration.conftest import Server
from tests.integration.moving import CLIP, FFMPEG, FORMATS, LIVE
from tests.integration.processes import wait_until

FPS = 15
CLOCK = SystemClock()
CONTAINERS = {
    **{name: FORMATS[name] for name in ("mpegts", "matroska", "flv", "fmp4", "mpjpeg", "mjpeg")},
    "webm": "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 1M -g 25 -f webm",
}
CODECS = {
    "avc1.42E01F": ("libx264", "yuv420p", {"tune": "zerolatency", "preset": "ultrafast"}),
    "vp8": ("libvpx", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}),
    "jpeg": ("mjpeg", "yuvj420p", {"qscale": "3"}),
}


def publish_url(server: Server, name: str = "cam") -> str:
    """Where bodies go."""
    return f"{server.url}/publish/{name}"


def ffmpeg(server: Server, form: str = "mpegts", name: str = "cam") -> tuple[str, ...]:
    """FFmpeg publishing the clip, for ever and at its speed, in one of the containers."""
    return (*FFMPEG, *LIVE[:-2], *CONTAINERS[form].split(), publish_url(server, name))


def curl(server: Server, path: str = CLIP, name: str = "cam", *more: str) -> tuple[str, ...]:
    """curl publishing a file; it prints the answer and, in a line of its own, the status."""
    shown = ("-sS", "-w", "\n%{http_code}\n")
    return ("curl", *shown, *more, "-T", path, publish_url(server, name))


def connected(server: Server, path: str) -> ClientConnection:
    """A WebSocket of the wire, to be entered."""
    return connect(
        f"ws://127.0.0.1:{server.port}/ws/{path}",
        subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]  # a NewType of str
        compression=None,
        max_size=None,
    )


class Encoder:
    """The test pattern, encoded without delay."""

    def __init__(self, codec: str, width: int, height: int, *, described: bool = False) -> None:
        self.codec = codec
        self._pattern = Pattern(width, height, FPS, CLOCK)
        name, self._format, options = CODECS[codec]
        context: Any = av.CodecContext.create(name, "w")
        context.width, context.height, context.pix_fmt = width, height, self._format
        context.time_base, context.framerate = Fraction(1, 1_000_000), Fraction(FPS)
        context.bit_rate, context.gop_size, context.max_b_frames = 2_000_000, 10 * FPS, 0
        context.options = options
        if described:
            context.flags |= av.codec.context.Flags.global_header
            context.open()
        self._context = context
        self._index = 0

    @property
    def announcement(self) -> dict[str, Any]:
        """The `publish` message for it."""
        record = self._context.extradata if self._context.is_open else None
        size = {"width": self._context.width, "height": self._context.height}
        described = {"description": base64.b64encode(_avcc(record)).decode()} if record else {}
        return {"type": "publish", "codec": self.codec, "fps": float(FPS), **size, **described}

    def next(self, *, keyframe: bool) -> Iterator[tuple[bytes, bool, int, int]]:
        """The next picture: data, whether it is a keyframe, media time, time of capture."""
        captured_us = CLOCK.wall_us()
        frame = self._pattern.frame(self._index, captured_us).reformat(format=self._format)
        frame.pts = self._index * 1_000_000 // FPS
        frame.pict_type = 1 if keyframe else 0
        self._index += 1
        for packet in self._context.encode(frame):
            data = bytes(packet)
            if self._context.extradata:
                data = _prefixed(data)
            yield data, bool(packet.is_keyframe), int(packet.pts or 0), captured_us


def _avcc(annexb: bytes) -> bytes:
    """The configuration record of two parameter sets (ISO/IEC 14496-15 section 5.3.3.1)."""
    sps, pps = _units(annexb)[:2]
    head = bytes((1, sps[1], sps[2], sps[3], 0xFF, 0xE1))
    sets = (len(sps).to_bytes(2, "big"), sps, b"\x01", len(pps).to_bytes(2, "big"), pps)
    return head + b"".join(sets)


def _prefixed(annexb: bytes) -> bytes:
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in _units(annexb))


def _units(annexb: bytes) -> list[bytes]:
    parts = annexb.split(b"\x00\x00\x01")[1:]
    return [part.rstrip(b"\x00") if part is not parts[-1] else part for part in parts]


class WirePublisher:
    """Publishes what an encoder gives, from a thread, until it is left or closed by the server."""

    def __init__(self, server: Server, encoder: Encoder, name: str = "cam") -> None:
        self.told: list[dict[str, Any]] = []
        self.sent: list[tuple[int, int]] = []
        self.is_silent = False
        self.meta: bytes | None = None
        self._open = ExitStack()
        self._socket = self._open.enter_context(connected(server, f"publish/{name}"))
        self._encoder = encoder
        self._wants_key = True
        self._is_leaving = False
        self._threads = [threading.Thread(target=each) for each in (self._hear, self._send)]
        with suppress(ConnectionClosed):  # who is refused may hear of it before
            self._socket.send(json.dumps(encoder.announcement))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_leaving = True
        for thread in reversed(self._threads):
            thread.join()
            self._open.close()

    def change(self, encoder: Encoder) -> None:
        """Go on with another codec or size."""
        self._encoder = encoder

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """All messages of a type so far."""
        return [each for each in self.told if each["type"] == kind]

    def wait_for_close(self, timeout_s: float) -> tuple[int, str]:
        """The close code of the server and its sentence."""
        wait_until(lambda: self._socket.close_code is not None, "close", timeout_s)
        assert self._socket.close_code is not None
        wait_until(lambda: self.heard("error"), "its reason", 30)
        return self._socket.close_code, self.heard("error")[-1]["message"]

    def _hear(self) -> None:
        try:
            for text in self._socket:
                self.told.append(json.loads(text))
                self._wants_key = self._wants_key or self.told[-1]["type"] == "keyframe"
        except ConnectionClosed:
            return

    def _send(self) -> None:
        sequence, current = 0, self._encoder
        due_s = time.monotonic()
        while not self._is_leaving:
            due_s += 1 / FPS
            time.sleep(max(0, due_s - time.monotonic()))
            if self.is_silent:
                continue
            try:
                if current is not self._encoder:
                    current, self._wants_key = self._encoder, True
                    self._socket.send(json.dumps(current.announcement))
                wanted, self._wants_key = self._wants_key, False
                for data, key, pts_us, captured_us in current.next(keyframe=wanted):
                    self._put(sequence, data, key, pts_us, captured_us)
                    sequence += 1
            except ConnectionClosed:
                return

    def _put(self, sequence: int, data: bytes, key: bool, pts_us: int, captured_us: int) -> None:
        flags = Flags.KEYFRAME if key else Flags.NONE
        encoded_us = CLOCK.wall_us() - captured_us
        header = Header(Kind.PACKET, flags, 0, sequence, pts_us, captured_us, encoded_us)
        self._socket.send(pack(header, data, self.meta))
        self.sent.append((sequence, captured_us))


class WireViewer:
    """Watches a stream over one WebSocket, which must not be closed meanwhile."""

    def __init__(self, server: Server, renditions: tuple[str, ...], name: str = "cam") -> None:
        self.told: list[dict[str, Any]] = []
        self.headers: list[Header] = []
        self._open = ExitStack()
        self._socket = self._open.enter_context(connected(server, f"streams/{name}"))
        self._play = {"type": "play", "renditions": renditions, "codecs": ["avc1", "jpeg"]}
        self._thread = threading.Thread(target=self._hear)

    def __enter__(self) -> Self:
        self._socket.send(json.dumps(self._play))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self._thread.join()

    @property
    def is_open(self) -> bool:
        """Whether the server still serves it."""
        return self._socket.close_code is None

    @property
    def phases(self) -> list[str]:
        """The phases that it was told, in order."""
        return [each["phase"] for each in self.told if each["type"] == "state"]

    @property
    def sizes(self) -> list[tuple[str, int, int]]:
        """Codec, width and height of each rendition that it was told, in order."""
        changes = [each for each in self.told if each["type"] == "rendition"]
        return [(each["codec"][:4], each["width"], each["height"]) for each in changes]

    def wait_for_pictures(self, count: int, timeout_s: float = 30.0) -> None:
        """Wait for so many more pictures."""
        goal = len(self.headers) + count
        wait_until(
            lambda: len(self.headers) >= goal, "pictures", timeout_s, lambda: str(self.told)
        )

    def _hear(self) -> None:
        try:
            for message in self._socket:
                if isinstance(message, str):
                    self.told.append(json.loads(message))
                else:
                    self._see(unpack(message)[0])
        except ConnectionClosed:
            return

    def _see(self, header: Header) -> None:
        if header.kind in (Kind.FRAGMENT, Kind.JPEG):
            self.headers.append(header)
            ack = {"type": "ack", "rendition": header.rendition, "received": header.sequence}
            self._socket.send(json.dumps({**ack, "decoded": header.sequence}))
