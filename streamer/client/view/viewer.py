"""`Viewer`: a stream in a Python program, as messages or as decoded frames.

One thread connects, listens and reconnects. The program takes messages as fast as it likes; what
it does not take in time is dropped as a player would, so that what it gets is never old. Of
messages the server is told once the program is done with them; of frames, of which another thread
decodes all, once they are decoded.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from av.video.frame import VideoFrame

from streamer.client.closing import Closing
from streamer.client.target import parse_target
from streamer.client.view.downlink import Downlink
from streamer.client.view.figures import Figures
from streamer.client.view.frames import Frame, FrameDecoder
from streamer.client.view.inbox import Inbox
from streamer.client.view.message import Message
from streamer.client.view.newest import Newest
from streamer.clock import Clock, SystemClock
from streamer.control import (
    CODECS,
    DEFAULT_MAX_LATENCY_MS,
    Offer,
    Play,
    RenditionChange,
    StateChange,
)
from streamer.errors import ConfigError, MediaError
from streamer.hub.delivery.choice import AUTO
from streamer.rendition import parse as parse_rendition


@dataclass(frozen=True, slots=True)
class ViewerStats:
    """How watching goes.

    `received` messages of `received_bytes`, `shown` pictures, `connections` and `dropped` (by
    reason: `network`, `late`, `broken`) count from the beginning; `fps` and `bitrate_bps` are of
    the last 2 s, the staleness of the last 10 s. `clock_error_ms` is by how much the staleness may
    be wrong, to either side. What is not known yet is None.
    """

    connected: bool
    received: int
    received_bytes: int
    shown: int
    dropped: dict[str, int]
    connections: int
    fps: float
    bitrate_bps: float
    staleness_p50_ms: float | None
    staleness_p95_ms: float | None
    round_trip_ms: float | None
    clock_error_ms: float | None
    trouble: str | None


class Viewer(Closing):
    """Watches the stream `name` of the server at `url`, from when it is made until `close`.

    It is an iterator of messages, which ends when the stream does; `frames` decodes them. It
    connects again by itself whenever the connection is lost. `renditions` are those wanted, best
    first; `codecs` what can be made use of; of both it may be one or several. `width` and `height`
    are the size shown, in pixels, where that matters. One thread takes what comes; any thread may
    look at the rest.
    """

    def __init__(
        self,
        url: str,
        name: str | None = None,
        *,
        token: str | None = None,
        renditions: str | Sequence[str] = ("auto",),
        codecs: str | Sequence[str] = CODECS,
        width: int = 0,
        height: int = 0,
        max_latency_ms: int = DEFAULT_MAX_LATENCY_MS,
        acks: bool = True,
        clock: Clock | None = None,
    ) -> None:
        """Check what is asked, and connect.

        Without `name` the address ends with it: `http://host:8000/cam`. Without `acks` the server
        is never told how far this viewer is, and is bound by the socket alone.

        Raises:
            ConfigError: an address, name, rendition, codec or number that cannot be.
        """
        target = parse_target(url, name, token)
        if not 100 <= max_latency_ms <= 10_000:
            raise ConfigError(f"A latency of {max_latency_ms} ms cannot be; say 100 to 10000.")
        if width < 0 or height < 0:
            raise ConfigError(f"A size of {width}x{height} cannot be; say 0 where it is any.")
        wanted = Play(_several(renditions), _several(codecs), width, height, max_latency_ms)
        _check(wanted)
        self.name = target.name
        self.page_url = target.page_url
        self._clock = clock or SystemClock()
        self._inbox = Inbox(Figures(), max_latency_ms * 1000)
        self._downlink = Downlink(target, self._clock, wanted, self._inbox, acknowledges=acks)

    def __iter__(self) -> Iterator[Message]:
        return self

    def __next__(self) -> Message:
        message = self.read()
        if message is None:
            raise StopIteration
        return message

    @property
    def state(self) -> StateChange | None:
        """What the server last said of the stream."""
        return self._inbox.state

    @property
    def rendition(self) -> RenditionChange | None:
        """What the server sends, and why that."""
        return self._inbox.rendition

    @property
    def catalog(self) -> tuple[Offer, ...]:
        """What it could send; empty while that is not known."""
        return self._inbox.catalog.renditions

    @property
    def offset_us(self) -> int:
        """The server's wall clock less ours."""
        return self._inbox.offset.offset_us

    @property
    def offset_error_us(self) -> int | None:
        """By how much that may be wrong, to either side; None while it is a guess."""
        return self._inbox.offset.error_us

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come: the stream has ended, or this viewer is closed."""
        return self._downlink.is_over

    @property
    def stats(self) -> ViewerStats:
        """How it goes."""
        now_us, downlink = self._clock.monotonic_us(), self._downlink
        with downlink.changed:
            figures, offset = self._inbox.figures, self._inbox.offset
            trip_us, error_us = offset.round_trip_us, offset.error_us
            return ViewerStats(
                connected=downlink.is_connected,
                received=figures.received,
                received_bytes=figures.received_bytes,
                shown=figures.shown,
                dropped=dict(figures.dropped),
                connections=downlink.sessions,
                fps=figures.fps(now_us),
                bitrate_bps=figures.bitrate_bps(now_us),
                staleness_p50_ms=figures.staleness_ms(0.5, now_us),
                staleness_p95_ms=figures.staleness_ms(0.95, now_us),
                round_trip_ms=None if trip_us is None else trip_us / 1000,
                clock_error_ms=None if error_us is None else error_us / 1000,
                trouble=downlink.trouble,
            )

    def read(self, timeout_s: float | None = None) -> Message | None:
        """The next message; None if none came in time, or none will ever (`is_over`).

        Asking for it says that the last is done with.

        Raises:
            PeerError: the server refuses this viewer, and would again.
        """
        message = self._take(timeout_s)
        if message is not None:
            self._downlink.show(message)
        return message

    def frames(
        self, *, every: bool = False, timeout_s: float | None = None
    ) -> Generator[Frame, None, None]:
        """The pictures, decoded; ends with the stream, or when none came for `timeout_s`.

        A thread decodes everything, and what is handed out is the newest there is. With `every`
        nothing is left out, and a program that is slower than the stream gets less from the
        server, which takes it for a slow link.

        Raises:
            PeerError: the server refuses this viewer, and would again.
        """
        return self._every(timeout_s) if every else self._newest(timeout_s)

    def _every(self, timeout_s: float | None) -> Generator[Frame, None, None]:
        decoder, downlink = FrameDecoder(), self._downlink
        while (message := self._take(timeout_s)) is not None:
            for picture, source in self._decode(decoder, message):
                decoded_us = self._clock.wall_us()
                yield Frame(picture, source, decoded_us, downlink.show(source))

    def _newest(self, timeout_s: float | None) -> Generator[Frame, None, None]:
        downlink = self._downlink
        newest = Newest(downlink, self._clock, partial(self._decode, FrameDecoder()))
        with closing(newest):
            while (found := newest.take(timeout_s)) is not None:
                staleness_ms = downlink.show(found.message)
                yield Frame(found.picture, found.message, found.decoded_us, staleness_ms)
        self._raise_failure()

    def close(self) -> None:
        """Take leave; what came is still to be had."""
        self._downlink.close()

    def _take(self, timeout_s: float | None) -> Message | None:
        message = self._downlink.take(timeout_s)
        if message is None:
            self._raise_failure()
        return message

    def _raise_failure(self) -> None:
        if (failure := self._downlink.failure) is not None:
            raise type(failure)(failure.sentence) from failure

    def _decode(self, decoder: FrameDecoder, message: Message) -> list[tuple[VideoFrame, Message]]:
        try:
            return list(decoder.decode(message))
        except MediaError:
            self._downlink.drop("broken")
            return []


def _check(wanted: Play) -> None:
    for name in wanted.renditions:
        if name != AUTO:
            parse_rendition(name)
    for name in wanted.codecs:
        if name not in CODECS:
            raise ConfigError(f"Codec '{name}' cannot be watched; name {', '.join(CODECS)}.")


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
