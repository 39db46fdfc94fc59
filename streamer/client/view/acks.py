"""When to tell the server how far a viewer is: as `web/engine/acks.js` does in the player. Pure.

An ack costs the server as much as sending several pictures, so a viewer that keeps up sends one
every three seconds, on a keyframe where it can: the largest picture tells most of the link. The
server bounds what is under way by the acks, so a viewer that has just begun, or whose pictures
begin to come late, sends one for each picture, until all has been well for a while.
"""

import math

from streamer.control import Ack
from streamer.hub.delivery.pacing import Extreme
from streamer.wire import signed_distance

HEALTHY_US = 3_000_000
KEYFRAME_US = 1_400_000
LATE_MS = 50.0
STAY_US = 1_500_000
FIRST_OUTPUTS = 12
_SHIFT_US = 400_000  # towards the next keyframe, when one came too early for an ack
_OVERDUE_US = 200_000
_QUEUE = 2
_LEAST_WINDOW_US = 10_000_000


class Acks:
    """Keeps the last sequence numbers of the current rendition and decides when an ack is due.

    `done` is said of what was dropped as well: what waits for nothing must not hold the server's
    credit back.
    """

    def __init__(self) -> None:
        self._rendition: int | None = None
        self._received: int | None = None
        self._done: int | None = None
        self._painted: int | None = None
        self._staleness_ms: float | None = None
        self._least = Extreme(_LEAST_WINDOW_US)
        self._outputs = 0
        self._has_news = False
        self._is_keyframe = False
        self._keyframe_us = -math.inf
        self._sent_us = -math.inf
        self._closely_until_us = -math.inf

    def reset(self, rendition: int) -> None:
        """Begin anew: another rendition has numbers of its own."""
        self._rendition = rendition
        self._received = self._done = self._painted = None
        self._outputs = 0
        self._has_news = False

    def empty(self) -> Ack:
        """The ack of an announcement, due at once: it shows how long the way itself takes."""
        return Ack(rendition=self._rendition)

    def received(self, sequence: int) -> None:
        """Take what came."""
        self._received = sequence

    def done(self, sequence: int, keyframe: bool = False) -> None:
        """Take what nobody waits for any more; `keyframe` is one of a group."""
        if self._done is not None and signed_distance(self._done, sequence) <= 0:
            return
        self._done = sequence
        self._outputs += 1
        self._is_keyframe = keyframe
        self._has_news = True

    def painted(self, sequence: int, staleness_ms: float, now_us: int) -> None:
        """Take what was shown, and how old it was then."""
        self._painted = sequence
        self._staleness_ms = staleness_ms
        self._least.add(staleness_ms, now_us)
        if staleness_ms - self._least.value > LATE_MS:
            self.watch_closely(now_us)

    def watch_closely(self, now_us: int) -> None:
        """Acknowledge each picture for a while: something is wrong on the way."""
        self._closely_until_us = now_us + STAY_US

    def is_due(self, queue: int, now_us: int) -> bool:
        """Whether an ack should go now."""
        if not self._has_news:
            return False
        if queue > _QUEUE:
            self.watch_closely(now_us)
        closely = self._outputs <= FIRST_OUTPUTS or now_us < self._closely_until_us
        since_us = now_us - self._sent_us
        if self._is_last_keyframe(since_us, now_us) and not closely:
            if since_us >= KEYFRAME_US:
                return True
            self._sent_us -= _SHIFT_US
        return closely or since_us >= HEALTHY_US

    def _is_last_keyframe(self, since_us: float, now_us: int) -> bool:
        """Whether this is a keyframe, and another as far away as the last would come too late."""
        if not self._is_keyframe:
            return False
        group_us, self._keyframe_us = now_us - self._keyframe_us, now_us
        self._is_keyframe = False
        return since_us + group_us > HEALTHY_US

    def is_overdue(self, now_us: int) -> bool:
        """Whether an ack should go though no picture came: the server may be waiting for it."""
        return self._has_news and now_us - self._sent_us >= HEALTHY_US + _OVERDUE_US

    def take(self, queue: int, now_us: int) -> Ack:
        """The ack to send, which counts as sent."""
        self._has_news = False
        self._sent_us = now_us
        staleness_ms = self._staleness_ms
        return Ack(
            rendition=self._rendition,
            received=self._received,
            decoded=self._done,
            painted=self._painted,
            queue=queue,
            staleness_ms=None if staleness_ms is None else round(staleness_ms, 1),
        )
