"""An RTSP camera with H.264 and, by its description, G.711, that answers as it is told."""

import base64
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

import av

from streamer.media.boxer.bitstream import split_annexb

_FPS = 20
_SESSION = "Session: 1\r\n"


class Camera:
    """Answers all who come, over TCP; `refusals` are the answers to what is not allowed.

    They are by method, "SOUND" for the set-up of that track. `asked` are the methods asked for,
    over all connections; a refused set-up of sound is in it as "SOUND".
    """

    def __init__(self, refusals: dict[str, str]) -> None:
        self.asked: list[str] = []
        self._refusals = refusals
        self._pictures = _encode(40)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = f"rtsp://127.0.0.1:{port}/cam"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self) -> None:
        """Take nobody any more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, sock.makefile("rb") as lines:
            try:
                while request := _request(lines):
                    self._answer(sock, *request)
            except OSError:
                return  # it hung up

    def _answer(self, sock: socket.socket, first: str, number: str) -> None:
        method = "SOUND" if "track1" in first else first.partition(" ")[0]
        self.asked.append(method)
        head, body = self._head(method)
        status = self._refusals.get(method, "200 OK")
        sock.sendall(f"RTSP/1.0 {status}\r\nCSeq: {number}\r\n{head}\r\n{body}".encode())
        if method == "PLAY":
            for packet in _rtp(self._pictures):
                sock.sendall(packet)

    def _head(self, method: str) -> tuple[str, str]:
        """The headers and the body of the answer to a request that is allowed."""
        if method in self._refusals:
            return "", ""
        if method == "DESCRIBE":
            body = _description(self._pictures[0])
            length = f"Content-Length: {len(body)}\r\n"
            return f"Content-Type: application/sdp\r\nContent-Base: {self.url}/\r\n{length}", body
        if method in ("SETUP", "SOUND"):
            channels = "2-3" if method == "SOUND" else "0-1"
            return f"Transport: RTP/AVP/TCP;unicast;interleaved={channels}\r\n{_SESSION}", ""
        return ("Public: DESCRIBE, SETUP, PLAY\r\n" if method == "OPTIONS" else _SESSION), ""


@contextmanager
def camera(**refusals: str) -> Iterator[Camera]:
    """A camera, until this ends."""
    made = Camera(refusals)
    try:
        yield made
    finally:
        made.close()


def _request(lines: object) -> tuple[str, str] | None:
    """The first line and the number of the next request; None at the end."""
    head = ""
    for line in iter(lines.readline, b""):  # type: ignore[attr-defined]
        head += line.decode()
        if line == b"\r\n":
            found = re.search(r"CSeq: *(\d+)", head)
            return head.partition("\r\n")[0], found[1] if found else "0"
    return None


def _description(first: list[bytes]) -> str:
    sets = ",".join(base64.b64encode(unit).decode() for unit in first if unit[0] & 31 in (7, 8))
    lines = (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=cam\nc=IN IP4 0.0.0.0\nt=0 0\n"
        "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
        f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\na=control:track0\n"
        "m=audio 0 RTP/AVP 0\na=rtpmap:0 PCMU/8000\na=control:track1\n"
    )
    return lines.replace("\n", "\r\n")


def _rtp(pictures: list[list[bytes]]) -> Iterator[bytes]:
    """Each NAL unit as one packet of RTP on the first channel."""
    count = 0
    for index, units in enumerate(pictures):
        for unit in units:
            kind = 96 | (0x80 if unit is units[-1] else 0)
            time = index * 90_000 // _FPS
            packet = struct.pack(">BBHII", 0x80, kind, count, time, 7) + unit
            yield b"$\0" + struct.pack(">H", len(packet)) + packet
            count += 1


def _encode(count: int) -> list[list[bytes]]:
    """The NAL units of grey pictures."""
    encoder = av.VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
    encoder.time_base = Fraction(1, _FPS)
    encoder.options = {"tune": "zerolatency", "preset": "ultrafast"}
    pictures = []
    for index in range(count):
        frame = av.VideoFrame(64, 48, "yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, _FPS)
        pictures += [list(split_annexb(bytes(packet))) for packet in encoder.encode(frame)]
    return pictures
