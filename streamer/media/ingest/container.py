"""Open one container: by the allow-list's options, in time, and nowhere but where it may be."""

from dataclasses import replace

import av
from av.container import InputContainer

from streamer.address import Scheme, SourceSpec
from streamer.clock import Clock
from streamer.media.ingest.access import Access
from streamer.media.ingest.explain import explain_nothing_sent, explain_open
from streamer.media.ingest.patience import Patience
from streamer.media.ingest.pipe import Pipe
from streamer.media.ingest.reach import Reach
from streamer.media.ingest.rtsp import open_rtsp
from streamer.media.ingest.web import Timeout, Web, answers

_WEB = frozenset({Scheme.HTTP, Scheme.HTTPS})
_RTSP = frozenset({Scheme.RTSP, Scheme.RTSPS})
_ANSWERS_WITHIN_S = 2.0
# An encoder that starts anew may put its pictures elsewhere in MPEG-TS; they stay one stream.
_ALWAYS = {"merge_pmt_versions": "1"}
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
    access = replace(access, options=access.options | _ALWAYS)
    try:
        container = _open(spec, clock, access, patience, pipe)
    except (av.error.FFmpegError, OSError, ValueError) as exc:
        waited_us = clock.monotonic_us() - began_us
        in_time = waited_us < spec.open_timeout_s * 1e6
        is_late = spec.address.scheme in _WEB and isinstance(exc, av.error.ExitError)
        if is_late and answers(access.url, _ANSWERS_WITHIN_S):
            raise explain_nothing_sent(spec.address) from exc
        raise explain_open(exc, spec.address, in_time=in_time) from exc
    if spec.address.scheme in _REDIRECTED:
        Reach(spec.address.target).admit(container)
    return container


def _open(
    spec: SourceSpec, clock: Clock, access: Access, patience: Patience, pipe: Pipe | None
) -> InputContainer:
    timeout = (spec.open_timeout_s, spec.stall_timeout_s)
    if spec.address.scheme in _WEB:
        return _open_web(spec, access, timeout, patience)
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


def _open_web(
    spec: SourceSpec, access: Access, timeout: Timeout, patience: Patience
) -> InputContainer:
    """What it is, or bare JPEG pictures where FFmpeg cannot read how a camera wraps them.

    It refuses parts of type image/jpg or of none, and reads on where a boundary has no line before
    it. As bare pictures they end where the next begins; what is in between is cut off later.
    """

    def opened(form: str | None) -> InputContainer:
        how = replace(access, format=form)
        return Web(how, timeout, Reach(spec.address.target), patience).open()

    try:
        container = opened(None)
        if container.format.name != "mpjpeg" or _has_size(container):
            return container
    except av.error.InvalidDataError:
        container = opened("mjpeg")
        if _has_size(container):
            return container
        container.close()
        raise
    container.close()  # cameras may have one place only
    return opened("mjpeg")


def _has_size(container: InputContainer) -> bool:
    """Whether a first picture was seen."""
    return any(each.codec_context and each.codec_context.width for each in container.streams.video)
