"""What FFmpeg is told of each kind of source: where, and what it may open there. Pure.

FFmpeg opens whatever a playlist or session description names, over any protocol that it knows, so
both lists hold only what the kind needs. Live kinds are probed little, for the first picture's
sake: RTSP opens in a quarter of the time, RTMP in a tenth, HTTP in half. `timeout` is never an
option here: on RTMP and TCP it means to listen.
"""

import ipaddress
import os
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from streamer.address import Address, Scheme, SourceSpec, Transport
from streamer.options import MAX_PIXELS
from streamer.parsing import Listening, rated

_FILE_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,flv,avi,ogg,h264,hevc,ivf,obu,"
    "mjpeg,jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,gif,apng,asf,mxf,wtv,nut,dv,m4v,av1"
)
_LIVE_FORMATS = "mpegts,flv,mov,mp4,matroska,webm,mpjpeg,mjpeg,jpeg_pipe,h264,hevc,ogg,nut,avi"
_FORMATS = {
    Scheme.FILE: _FILE_FORMATS,
    Scheme.RTSP: "rtsp,rtp,sdp",
    Scheme.RTSPS: "rtsp,rtp,sdp",
    Scheme.RTMP: "flv,live_flv",
    Scheme.RTMPS: "flv,live_flv",
    Scheme.HTTP: _LIVE_FORMATS,
    Scheme.HTTPS: _LIVE_FORMATS,
    Scheme.UDP: "mpegts,h264,hevc",
    Scheme.RTP: "rtp,sdp",
    Scheme.SDP: "rtp,sdp",
    Scheme.TCP: _LIVE_FORMATS,
    Scheme.UNIX: _LIVE_FORMATS,
    Scheme.STDIN: _LIVE_FORMATS,
    Scheme.EXEC: _LIVE_FORMATS,
    Scheme.PUBLISH: _LIVE_FORMATS,
}
_PROTOCOLS = {
    Scheme.FILE: "file",
    Scheme.RTSP: "rtsp,rtp,udp,tcp,tls",
    Scheme.RTSPS: "rtsp,rtsps,rtp,udp,tcp,tls",
    Scheme.RTMP: "rtmp,tcp",
    Scheme.RTMPS: "rtmps,tcp,tls",
    Scheme.HTTP: "http,https,tcp,tls,crypto",
    Scheme.HTTPS: "https,tcp,tls,crypto",
    Scheme.UDP: "udp",
    Scheme.RTP: "rtp,udp",
    Scheme.SDP: "file,rtp,udp",
    Scheme.TCP: "tcp",
    Scheme.UNIX: "unix",
    Scheme.STDIN: "none",  # an empty list would allow all
    Scheme.EXEC: "none",
    Scheme.PUBLISH: "none",
}
_LISTEN = {
    Scheme.RTMP: {
        "listen": "1",
        "protocol_whitelist": "rtmp,tcp",
        "format_whitelist": "flv,live_flv",
    },
    # Without a time to wait, FFmpeg 8.1 computes one that it does not accept itself.
    Scheme.RTSP: {
        "rtsp_flags": "listen",
        "listen_timeout": "10",
        "protocol_whitelist": "rtsp,rtp,tcp",
        "format_whitelist": "rtsp,rtp,sdp",
    },
}
# Read through a hook (`web`), FFmpeg's reuse of connections would end this process.
PLAYLIST = {
    "format_whitelist": "hls,aac,mpegts,mov,mp4",
    "http_persistent": "0",
    "http_multiple": "0",
}
_MAY_BE_FILES = frozenset({Scheme.HTTP, Scheme.HTTPS})
_TRANSPORTS = {
    Transport.TCP: {"rtsp_transport": "tcp"},
    Transport.UDP: {"rtsp_transport": "udp"},
    # On its own, FFmpeg would try UDP first, which many networks swallow without a word.
    Transport.AUTO: {"rtsp_transport": "tcp+udp", "rtsp_flags": "prefer_tcp"},
}


