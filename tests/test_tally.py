"""A stream's totals outlive its viewers."""

from collections.abc import Callable

from streamer.clock import ManualClock
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.pacing import Pacing
from streamer.hub.delivery.subscription import Subscription
from streamer.hub.delivery.tally import STALENESS_BUCKETS_MS, Tally
from tests.media_messages import init


class Deaf:
    """A port that takes everything."""

    def send(self, message: Message) -> bool:
        return True

    def send_text(self, text: str) -> None:
        pass

    def lane(self, _on_close: Callable[[], None]) -> None:
        """There is no bare way."""

    def finish(self, frame: bytes, written: int) -> None:
        raise AssertionError("there is no lane")

    def unsent(self) -> int:
        return 0


def viewer(sent: int, **dropped: int) -> Subscription:
    clock = ManualClock()
    subscription = Subscription(
        Deaf(), Pacing(500_000), clock.monotonic_us, lambda: None, lambda: None
    )
    for number in range(sent):
        subscription.offer(Message(init(), number, 0))
    subscription.dropped.update(dropped)
    return subscription


def test_those_who_are_there_and_those_who_left_count() -> None:
    tally, gone, here = Tally(), viewer(3, late=1), viewer(4, late=2, newer=5)
    tally.join(gone)
    tally.join(here)
    tally.leave(gone)
    tally.leave(gone)
    assert (tally.sent, tally.sent_bytes) == (7, 7 * len(init()))
    assert tally.dropped == {"late": 3, "newer": 5}


def test_staleness_is_counted_in_growing_buckets() -> None:
    tally = Tally()
    for staleness_ms in (0.0, 25.0, 25.1, 4_000.0, 9_999.0):
        tally.observe(staleness_ms)
    counts = dict(zip((*STALENESS_BUCKETS_MS, "all"), tally.staleness, strict=True))
    assert (counts[25], counts[50], counts[2000], counts[5000], counts["all"]) == (2, 3, 3, 4, 5)
    assert tally.staleness_ms_sum == 14_049.1
    tally.observe(-1e9)
    assert tally.staleness_ms_sum == 14_049.1, "a sum that falls is taken for a restart"
    tally.observe(9e15)
    assert tally.staleness_ms_sum == 3_614_049.1
