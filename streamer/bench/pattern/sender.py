"""Sends the pattern to its target, again and again as the connection comes back.

It runs in a thread of its own, which nobody waits for at the end: FFmpeg cannot be interrupted
while it connects, so a target that accepts and then says nothing would hold it for ever.
"""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import av

from streamer.bench.pattern.encoding import Encoding, Muxing, open_output
from streamer.bench.pattern.outlets import datagrams, http_body, standard_output
from streamer.bench.pattern.target import CONTENT_TYPES, Target, Way
from streamer.clock import Clock
from streamer.errors import StreamerError, TargetError, TargetRefused
from streamer.hub.supply.backoff import Backoff
from streamer.media.ingest.explain import NETWORK
from streamer.media.ingest.opening import PatternSource
from streamer.media.sample import Sample

_STUCK_US = 10_000_000
_OPTIONS = {
    "rtsp": {"rtsp_transport": "tcp", "timeout": "5000000"},  # in microseconds
    "flv": {"flvflags": "no_duration_filesize"},
    # Or a second and more is collected before any of it is written.
    "matroska": {"cluster_time_limit": "0", "live": "1"},
    "webm": {"cluster_time_limit": "0", "live": "1"},
}


class Sender:
    """The sending; `sent` pictures and `sent_bytes` count from the beginning."""

    def __init__(self, target: Target, encoding: Encoding, method: str, clock: Clock) -> None:
        self.sent = self.sent_bytes = self.connections = 0
        self.trouble: str | None = None
        self.failure: StreamerError | None = None
        self._target = target
        self._encoding = encoding
        self._method = method
        self._clock = clock
        self._backoff = Backoff(random.random)
        self._closing = threading.Event()
        self._alive_us = clock.monotonic_us()
        self._thread = threading.Thread(target=self._run, name="pattern", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the end; False while it goes on.

        Raises:
            TargetRefused: the target has been silent for so long that it can only be given up.
        """
        self._thread.join(timeout_s)
        if not self._thread.is_alive():
            return True
        if self._clock.monotonic_us() - self._alive_us > _STUCK_US:
            raise TargetRefused(
                f"{self._target.shown} was reached, but takes nothing; see what it is."
            )
        return False

    def close(self) -> None:
        """Send no more."""
        self._closing.set()
        self._thread.join(1)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._send()
            except BrokenPipeError:
                return  # whoever read standard output has enough
            except TargetError as exc:
                if not exc.retryable:
                    self.failure = exc
                    return
                self.trouble = exc.sentence
            except StreamerError as exc:
                self.failure = exc
                return
            self._alive_us = self._clock.monotonic_us()
            self._closing.wait(self._backoff.next_s())
            self._alive_us = self._clock.monotonic_us()

    def _send(self) -> None:
        """Send until it is closed, or the target fails."""
        try:
            with self._opened() as muxing:
                source = PatternSource(self._encoding.picture, self._clock)
                for sample in source.samples():
                    if self._closing.is_set():
                        return
                    if isinstance(sample, Sample) and sample.frame is not None:
                        muxing.push(sample.frame)
                        self._count(muxing)
        except (av.error.FFmpegError, OSError, ValueError) as exc:
            if self._target.way is Way.STDOUT and isinstance(exc, BrokenPipeError):
                raise
            raise _explained(exc, self._target) from exc

    def _count(self, muxing: Muxing) -> None:
        if self.trouble is not None or self.connections == 0:
            self.connections += 1
        self.trouble = None
        self.sent += 1
        self.sent_bytes, muxing.sent_bytes = self.sent_bytes + muxing.sent_bytes, 0
        self._alive_us = self._clock.monotonic_us()
        self._backoff.reset()

    @contextmanager
    def _opened(self) -> Iterator[Muxing]:
        target = self._target
        if target.way in (Way.RTSP, Way.RTMP):
            with self._muxing(target.url) as muxing:
                yield muxing
            return
        with self._outlet() as outlet, self._muxing(outlet) as muxing:
            yield muxing

    @contextmanager
    def _muxing(self, where: object) -> Iterator[Muxing]:
        container = open_output(where, self._target.form, _OPTIONS.get(self._target.form, {}))
        try:
            yield Muxing(container, self._encoding)
        finally:
            # What broke off cannot be ended well.
            with suppress(av.error.FFmpegError, OSError, StreamerError):
                container.close()

    @contextmanager
    def _outlet(self) -> Iterator[object]:
        target = self._target
        opened = {
            Way.HTTP: lambda: http_body(target.url, self._method, CONTENT_TYPES[target.form]),
            Way.UDP: lambda: datagrams(target.url),
            Way.STDOUT: standard_output,
        }
        with opened[target.way]() as outlet:
            yield outlet


def _explained(exc: Exception, target: Target) -> TargetError:
    """Why it cannot be sent to, in one sentence without the address's secrets."""
    shown = target.shown
    if isinstance(exc, av.error.HTTPUnauthorizedError):
        return TargetRefused(f"{shown} asks for another user name and password.")
    if isinstance(exc, av.error.HTTPForbiddenError):
        return TargetRefused(f"{shown} refuses whoever publishes there (403).")
    if isinstance(exc, av.error.HTTPNotFoundError):
        return TargetError(f"{shown} knows no such path (404).")
    cause = NETWORK.get(getattr(exc, "errno", None) or 0, "the connection failed")
    return TargetError(f"{shown} takes nothing ({cause}).")