_X11 = ("x11grab", "")
_SCREENS = {"darwin": ("avfoundation", "Capture screen 0"), "win32": ("gdigrab", "desktop")}
_FORMAT_OPTION = {"v4l2": "input_format", "dshow": "vcodec"}


@dataclass(frozen=True, slots=True)
class Access:
    """What `av.open` is given; `format` is None where it is found by probing."""

    url: str
    format: str | None
    options: dict[str, str]


def access_to(spec: SourceSpec) -> Access:
    """How to open a source that has packets."""
    scheme = spec.address.scheme
    if scheme is Scheme.IMAGE:
        return _image(spec.address)
    if spec.address.is_device:
        return _device(spec.address)
    options = {
        "protocol_whitelist": _PROTOCOLS[scheme],
        "format_whitelist": _FORMATS[scheme],
        "max_pixels": str(MAX_PIXELS),
    }
    if scheme is not Scheme.FILE:
        options["analyzeduration"] = "100000"
        if scheme not in _MAY_BE_FILES:
            # The second is for bare MJPEG, which would be looked at for 1 MB.
            options |= {"probesize": "32768", "formatprobesize": "32768"}
    if scheme in (Scheme.RTSP, Scheme.RTSPS):
        options |= {"allowed_media_types": "video+audio", **_TRANSPORTS[spec.transport]}
    if scheme in (Scheme.HTTP, Scheme.HTTPS):
        options["max_redirects"] = "0"
    return Access(_url(spec.address), "sdp" if scheme is Scheme.SDP else None, options)


def access_to_publisher(wanted: Listening, port: int) -> Access:
    """How to take a publisher that is carried to this port on loopback."""
    options = {
        **_LISTEN[wanted.kind],
        "probesize": "32768",
        "analyzeduration": "100000",
        "max_pixels": str(MAX_PIXELS),
    }
    return Access(f"{wanted.kind}://127.0.0.1:{port}/{wanted.path}", None, options)


def _device(address: Address) -> Access:
    name, wanted = rated(address)
    kind, default = (
        _SCREENS.get(sys.platform, _X11)
        if address.scheme is Scheme.SCREEN
        else (address.scheme, "")
    )
    names = {
        "size": "video_size",
        "fps": "framerate",
        "format": _FORMAT_OPTION.get(kind, "pixel_format"),
    }
    options = {names[key]: value for key, value in wanted.items()}
    # FFmpeg's v4l2 has a second name, of which a list needs only one.
    options |= {"protocol_whitelist": "none", "format_whitelist": kind}
    return Access(name or default or os.environ.get("DISPLAY", ":0"), kind, options)


def _image(address: Address) -> Access:
    path, wanted = rated(address)
    options = {
        # Read again for each picture, and not ahead; the name is no pattern.
        "loop": "1",
        "probesize": "32",
        "analyzeduration": "1",
        "fpsprobesize": "0",
        "pattern_type": "none",
        "framerate": wanted.get("fps", "1"),
        "protocol_whitelist": "file",
        "format_whitelist": "image2",
        "max_pixels": str(MAX_PIXELS),
    }
    return Access(f"file:{path}", "image2", options)


def _url(address: Address) -> str:
    target = address.target
    if address.scheme is Scheme.FILE:
        # Without the prefix FFmpeg would take a file called `a:b` for a protocol.
        return f"file:{target}"
    if address.scheme is Scheme.SDP:
        return f"file:{target.removeprefix('sdp:')}"
    return _bound(target) if address.is_listening else target


def _bound(url: str) -> str:
    """Listen at the address that the URL names; FFmpeg would listen at every one."""
    parts = urlsplit(url)
    try:
        host = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return url
    if host.is_multicast or host.is_unspecified or "localaddr=" in parts.query:
        return url
    return f"{url}{'&' if parts.query else '?'}localaddr={host}"
