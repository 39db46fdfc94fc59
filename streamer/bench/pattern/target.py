"""Where the pattern may be sent, and in which container and codec. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from streamer.address import redact
from streamer.errors import ConfigError

STDOUT = "-"
_MOST_RTP_JPEG = 255 * 8


class Codec(StrEnum):
    """What it is encoded as."""

    H264 = "h264"
    HEVC = "hevc"
    VP8 = "vp8"
    MJPEG = "mjpeg"


class Way(StrEnum):
    """How it goes out: FFmpeg does the first two, a file of ours takes the others' bytes."""

    RTSP = "rtsp"
    RTMP = "rtmp"
    UDP = "udp"
    HTTP = "http"
    STDOUT = "stdout"


_WAYS = {
    "rtsp": Way.RTSP,
    "rtsps": Way.RTSP,
    "rtmp": Way.RTMP,
    "rtmps": Way.RTMP,
    "udp": Way.UDP,
    "http": Way.HTTP,
    "https": Way.HTTP,
}
# What a container carries, the codec that goes without saying first.
FORMATS = {
    "mpegts": (Codec.H264, Codec.HEVC),
    "flv": (Codec.H264,),
    "matroska": (Codec.H264, Codec.HEVC, Codec.VP8, Codec.MJPEG),
    "webm": (Codec.VP8,),
    "mpjpeg": (Codec.MJPEG,),
    "mjpeg": (Codec.MJPEG,),
    "h264": (Codec.H264,),
    "rtsp": (Codec.H264, Codec.HEVC, Codec.VP8, Codec.MJPEG),
}
_FIXED = {Way.RTSP: "rtsp", Way.RTMP: "flv", Way.UDP: "mpegts"}
_USUAL = {
    Codec.H264: "mpegts",
    Codec.HEVC: "mpegts",
    Codec.VP8: "webm",
    Codec.MJPEG: "mpjpeg",
}
CONTENT_TYPES = {
    "mpegts": "video/mp2t",
    "flv": "video/x-flv",
    "matroska": "video/x-matroska",
    "webm": "video/webm",
    "mpjpeg": "multipart/x-mixed-replace; boundary=ffmpeg",
    "mjpeg": "video/x-motion-jpeg",
    "h264": "video/h264",
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send, and in which container; `url` is empty for standard output."""

    way: Way
    url: str
    form: str

    @property
    def shown(self) -> str:
        """The address without passwords."""
        return redact(self.url) if self.url else "standard output"


def parse_target(text: str, codec: Codec, form: str | None) -> Target:
    """The target that was typed, for such a codec and, where that is a choice, container.

    Raises:
        ConfigError: no such target, or it does not go together.
    """
    way = _way(text)
    chosen = _FIXED.get(way) or form or _USUAL[codec]
    if form is not None and form != chosen:
        raise ConfigError(f"{way}: takes {chosen} and no other format; leave --format out.")
    if chosen not in FORMATS or (chosen == "rtsp" and way is not Way.RTSP):
        known = ", ".join(name for name in FORMATS if name != "rtsp")
        raise ConfigError(f"'{chosen}' is not written here; --format is one of {known}.")
    if codec not in FORMATS[chosen]:
        allowed = ", ".join(FORMATS[chosen])
        raise ConfigError(f"{chosen} does not carry {codec} here; it carries {allowed}.")
    return Target(way, "" if way is Way.STDOUT else text, chosen)


def check_picture(target: Target, codec: Codec, width: int, height: int) -> None:
    """Refuse a size that the target's protocol cannot say.

    Raises:
        ConfigError: it is one: RTP counts the pixels of a JPEG in eights, in a byte (RFC 2435).
    """
    if target.form != "rtsp" or codec is not Codec.MJPEG:
        return
    if width % 8 or height % 8 or max(width, height) > _MOST_RTP_JPEG:
        raise ConfigError(
            f"Over RTSP a JPEG has sides that are multiples of 8, of at most {_MOST_RTP_JPEG} "
            f"pixels; {width}x{height} is none."
        )


def _way(text: str) -> Way:
    if text == STDOUT:
        return Way.STDOUT
    shown = redact(text)
    match = _SCHEME.match(text)
    way = _WAYS.get(match[1].lower()) if match else None
    if way is None:
        raise ConfigError(
            f"'{shown}' cannot be sent to; write rtsp://, rtmp://, udp://, http:// or - for "
            "standard output (to a server of this kind also http://HOST:PORT/publish/NAME)."
        )
    if any(letter.isspace() for letter in text):
        raise ConfigError(f"'{shown}' holds a space; write it as %20.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host:
        raise ConfigError(f"'{shown}' names no host; write {way}://HOST:PORT/PATH.")
    if way is Way.UDP and port is None:
        raise ConfigError(f"'{shown}' names no port; write udp://HOST:PORT.")
    return way
