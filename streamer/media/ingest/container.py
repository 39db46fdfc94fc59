"""Open one container: by the allow-list's options, in time, and nowhere but where it may be."""

import av
from av.container import InputContainer

from streamer.address import Scheme, SourceSpec
from streamer.clock import Clock
from streamer.media.ingest.access import Access
from streamer.media.ingest.explain import explain_open
from streamer.media.ingest.patience import Patience
from streamer.media.ingest.pipe import Pipe
from streamer.media.ingest.reach import Reach
from streamer.media.ingest.rtsp import open_rtsp
from streamer.media.ingest.web import Web

_WEB = frozenset({Scheme.HTTP, Scheme.HTTPS})
_RTSP = frozenset({Scheme.RTSP, Scheme.RTSPS})
# RTSP servers redirect, and FFmpeg follows without asking.
_REDIRECTED = _RTSP | {Scheme.RTMP, Scheme.RTMPS}


def open_container(
    spec: SourceSpec, clock: Clock, access: Access, patience: Patience, pipe: Pipe | None = None
) -> InputContainer:
    """The open container, read from `pipe` if there is one.

    What it opens by itself, once it is open, takes no longer than `patience` lasts.

    Raises:
        SourceError: it cannot be opened, or leads where it may not.
    """
    began_us = clock.monotonic_us()
    try:
        container = _open(spec, clock, access, patience, pipe)
    except (av.error.FFmpegError, OSError, ValueError) as exc:
        waited_us = clock.monotonic_us() - began_us
        in_time = waited_us < spec.open_timeout_s * 1e6
        raise explain_open(exc, spec.address, in_time=in_time) from exc
    if spec.address.scheme in _REDIRECTED:
        Reach(spec.address.target).admit(container)
    return container


def _open(
    spec: SourceSpec, clock: Clock, access: Access, patience: Patience, pipe: Pipe | None
) -> InputContainer:
    timeout = (spec.open_timeout_s, spec.stall_timeout_s)
    if spec.address.scheme in _WEB:
        return Web(access, timeout, Reach(spec.address.target), patience).open()
    if spec.address.scheme in _RTSP:
        return open_rtsp(access, timeout, clock)
    return av.open(
        access.url if pipe is None else pipe,
        mode="r",
        format=access.format,
        options=access.options,
        metadata_errors="ignore",
        timeout=timeout,
    )
