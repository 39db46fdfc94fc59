"""The steps of a ramp: how viewers come, are waited for, replaced and judged, without a server."""

from collections.abc import Callable

import pytest

from streamer.bench.load.outcome import Second, Taken, Usage
from streamer.bench.load.ramp import Found, Search, Verdict
from streamer.bench.load.steps import Steps
from tests.test_bench_load import ages

WELL = Taken(delivered=100, ages=ages(5))
OLD = Taken(delivered=100, ages=ages(900))
BUDGET_MS = 100.0


class Server:
    """Carries so many viewers; half of those that come too quickly are moved for some turns."""

    def __init__(self, limit: int = 10_000, quickest_per_s: float = 1000.0) -> None:
        self.count = self.moved = self.renewed = self.looks = 0
        self.took_s, self.recovers = 0.0, 5
        self.rates: list[float] = []
        self.spoils: Callable[[int], bool] = lambda _: False
        self._limit = limit
        self._quickest_per_s = quickest_per_s

    def join(self, many: int, per_s: float) -> None:
        self.count += many
        self.took_s += many / per_s
        self.rates.append(per_s)
        self.moved += many // 2 if per_s > self._quickest_per_s else 0

    def shrink(self, count: int) -> None:
        self.moved = max(0, self.moved - (self.count - count))
        self.count = count

    def renew(self) -> None:
        self.renewed += self.moved
        self.moved = 0

    def look(self, _words: str, wait_s: float) -> Second:
        self.took_s += wait_s
        self.looks += 1
        self.moved = max(0, self.moved - (self.recovers if wait_s else 0))
        is_bad = self.count > self._limit or self.spoils(self.looks)
        came = OLD if is_bad else WELL
        taken = Taken(delivered=came.delivered, ages=came.ages, moved=self.moved)
        return Second(max(wait_s, 1.0), taken, Usage(), Usage(), 0.5)


def steps(server: Server, joins_per_s: float = 100.0) -> Steps:
    return Steps(server, server.look, BUDGET_MS, 3.0, joins_per_s)


def test_a_number_that_is_carried_is_measured_once_all_is_well() -> None:
    server = Server()
    made = steps(server)
    assert made.judge(250) is Verdict.WELL
    assert (server.count, len(made.outcome.seconds)) == (250, 3)
    assert server.took_s == pytest.approx(2.5 + 1 + 3)


def test_a_server_that_does_not_recover_gets_no_more_viewers() -> None:
    server = Server(limit=640)
    made = steps(server)
    assert made.judge(5000) is Verdict.HOPELESS
    assert server.count == 700
    assert server.took_s < 20
    assert not made.outcome.stays_within(BUDGET_MS)


def test_who_was_moved_is_waited_for_and_the_others_come_more_slowly() -> None:
    server = Server(quickest_per_s=60.0)
    assert steps(server).judge(400) is Verdict.WELL
    assert server.rates == [100.0] + [50.0] * 6
    assert (server.moved, server.count) == (0, 400)
    assert server.took_s == pytest.approx(1 + 10 + 6 + 1 + 3)


def test_a_few_that_are_moved_and_do_not_come_back_are_replaced() -> None:
    server = Server()
    made = steps(server)
    assert made.judge(500) is Verdict.WELL
    server.moved, server.recovers = 25, 0
    assert made.judge(500) is Verdict.WELL
    assert server.renewed == 25
    assert server.took_s == pytest.approx(5 + 1 + 3 + 4 + 3)


def test_a_number_that_goes_badly_for_a_moment_is_only_bad() -> None:
    server = Server()
    made = steps(server)
    assert made.judge(100) is Verdict.WELL
    server.spoils = lambda turn: turn >= server.looks and turn % 2 == 0
    assert made.judge(100) is Verdict.BADLY


def test_what_the_load_generator_cannot_do_says_nothing_of_the_server() -> None:
    server = Server()

    def look(words: str, wait_s: float) -> Second:
        server.look(words, wait_s)
        return Second(1.0, Taken(delivered=9, ages=ages(900), busy=0.99), Usage(), Usage(), 0.5)

    assert Steps(server, look, BUDGET_MS, 3.0, 100.0).judge(50) is Verdict.UNKNOWN


@pytest.mark.parametrize("limit", [60, 333, 1700, 2900])
def test_a_whole_ramp_is_quick_and_finds_the_limit(limit: int) -> None:
    server = Server(limit)
    made, search = steps(server), Search(50, 5000)
    while search.count is not None:
        search.take(made.judge(search.count), server.count)
    assert search.found.is_limit
    assert isinstance(search.found, Found)
    assert search.found.viewers <= limit <= search.found.viewers * 1.06 + 1
    assert server.took_s < 150
