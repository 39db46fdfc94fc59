"""`Publisher`: pictures from a Python program to a stream, without ever holding the program up.

`send` copies the picture into a slot of one, where the next takes its place if it was not fetched
yet, and returns. One thread fetches, encodes and sends; it does not begin with a picture before
the server would take it, so that what goes out is always the newest there is, and an H.264 stream
has no gap where one was left out.
"""

import atexit
import logging
import threading
from dataclasses import dataclass, replace

from av.video.frame import VideoFrame

from streamer.client.closing import Closing
from streamer.client.publish.encoded import JPEG, Moment
from streamer.client.publish.encoder import DEFAULT_FPS, Encoder, open_encoder
from streamer.client.publish.metadata import pack_metadata
from streamer.client.publish.pixels import take
from streamer.client.publish.slot import Slot
from streamer.client.publish.uplink import Uplink
from streamer.client.target import parse_target
from streamer.clock import Clock, SystemClock
from streamer.errors import ConfigError, MediaError, StreamerError

log = logging.getLogger(__name__)

_TURN_S = 0.5
_CLOSE_S = 3.0
_OLDEST_US = 60_000_000
_LATEST_US = 2**63  # what the wire can carry, and a clock's difference besides


@dataclass(frozen=True, slots=True)
class PublisherStats:
    """How publishing goes.

    `sent`, `dropped` (not sent, as a newer picture came or the server was away), `sent_bytes` and
    `connections` count from the beginning; `round_trip_ms` is None and `viewers` zero while there
    is no connection. `trouble` says in a sentence why nothing is sent, if so.
    """

    connected: bool
    sent: int
    dropped: int
    sent_bytes: int
    connections: int
    viewers: int
    round_trip_ms: float | None
    trouble: str | None


@dataclass(frozen=True, slots=True)
class _Given:
    frame: VideoFrame
    moment: Moment


