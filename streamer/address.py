"""What a source is named by: its scheme and address, shown without passwords. Pure.

`parsing` makes these of what an operator types.
"""

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum

from streamer.errors import ConfigError

# Slashes may be missing, and a password may hold what ends a URL's host: hide rather too much.
_USERINFO = re.compile(r"(:/*)(?:[^/?#\s]*|[^/?#\s:@]+:(?!\d+(?:[/?#]|\s|\Z))\S*)@")
_SECRET = re.compile(r"(?i)\b([\w.-]*(?:pass|pwd|token|secret|key|auth|sig)[\w.-]*=)[^&#\s'\"]+")


class Scheme(StrEnum):
    """The kinds of source that can be opened."""

    PATTERN = "pattern"
    FILE = "file"
    RTSP = "rtsp"
    RTSPS = "rtsps"
    RTMP = "rtmp"
    RTMPS = "rtmps"
    HTTP = "http"
    HTTPS = "https"
    UDP = "udp"
    RTP = "rtp"
    SDP = "sdp"
    TCP = "tcp"
    UNIX = "unix"
    STDIN = "-"
    EXEC = "exec"
    V4L2 = "v4l2"
    AVFOUNDATION = "avfoundation"
    DSHOW = "dshow"
    SCREEN = "screen"
    IMAGE = "image"
    PUBLISH = "publish"
    DIR = "dir"
    LISTEN = "listen"


_LOCAL = frozenset({Scheme.PATTERN, Scheme.FILE, Scheme.IMAGE, Scheme.DIR})
# Nothing that we do brings these back.
_FED = frozenset({Scheme.STDIN, Scheme.PUBLISH})
# Screens, and what programs draw, may stand still for as long as they like.
_STILL = frozenset({Scheme.SCREEN, Scheme.STDIN, Scheme.EXEC, Scheme.PUBLISH})
DEVICES = frozenset({Scheme.V4L2, Scheme.AVFOUNDATION, Scheme.DSHOW, Scheme.SCREEN})
LISTENING = frozenset({Scheme.UDP, Scheme.RTP})


class Transport(StrEnum):
    """How RTSP carries media (RFC 2326).

    Interleaved in its TCP connection, over UDP, or automatically: TCP, and UDP if the server
    refuses that.
    """

    AUTO = "auto"
    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True)
class Address:
    """A checked source address. `target` is what is opened: a path, a URL or pattern options."""

    scheme: Scheme
    target: str

    @property
    def shown(self) -> str:
        """The address without passwords, for people, logs and pages."""
        if self.scheme is Scheme.PATTERN:
            return f"pattern:{self.target}"
        if self.scheme is Scheme.STDIN:
            return "standard input"
        if self.scheme is Scheme.PUBLISH:
            return "a publisher"
        if self.scheme is Scheme.EXEC:
            return f"exec:{words(self.target)[0]}"  # the others may be anything
        if self.scheme is Scheme.LISTEN:
            # Who knows the name may publish.
            return redact(f"{self.target.rpartition('/')[0] or Scheme.LISTEN}/***")
        # File names need not be UTF-8; what is shown must be.
        return redact(self.target).encode("utf-8", "replace").decode()

    @property
    def is_live(self) -> bool:
        """Whether its pictures are taken as they come, rather than kept somewhere."""
        return self.scheme not in _LOCAL

    @property
    def comes_back(self) -> bool:
        """Whether it may come back by itself after a failure."""
        return self.scheme is Scheme.IMAGE or (self.is_live and self.scheme not in _FED)

    @property
    def must_stay_open(self) -> bool:
        """Whether whoever sends to it would be kept waiting, or refused, while it is closed."""
        return self.scheme in (Scheme.STDIN, Scheme.LISTEN)

    @property
    def is_device(self) -> bool:
        """Whether it is a camera or screen of this machine."""
        return self.scheme in DEVICES

    @property
    def is_camera(self) -> bool:
        """Whether it is likely a camera, whose picture is never quite the same twice."""
        return self.is_live and self.scheme not in _STILL

    @property
    def is_listening(self) -> bool:
        """Whether we wait for what others send to us."""
        return self.scheme in LISTENING


# A publisher as a worker is told of it: a container's bytes, or records of wire messages.
PUBLISHED_BODY = Address(Scheme.PUBLISH, "publish:")
PUBLISHED_MESSAGES = Address(Scheme.PUBLISH, "publish:messages")


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source and how to treat it.

    `loop` starts a file, or the files of a directory, again at the end. A network source may take
    `open_timeout_s` to connect and counts as dead after `stall_timeout_s` without a packet. A
    picture that has not changed for `freeze_after_s` is reported; None never reports it.
    `trace` writes into each picture's metadata when it was decoded, for measurements. `was_live`
    is what an earlier try has shown: pictures that come ahead of time are those of a live sender.
    """

    address: Address
    loop: bool = False
    transport: Transport = Transport.AUTO
    open_timeout_s: float = 5.0
    stall_timeout_s: float = 10.0
    freeze_after_s: float | None = None
    trace: bool = False
    was_live: bool = False


def words(target: str) -> tuple[str, ...]:
    """The words of an `exec:` address: the program and its arguments.

    Raises:
        ConfigError: there are none, or a quotation mark is missing.
    """
    try:
        found = tuple(shlex.split(target.removeprefix(f"{Scheme.EXEC}:")))
    except ValueError:
        raise ConfigError("In an exec: address a quotation mark is missing.") from None
    if not found:
        raise ConfigError("exec: names no command; write exec:'COMMAND ARGUMENT ...'.")
    return found


def redact(text: str) -> str:
    """Hide user names, passwords and tokens of all URLs in a text."""
    return _SECRET.sub(r"\1***", _USERINFO.sub(r"\1***@", text))
