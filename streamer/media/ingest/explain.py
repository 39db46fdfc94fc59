"""Turn what FFmpeg raises into one clear sentence: what, where, what to do.

FFmpeg's error types say little (a stalled RTSP session is InvalidDataError, a refused HTTPS
connection OSError) and its messages contain the whole URL, so the sentences are our own and the
address in them is redacted.
"""

import errno
from pathlib import Path
from urllib.parse import urlsplit

import av

from streamer.address import Address, Scheme
from streamer.errors import (
    SourceDenied,
    SourceError,
    SourceLost,
    SourceMissing,
    SourceRefused,
    SourceUnknown,
    SourceUnreadable,
)
from streamer.parsing import rated

NETWORK = {
    errno.ECONNREFUSED: "connection refused",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "the network is unreachable",
    errno.ETIMEDOUT: "no answer in time",
    errno.ECONNRESET: "the connection was reset",
    errno.ENOENT: "there is no such socket",
    errno.EADDRINUSE: "the port is taken",
    errno.EADDRNOTAVAIL: "the address is not this machine's",
    errno.EPIPE: "the connection was closed",
    errno.EIO: "the host name is not known or the connection broke",
}

# Of which FFmpeg calls one that broke off invalid data.
_SESSIONS = frozenset({Scheme.RTSP, Scheme.RTSPS, Scheme.RTMP, Scheme.RTMPS})
_DEVICE = {
    errno.ENOENT: "there is no such device",
    errno.ENODEV: "there is no such device",
    errno.EBUSY: "another program uses it",
    errno.EINVAL: "it has no such size, rate or format",
}


def explain_open(exc: Exception, address: Address, *, in_time: bool = True) -> SourceError:
    """Why `address` could not be opened; `in_time` is False where that took all its time."""
    if address.scheme in (Scheme.FILE, Scheme.IMAGE):
        return _explain_file(address)
    if address.is_device:
        return _explain_device(exc, address)
    if address.scheme in (Scheme.PUBLISH, Scheme.LISTEN):
        return _explain_publisher(address)
    # FFmpeg calls an RTSP server that says nothing invalid data.
    if not in_time or isinstance(exc, av.error.ExitError | av.error.TimeoutError):
        return _explain_no_answer(address)
    if isinstance(exc, av.error.HTTPClientError | av.error.HTTPServerError):
        return _explain_status(exc, address)
    return _explain_failure(exc, address)


def _explain_status(exc: Exception, address: Address) -> SourceError:
    """Why a web or RTSP server that answers gives nothing."""
    shown = address.shown
    if isinstance(exc, av.error.HTTPUnauthorizedError):
        return SourceDenied(_login(address))
    if isinstance(exc, av.error.HTTPForbiddenError):
        return SourceDenied(f"{shown} refuses this user (403); check the account's rights.")
    if isinstance(exc, av.error.HTTPNotFoundError):
        return SourceUnknown(f"{shown} is not there (404); check the path.")
    if isinstance(exc, av.error.HTTPTooManyRequestsError):
        return SourceUnknown(f"{shown} is asked too often (429); let fewer programs ask for it.")
    if isinstance(exc, av.error.HTTPServerError):
        return SourceMissing(f"{shown} answers with an error (5xx); look into that server's log.")
    return SourceUnknown(f"{shown} refuses the request (4xx); check the address.")


def _login(address: Address) -> str:
    if urlsplit(address.target).username is not None:
        return f"{address.shown} refuses this user name or password (401); check both."
    return (
        f"{address.shown} asks for a user name and password; write them as "
        f"{address.scheme}://USER:PASSWORD@HOST/..."
    )


def _explain_publisher(address: Address) -> SourceError:
    if address.scheme is Scheme.LISTEN:
        return SourceUnreadable(
            f"Somebody came to {address.shown}, but with nothing that can be read as video."
        )
    return SourceUnreadable(
        "What is published cannot be read as video; send MPEG-TS, Matroska, WebM, FLV, "
        "fragmented MP4, MJPEG or H.264."
    )


def _explain_no_answer(address: Address) -> SourceError:
    if address.is_listening or address.scheme is Scheme.SDP:
        return SourceMissing(f"Nothing arrives at {address.shown}; start the sender.")
    return SourceMissing(f"{address.shown} does not answer (no answer in time).")


def explain_nothing_sent(address: Address) -> SourceError:
    """Its server is there and takes the request, and nothing follows."""
    return SourceMissing(f"{address.shown} answers, but sends nothing; restart the camera.")