class Publisher(Closing):
    """Publishes pictures as the stream `name` of the server at `url`.

    It connects by itself with the first picture, and again whenever the connection is lost.
    `quality` (1 to 95) belongs to the codec `jpeg`, `bitrate_bps` to `h264`. `fps` is a hint.
    `repeat_s` sends the last picture again when none came for so long, for pictures that change
    seldom: without it the server lets go of who sends nothing for 10 s. Any thread may use it.
    """

    def __init__(
        self,
        url: str,
        name: str | None = None,
        *,
        codec: str = JPEG,
        quality: int | None = None,
        bitrate_bps: int | None = None,
        fps: float = DEFAULT_FPS,
        token: str | None = None,
        repeat_s: float | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Check what is asked; nothing is sent yet.

        Without `name` the address ends with it: `http://host:8000/cam`.

        Raises:
            ConfigError: an address, name, codec or number that cannot be.
        """
        target = parse_target(url, name, token)
        if repeat_s is not None and repeat_s <= 0:
            raise ConfigError(f"Repeating every {repeat_s:g} s cannot be; say more than 0.")
        self.name = target.name
        self.page_url = target.page_url
        self._encoder: Encoder = open_encoder(codec, fps, quality, bitrate_bps)
        self._clock = clock or SystemClock()
        self._repeat_s = repeat_s
        self._slot: Slot[_Given] = Slot()
        self._lock = threading.Lock()
        self._pts_us = -1
        self._failure: StreamerError | None = None
        self._keyframe = threading.Event()
        self.uplink = Uplink(target, self._clock, self._keyframe.set)
        self._thread = threading.Thread(target=self._run, name="streamer-encoder", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    @property
    def stats(self) -> PublisherStats:
        """How it goes."""
        figures = self.uplink.figures
        trip_us = figures.round_trip_us
        return PublisherStats(
            connected=self.uplink.is_connected,
            sent=figures.sent,
            dropped=figures.dropped + self._slot.replaced,
            sent_bytes=figures.sent_bytes,
            connections=figures.sessions,
            viewers=figures.viewers,
            round_trip_ms=None if trip_us is None else trip_us / 1000,
            trouble=self.uplink.trouble,
        )

    def send(
        self,
        picture: object,
        *,
        meta: object = None,
        captured_us: int | None = None,
        format: str = "rgb24",  # noqa: A002  # FFmpeg's and PyAV's word for it
    ) -> None:
        """Hand a picture over; it may be written into again as soon as this returns.

        `picture` is a `uint8` array (height x width, or height x width x 3 or 4, `format` saying
        `rgb24` or `bgr24`), a PIL image, or an `av.VideoFrame`, which is not copied. `meta` is
        anything that JSON can say, and belongs to exactly this picture. `captured_us` is when it
        was taken, in microseconds of this machine's `time.time()`; now, unless told.

        Raises:
            TypeError, ValueError: nothing that could be a picture or its metadata.
            StreamerError: the server refuses this publisher, or it is closed.
        """
        now_us = self._clock.wall_us()
        frame, packed = take(picture, format), pack_metadata(meta)
        taken_us = now_us if captured_us is None else _checked(int(captured_us))
        with self._lock:
            self._check()
            moment = Moment(self._next_pts(now_us - taken_us), taken_us, packed)
            self._slot.put(_Given(frame, moment))

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until the server is there, without having sent a picture; whether it is."""
        return self.uplink.wait_connected(timeout_s)

    def close(self) -> None:
        """Send what was handed over, if that takes no longer than a moment, and disconnect."""
        atexit.unregister(self.close)
        self._slot.close()
        self._thread.join(_CLOSE_S)
        self.uplink.close()

    def _check(self) -> None:
        failure, self._failure = self.uplink.failure or self._failure, None
        if failure is not None:
            raise type(failure)(failure.sentence) from failure
        if self._slot.is_closed:
            raise ConfigError("This publisher is closed; make a new one.")

    def _next_pts(self, age_us: int) -> int:
        """Media time goes as the pictures were taken, and always on.

        Ages that no picture has are those of a recording, or of a clock that is wrong.
        """
        plausible_us = age_us if 0 <= age_us < _OLDEST_US else 0
        self._pts_us = max(self._pts_us + 1, self._clock.monotonic_us() - plausible_us)
        return self._pts_us

    def _run(self) -> None:
        try:
            self._encode()
        except Exception:
            # Nobody would notice that this thread has ended.
            log.exception("event=encoder-failed at=%s", self.page_url)
            self._fail(StreamerError("This publisher failed; see its log, make a new one."))
            self._slot.close()

    def _fail(self, failure: StreamerError) -> None:
        """Let the next `send` raise it."""
        with self._lock:
            self._failure = failure

    def _encode(self) -> None:
        last: _Given | None = None
        while not self._slot.is_done:
            is_new = self._slot.wait(self._repeat_s)
            if not is_new and (last is None or self._slot.is_closed):
                continue
            if self.uplink.wait_open(_TURN_S):
                last = self._slot.take() or self._again(last)
                self._publish(last)
            elif self._slot.is_closed or self.uplink.is_over:
                return

    def _again(self, last: _Given | None) -> _Given | None:
        """The last picture as of now."""
        if last is None:
            return None
        with self._lock:
            moment = replace(
                last.moment, pts_us=self._next_pts(0), captured_us=self._clock.wall_us()
            )
        return _Given(last.frame, moment)

    def _publish(self, given: _Given | None) -> None:
        if given is None:
            return
        if keyframe := self._keyframe.is_set():
            self._keyframe.clear()  # not else: it may be set in between
        try:
            encoded = self._encoder.encode(given.frame, given.moment, keyframe)
        except MediaError as exc:
            self._fail(exc)
            return
        if encoded is not None:
            self.uplink.push(encoded)


def _checked(captured_us: int) -> int:
    if not 0 <= captured_us < _LATEST_US:
        raise ValueError(
            f"captured_us is {captured_us}; say microseconds since 1970: round(1e6 * time.time())."
        )
    return captured_us
