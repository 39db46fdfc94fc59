"""What moves a viewer on its ladder; how it goes over whole sessions is in other tests."""

import pytest

from streamer.clock import ManualClock
from streamer.hub.delivery.adaptation import REVIEW_US, Adaptation
from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.cost import Cost
from streamer.hub.delivery.pacing import Pacing
from streamer.hub.delivery.subscription import Subscription
from streamer.rendition import parse
from tests.test_subscription import Port

MS = 1000


class Bench:
    """An adaptation of a viewer whose link and acks are played by the test."""

    def __init__(self, name: str = "h264") -> None:
        self.clock = ManualClock()
        self.clock.advance(1_000 * MS)
        self.top = Channel(0, parse(name), self.clock)
        self.top.cost.rate, self.top.cost.fps, self.top.cost.picture = 500_000, 30, 60_000
        self.pacing = Pacing(500 * MS)
        self.subscription = Subscription(
            Port(), self.pacing, self.clock.monotonic_us, lambda: None, lambda: None
        )
        self.costs: dict[str, Cost] = {}
        self.adaptation = Adaptation(
            self.top, 720, True, lambda each: self.costs.get(str(each)), self.clock.monotonic_us()
        )
        self._key = 0
        self.fly(200, 10, decoded=False)

    def fly(self, size: int, delay_ms: int, *, decoded: bool = True) -> None:
        """One message that is acknowledged after so long."""
        self._key += 1
        self.pacing.sent(self._key, size, self.clock.monotonic_us())
        self.clock.advance(delay_ms * MS)
        self.pacing.acked(self._key, self.clock.monotonic_us(), decoded=decoded)

    def review(self) -> bool:
        self.clock.advance(REVIEW_US)
        return self.adaptation.review(self.top, self.subscription, self.clock.monotonic_us())

    def lag(self, times: int) -> bool:
        """Messages take most of a second each, with more behind them."""
        moved = False
        for _ in range(times):
            self.fly(20_000, 600)
            self.pacing.sent(self._key + 1, 100, self.clock.monotonic_us())
            moved = moved or self.review()
        return moved


def test_a_viewer_that_is_well_stays() -> None:
    bench = Bench()
    for _ in range(100):
        bench.fly(5_000, 12)
        assert not bench.review()
    assert bench.adaptation.rendition == parse("h264")


def test_reviews_are_not_for_every_ack() -> None:
    bench = Bench()
    now_us = bench.clock.monotonic_us()
    assert not bench.adaptation.review(bench.top, bench.subscription, now_us)


def test_a_viewer_that_lags_moves_down_with_a_reason() -> None:
    bench = Bench()
    assert bench.lag(6)
    assert bench.adaptation.rendition != parse("h264")
    assert not bench.adaptation.is_climbing
    assert "kbit/s" in bench.adaptation.reason


def test_one_late_picture_is_no_reason() -> None:
    bench = Bench()
    assert not bench.lag(1)
    for _ in range(8):
        bench.fly(5_000, 12)
        assert not bench.review()


def test_the_first_picture_that_does_not_arrive_tells_enough() -> None:
    bench = Bench()
    bench.pacing.sent(9, 60_000, bench.clock.monotonic_us())
    assert bench.pacing.rate is None
    moved = [bench.review() for _ in range(5)]
    assert True in moved, "within 1.25 s"
    assert bench.adaptation.rendition != parse("h264")


def test_silence_is_a_stall_and_no_slow_link() -> None:
    bench = Bench()
    bench.fly(50_000, 20)
    bench.pacing.sent(9, 60_000, bench.clock.monotonic_us())
    assert not any(bench.review() for _ in range(16))


def test_a_stall_without_an_end_leads_down_after_all() -> None:
    bench = Bench()
    bench.fly(50_000, 20)
    bench.pacing.sent(9, 60_000, bench.clock.monotonic_us())
    assert any(bench.review() for _ in range(40))


def test_a_stall_without_an_end_leads_to_the_bottom_in_one_step() -> None:
    bench = Bench()
    for _ in range(4):
        bench.fly(50_000, 20)
    bench.pacing.sent(9, 60_000, bench.clock.monotonic_us())
    moves = [bench.adaptation.rendition for _ in range(240) if bench.review()]
    assert [str(each) for each in moves] == ["h264-180-r8"]


def test_nobody_who_never_acknowledges_is_moved() -> None:
    bench = Bench()
    bench.pacing.acknowledges = False
    bench.pacing.sent(9, 60_000, bench.clock.monotonic_us())
    assert not any(bench.review() for _ in range(40))


def test_measured_costs_go_before_estimates() -> None:
    bench = Bench()
    bench.costs["h264-480"] = Cost()
    bench.costs["h264-480"].rate = 123.0
    rungs = bench.adaptation._costs()
    assert rungs[1].rate == 123.0
    assert rungs[2].rate > 1000


@pytest.mark.parametrize("name", ["jpeg", "h264"])
def test_a_viewer_below_the_top_is_probed_and_climbs(name: str) -> None:
    bench = Bench(name)
    assert bench.lag(6)
    moved = False
    for _ in range(60):
        bench.fly(40_000, 15)
        bench.fly(200, 8, decoded=False)
        moved = moved or bench.review()
    assert moved
    assert bench.adaptation.rendition == parse(name)
    assert bench.adaptation.is_climbing
    assert bench.adaptation.reason == "Your connection carries more again."