def _explain_failure(exc: Exception, address: Address) -> SourceError:
    shown = address.shown
    if address.scheme is Scheme.STDIN:
        return SourceUnreadable(
            "Standard input has ended, or nothing in it can be read as video; write into it "
            "MPEG-TS, Matroska, FLV, fragmented MP4, MJPEG or H.264, and start the server again."
        )
    if address.scheme is Scheme.SDP and isinstance(exc, av.error.FileNotFoundError):
        return SourceMissing(f"{shown} does not exist; check the path.")
    if isinstance(exc, av.error.InvalidDataError):
        return SourceUnreadable(f"{shown} answers, but with nothing that can be read as video.")
    code = getattr(exc, "errno", None)
    cause = NETWORK.get(code, "the connection failed") if code else "the connection failed"
    return SourceMissing(f"{shown} does not answer ({cause}).")


def explain_listen(exc: Exception, address: Address) -> SourceError:
    """Why nothing can be listened to at `address`."""
    shown = address.shown
    if isinstance(exc, PermissionError):
        return SourceRefused(f"{shown} needs a port above 1023, or more rights.")
    code = getattr(exc, "errno", None)
    cause = NETWORK.get(code, "it is no address of this machine") if code else "no such host"
    return SourceMissing(f"{shown} cannot be listened on ({cause}); name another host or port.")


def explain_read(exc: Exception, address: Address) -> SourceError:
    """Why `address`, once open, gives no more packets."""
    if isinstance(exc, av.error.ExitError | av.error.TimeoutError):
        return explain_silence(address)
    if address.scheme is Scheme.IMAGE:
        return SourceLost(f"{address.shown} can no longer be read.")
    if address.scheme is Scheme.PUBLISH:
        return SourceUnreadable("What is published is damaged in its middle; publish it again.")
    if address.scheme is Scheme.FILE:
        return SourceUnreadable(f"{address.shown} is damaged; record it again or mend it.")
    if isinstance(exc, av.error.InvalidDataError) and address.scheme not in _SESSIONS:
        return SourceLost(f"{address.shown} sends what cannot be read; check what it sends.")
    return SourceLost(f"{address.shown} stopped sending (the connection broke).")


def explain_index_last(address: Address) -> SourceError:
    """It is an MP4 that says at its end what it holds."""
    what = "What is published" if address.scheme is Scheme.PUBLISH else address.shown
    return SourceUnreadable(
        f"{what} is an MP4 file whose index comes last, which cannot be read as it comes; send it "
        "by ffmpeg -re -i FILE -c copy -f mpegts ..., or make it a fragmented MP4."
    )


def explain_silence(address: Address) -> SourceError:
    """Nothing came for too long."""
    return SourceLost(f"{address.shown} stopped sending (no packet in time).")


def explain_no_video(address: Address) -> SourceError:
    """The container has no video that we can read."""
    return SourceUnreadable(
        f"{address.shown} has no video track that can be decoded; name a source with a picture."
    )


def explain_no_picture(address: Address) -> SourceError:
    """It has a video track, and nothing came of it."""
    if address.scheme is Scheme.PUBLISH:
        return SourceUnreadable(
            "What is published holds no picture that can be decoded; send it as one body without "
            "end, from a keyframe on."
        )
    return SourceUnreadable(
        f"{address.shown} holds no picture that can be decoded; name another source."
    )


def _explain_device(exc: Exception, address: Address) -> SourceError:
    shown = address.shown
    if isinstance(exc, ValueError) and not isinstance(exc, av.error.FFmpegError):
        return SourceRefused(f"{shown} cannot be opened on this system; it has no such devices.")
    if isinstance(exc, PermissionError):
        return SourceRefused(f"{shown} may not be used by this user; change its permissions.")
    code = getattr(exc, "errno", None)
    if address.scheme is Scheme.SCREEN:
        return SourceMissing(f"{shown} cannot be reached; name a display, for example screen::0.")
    cause = _DEVICE.get(code, "it cannot be opened") if code else "it cannot be opened"
    return SourceMissing(f"{shown} gives no pictures ({cause}).")


def _explain_file(address: Address) -> SourceError:
    name = address.target if address.scheme is Scheme.FILE else rated(address)[0]
    path, shown = Path(name), address.shown
    try:
        if path.is_dir():
            return SourceUnreadable(f"{shown} is a directory; name a file in it.")
        if not path.exists():
            return SourceMissing(f"{shown} does not exist; check the path.")
        if path.stat().st_size == 0:
            return SourceUnreadable(f"{shown} is empty; record it again or name another file.")
        with path.open("rb"):
            pass
    except PermissionError:
        return SourceRefused(f"{shown} may not be read by this user; change its permissions.")
    except OSError as exc:
        return SourceMissing(f"{shown} cannot be read ({exc.strerror}).")
    return SourceUnreadable(
        f"{shown} holds no video that can be read, or is cut short; "
        "name a video file such as MP4, MKV, WebM, TS or AVI."
    )
