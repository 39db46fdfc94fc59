"""`streamer push`: any source that can be served here, published over there.

The source is read in a thread of its own, which nobody waits for at the end: FFmpeg cannot be
interrupted while it opens or reads. Both ends come back by themselves, the source by the back-off
here and the connection by `Uplink`'s.
"""

import logging
import random
import sys
import threading
from dataclasses import dataclass, replace
from typing import Any

from streamer.address import Scheme, SourceSpec
from streamer.client.publish.encoder import DEFAULT_FPS, H264
from streamer.client.publish.outlet import (
    FrameOutlet,
    Outlet,
    PacketOutlet,
    is_published_untouched,
)
from streamer.client.publish.progress import Progress
from streamer.client.publish.publisher import Publisher
from streamer.client.publish.session import Figures
from streamer.client.publish.uplink import Uplink
from streamer.client.target import parse_target
from streamer.clock import Clock, SystemClock
from streamer.errors import Haste, MediaError, SourceError, StreamerError
from streamer.hub.supply.backoff import Backoff
from streamer.media.ingest.opening import sources
from streamer.media.ingest.part import Part
from streamer.media.sample import Sample, SoundSample, SourceFacts

log = logging.getLogger(__name__)

_STDIN = 0
_TURN_S = 0.5


@dataclass(frozen=True, slots=True)
class Order:
    """What to publish where; the rest is for sources that have to be encoded."""

    spec: SourceSpec
    url: str
    token: str | None = None
    codec: str = H264
    quality: int | None = None
    bitrate_bps: int | None = None


def run(spec: SourceSpec, url: str, **options: Any) -> None:
    """Publish a source until it ends, and tell standard error how it goes.

    `options` are the other fields of `Order`.

    Raises:
        StreamerError: it cannot be opened or published, and trying again would not help.
    """
    feed = Feed(Order(spec, url, **options), SystemClock())
    progress = Progress(sys.stderr, feed.target.name)
    thread = threading.Thread(target=feed.run, name="source", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(progress.every_s)
            progress.show(feed.figures, feed.trouble)
    finally:
        feed.close()
        progress.close()
    if feed.failure is not None:
        raise feed.failure


class Feed:
    """The reading of one source, and its way to the server."""

    def __init__(self, order: Order, clock: Clock) -> None:
        """Check the order; nothing is opened yet.

        Raises:
            ConfigError: an address, codec or number that cannot be.
        """
        self.target = parse_target(order.url, None, order.token)
        self.failure: StreamerError | None = None
        self._order = order
        self._clock = clock
        self._outlet: Outlet | None = None
        self._trouble: str | None = None
        self._backoff = Backoff(random.random)
        self._closing = threading.Event()
        self._was_live = False

    @property
    def figures(self) -> Figures:
        """What was sent so far."""
        return self._outlet.uplink.figures if self._outlet else Figures()

    @property
    def trouble(self) -> str | None:
        """Why nothing is sent, as a sentence."""
        return self._trouble or (self._outlet.uplink.trouble if self._outlet else None)

    def run(self) -> None:
        """Read the source until it ends, fails for good, or `close` is called."""
        try:
            while not self._closing.is_set() and not self._has_ended():
                self._closing.wait(self._backoff.next_s())
        except StreamerError as exc:
            self.failure = exc
        except Exception:
            shown = self._order.spec.address.shown
            log.exception("event=push-failed source=%s", shown)
            self.failure = StreamerError(f"{shown} could not be processed; see the log.")

    def close(self) -> None:
        """Send what waits, and disconnect."""
        self._closing.set()
        if self._outlet is not None:
            self._outlet.close()

    def _has_ended(self) -> bool:
        """Read the source once; False if it failed and may come back."""
        try:
            self._read()
        except SourceError as exc:
            if not self._may_come_back(exc):
                raise
            self._trouble = exc.sentence
            return False
        return True

    def _may_come_back(self, exc: SourceError) -> bool:
        """Whether to try again; whoever is denied asks a person, as no camera counts our tries."""
        is_denied = exc.haste is Haste.SELDOM
        return exc.retryable and not is_denied and self._order.spec.address.comes_back

    def _read(self) -> None:
        spec = replace(self._order.spec, was_live=self._was_live)
        stdin = _STDIN if spec.address.scheme is Scheme.STDIN else None
        for part in sources(spec, self._clock, lambda: None, self._wait, stdin):
            try:
                self._pass_on(part)
            except MediaError as exc:
                part.end = exc
            finally:
                self._was_live = part.is_live
                part.close()
            if self._closing.is_set():
                return

    def _wait(self) -> None:
        self._trouble = "Waiting for a publisher."

    def _pass_on(self, part: Part) -> None:
        facts = part.facts
        outlet = self._open_outlet(facts)
        for sample in part.samples():
            if part.facts is not facts:
                facts = part.facts
                outlet = self._open_outlet(facts)
            if not self._is_ready(outlet):
                return
            self._push(outlet, sample)

    def _push(self, outlet: Outlet, sample: Sample | SoundSample) -> None:
        try:
            outlet.push(sample)
        except MediaError as exc:
            self._trouble = exc.sentence
            return
        self._trouble = None
        self._backoff.reset()

    def _is_ready(self, outlet: Outlet) -> bool:
        """Whether to go on; what is kept somewhere waits there while the server is away."""
        uplink = outlet.uplink
        while not self._closing.is_set():
            if uplink.failure is not None:
                raise uplink.failure
            if self._order.spec.address.is_live or uplink.wait_connected(_TURN_S):
                return True
        return False

    def _open_outlet(self, facts: SourceFacts) -> Outlet:
        outlet = self._outlet_for(facts)
        outlet.open(facts)
        return outlet

    def _outlet_for(self, facts: SourceFacts) -> Outlet:
        """The way for such a source: that of before, unless it comes back as another kind."""
        kind = PacketOutlet if is_published_untouched(facts) else FrameOutlet
        if not isinstance(self._outlet, kind):
            if self._outlet is not None:
                self._outlet.close()
            self._outlet = self._make_outlet(facts)
        return self._outlet

    def _make_outlet(self, facts: SourceFacts) -> Outlet:
        if is_published_untouched(facts):
            return PacketOutlet(Uplink(self.target, self._clock, lambda: None), self._clock)
        order = self._order
        publisher = Publisher(
            order.url,
            codec=order.codec,
            quality=order.quality,
            bitrate_bps=order.bitrate_bps,
            fps=facts.fps or DEFAULT_FPS,
            token=order.token,
            clock=self._clock,
        )
        return FrameOutlet(publisher)
