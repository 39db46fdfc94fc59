"""Open an RTSP camera with its sound, or without where it refuses that track.

FFmpeg gives up the whole camera then. The status alone does not say whether a track or all of it
is refused, and who has nothing at that path, or denies the user, is not to be asked twice: so the
log of FFmpeg is read, which names the request that failed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import av
from av.container import InputContainer

from streamer.clock import Clock
from streamer.media.ingest.access import Access

_Log = list[tuple[int, str, str]]
_REFUSED = "method SETUP failed"
_STATUS = (av.error.HTTPClientError, av.error.HTTPServerError)
_DENIED = (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError)


def open_rtsp(access: Access, timeout: tuple[float, float], clock: Clock) -> InputContainer:
    """The open container; `timeout` is that of `av.open`: to open, to read.

    Raises:
        av.error.FFmpegError, OSError: it cannot be opened.
    """
    opening_s, reading_s = timeout
    began_us = clock.monotonic_us()
    log: _Log = []
    try:
        with _logged(log):
            return _open(access.url, access.options, timeout)
    except av.error.FFmpegError as exc:
        waited_s = (clock.monotonic_us() - began_us) / 1e6
        if waited_s >= opening_s or not _may_be_the_sound(exc, log):
            raise
    # FFmpeg may take the timeout twice: both tries together take no longer than one might.
    silent = access.options | {"allowed_media_types": "video"}
    return _open(access.url, silent, (opening_s - waited_s / 2, reading_s))


def _open(url: str, options: dict[str, str], timeout: tuple[float, float]) -> InputContainer:
    return av.open(url, options=options, metadata_errors="ignore", timeout=timeout)


def _may_be_the_sound(exc: av.error.FFmpegError, log: _Log) -> bool:
    """Whether one track may have been refused, by a status or by what FFmpeg cannot read."""
    if isinstance(exc, _STATUS):
        is_refused = any(_REFUSED in message for _, _, message in log)
        return is_refused and not isinstance(exc, _DENIED)
    return isinstance(exc, av.error.InvalidDataError)


@contextmanager
def _logged(log: _Log) -> Iterator[None]:
    """Add to `log` what FFmpeg says in this thread; else it says nothing."""
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)  # it remembers the last message of all tries
    try:
        with av.logging.Capture() as said:
            yield
    finally:
        av.logging.set_level(None)
        log += said
