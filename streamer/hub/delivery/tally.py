"""What has been sent to, dropped for and seen by the viewers of one stream. Pure."""

from bisect import bisect_left
from collections import Counter
from itertools import accumulate

from streamer.hub.delivery.subscription import Subscription
from streamer.hub.sound.listener import Listener

_OLDEST_MS = 3_600_000.0
STALENESS_BUCKETS_MS = (25, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000)


class Tally:
    """Totals over all viewers that were ever there. Costs nothing while messages are sent."""

    def __init__(self) -> None:
        self.changes: Counter[str] = Counter()
        self.restarts = 0
        self.corrupt = 0
        self.staleness_ms_sum = 0.0
        self._staleness = [0] * (len(STALENESS_BUCKETS_MS) + 1)
        self._present: set[Subscription] = set()
        self._sent = 0
        self._sent_bytes = 0
        self._dropped: Counter[str] = Counter()
        self._listeners: set[Listener] = set()
        self._sound_sent = 0
        self._sound_dropped: Counter[str] = Counter()

    @property
    def sent(self) -> int:
        """Media messages sent."""
        return self._sent + sum(each.sent for each in self._present)

    @property
    def sent_bytes(self) -> int:
        """Bytes of media sent."""
        return self._sent_bytes + sum(each.sent_bytes for each in self._present)

    @property
    def dropped(self) -> Counter[str]:
        """Media messages dropped, by reason."""
        return sum((each.dropped for each in self._present), Counter(self._dropped))

    @property
    def sound_sent(self) -> int:
        """Messages of sound sent."""
        return self._sound_sent + sum(each.sent for each in self._listeners)

    @property
    def sound_dropped(self) -> Counter[str]:
        """Messages of sound dropped, by reason."""
        return sum((each.dropped for each in self._listeners), Counter(self._sound_dropped))

    @property
    def staleness(self) -> tuple[int, ...]:
        """How many acknowledged pictures were at most as old as each bucket says, then all."""
        return tuple(accumulate(self._staleness))

    def join(self, subscription: Subscription) -> None:
        """Count a viewer's figures from now on."""
        self._present.add(subscription)

    def leave(self, subscription: Subscription) -> None:
        """Keep the figures of a viewer that leaves."""
        if subscription in self._present:
            self._present.remove(subscription)
            self._sent += subscription.sent
            self._sent_bytes += subscription.sent_bytes
            self._dropped.update(subscription.dropped)

    def listen(self, listener: Listener) -> None:
        """Count the figures of a viewer who listens from now on."""
        self._listeners.add(listener)

    def unlisten(self, listener: Listener) -> None:
        """Keep the figures of a viewer who listens no more."""
        if listener in self._listeners:
            self._listeners.remove(listener)
            self._sound_sent += listener.sent
            self._sound_dropped.update(listener.dropped)

    def observe(self, staleness_ms: float) -> None:
        """Take the age of a painted picture, as a viewer acknowledged it."""
        staleness_ms = min(max(staleness_ms, 0.0), _OLDEST_MS)  # whatever a viewer says
        self._staleness[bisect_left(STALENESS_BUCKETS_MS, staleness_ms)] += 1
        self.staleness_ms_sum += staleness_ms
