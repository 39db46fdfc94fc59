"""What a publisher says before media: whether it names what it should. Pure.

FFmpeg does the listening half of RTMP and RTSP, but takes whatever name a publisher gives, and RTP
on UDP ports of its own choice. So what publishers say first passes through here: nothing more than
a greeting's worth is let through before the right name was said, and a wish for UDP is answered
with 461, upon which encoders go on within the connection.
"""

import re
from typing import Protocol

from streamer.address import Scheme
from streamer.errors import SourceRefused
from streamer.parsing import Listening

_MAX_BYTES = 64 * 1024
_PUBLISH = b"\x02\x00\x07publish\x00"
_NAME = re.compile(re.escape(_PUBLISH) + rb".{8}\x05\x02(..)", re.DOTALL)
_REQUEST = re.compile(rb"([A-Z_]+) (?:rtsp://[^/\s]*/?(\S*)|\*) RTSP/1\.[01](?=\r\n)", re.ASCII)
_LENGTH = re.compile(rb"(?im)^content-length: *(\d{1,5})\r$")
_CSEQ = re.compile(rb"(?im)^(cseq: *)(\d{1,9})(?=\r$)")
_TCP = re.compile(rb"(?im)^transport:.*RTP/AVP/TCP")


class Greeting(Protocol):
    """Listens to one publisher until it has said enough."""

    done: bool

    def push(self, data: bytes) -> tuple[bytes, bytes]:
        """What to pass on of what came so far, and what to answer.

        Raises:
            SourceRefused: this is not the publisher that is wanted.
        """
        ...

    def reply(self, data: bytes) -> bytes:
        """What to pass back of what FFmpeg says."""
        ...


def greeting(wanted: Listening, inner_port: int) -> Greeting:
    """The greeting of the publishers that are wanted, for an FFmpeg at a port on loopback."""
    if wanted.kind is Scheme.RTSP:
        return RtspGreeting(wanted, f"rtsp://127.0.0.1:{inner_port}/")
    return RtmpGreeting(wanted)


class RtmpGreeting:
    """RTMP up to `publish`: command messages in AMF0, of which that one fits into one chunk."""

    def __init__(self, wanted: Listening) -> None:
        self._name = wanted.name.encode()
        self._said = b""
        self.done = False

    def push(self, data: bytes) -> tuple[bytes, bytes]:
        """Everything is passed on up to the byte before a wrong name."""
        self._said += data
        if (match := _NAME.search(self._said)) is not None:
            size = int.from_bytes(match[1], "big")
            if len(self._said) >= match.end() + size:
                _check_name(self._said[match.end() : match.end() + size], self._name)
                self.done = True
                self._said = b""
        if len(self._said) > _MAX_BYTES:
            raise SourceRefused("A publisher did not say what it publishes.")
        return data, b""

    def reply(self, data: bytes) -> bytes:
        """All of it."""
        return data


class RtspGreeting:
    """RTSP (RFC 2326) up to `RECORD`, a request at a time.

    FFmpeg wants to be called by its own name, so each request is made out to `base`, and to have
    requests counted without a gap, so those that are answered here are left out of the count.
    """

    def __init__(self, wanted: Listening, base: str) -> None:
        self._base = base.encode()
        self._path = wanted.path.encode()
        self._waiting = b""
        self._announced = False
        self._answered = 0
        self.done = False

    def push(self, data: bytes) -> tuple[bytes, bytes]:
        """Whole requests are passed on; those that would use UDP are answered instead."""
        self._waiting += data
        passed = answers = b""
        while not self.done and (request := self._next()):
            match = _REQUEST.match(request)
            if match is None:
                raise SourceRefused("A publisher sent something that is no RTSP request.")
            method, path = match[1], match[2] or b""
            if (answer := self._answer(method, path, request)) is None:
                line = method + b" " + self._base + path + b" RTSP/1.0"
                passed += _shift(line + request[match.end() :], -self._answered)
            else:
                answers += answer
        if self.done:
            passed, self._waiting = passed + self._waiting, b""
        if len(self._waiting) > _MAX_BYTES:
            raise SourceRefused("A publisher sent a request that is too long.")
        return passed, answers

    def reply(self, data: bytes) -> bytes:
        """All of it, by the publisher's count."""
        return _shift(data, self._answered) if self._answered else data

    def _next(self) -> bytes:
        """The next request with its body; empty while it is not whole."""
        head, end, _ = self._waiting.partition(b"\r\n\r\n")
        if not end:
            return b""
        length = _LENGTH.search(head + b"\r\n")
        size = len(head) + len(end) + (int(length[1]) if length else 0)
        if len(self._waiting) < size:
            return b""
        request, self._waiting = self._waiting[:size], self._waiting[size:]
        return request

    def _answer(self, method: bytes, path: bytes, request: bytes) -> bytes | None:
        """Our own answer, where the request is not for FFmpeg."""
        if method == b"ANNOUNCE":
            _check_name(path.rstrip(b"/"), self._path)
            self._announced = True
        elif method != b"OPTIONS" and not self._announced:
            raise SourceRefused("Somebody came who does not publish.")
        if method == b"SETUP" and _TCP.search(request) is None:
            number = _CSEQ.search(request)
            sequence = number[2] if number else b"0"
            self._answered += 1
            return b"RTSP/1.0 461 Unsupported Transport\r\nCSeq: " + sequence + b"\r\n\r\n"
        self.done = method == b"RECORD"
        return None


def _shift(message: bytes, by: int) -> bytes:
    return _CSEQ.sub(lambda found: found[1] + b"%d" % (int(found[2]) + by), message, count=1)


def _check_name(said: bytes, wanted: bytes) -> None:
    if said != wanted:
        raise SourceRefused("A publisher gave another name.")
