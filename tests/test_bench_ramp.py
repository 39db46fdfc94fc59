"""The load benchmark at work: how viewers are let in, waited for and counted, without a server."""

import io
import math
import tomllib
from pathlib import Path
from typing import Any

import pytest

from streamer.bench.load import fleet, running
from streamer.bench.load.fleet import Fleet
from streamer.bench.load.outcome import Taken, Usage
from streamer.bench.load.ramp import Found
from streamer.bench.load.running import Load, Wanted
from streamer.client.target import parse_target
from streamer.errors import ChildFailed
from tests.test_bench_load import ages
from tests.test_bench_measuring import Time


class Crowd:
    """A fleet that takes so many in, all of whom get everything."""

    def __init__(self, room: int, interrupts_at: int = 0) -> None:
        self.count = 0
        self._room = room
        self._interrupts_at = interrupts_at

    def join(self, many: int, per_s: float) -> None:
        self.count += many
        if self.count > self._room:
            raise ChildFailed("load generator 1: The server is full.")

    def take(self) -> Taken:
        if self.count == self._interrupts_at:
            raise KeyboardInterrupt
        return Taken(delivered=100, ages=ages(1))


class Own:
    """A server of one's own, which notes how it was started."""

    url, pid = "http://localhost:1", 7
    told: dict[str, Any]

    def __init__(self, _ports: object, arguments: list[str]) -> None:
        at = arguments.index("--config") + 1
        Own.told = tomllib.loads(Path(arguments[at]).read_text())["server"]

    def close(self) -> None:
        pass


@pytest.mark.parametrize("budget_ms", [None, 100.0])
def test_a_server_of_its_own_has_room_for_all(
    budget_ms: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "Companion", Own)
    wanted = Wanted(7000, 1, 2.0, 1.0, "pattern:", "h264", budget_ms=budget_ms, most=9000)
    with running.own_site(wanted) as site:
        assert site.pid == 7
    room = 7000 if budget_ms is None else 9000
    assert min(Own.told["max_viewers"], Own.told["max_viewers_per_stream"]) > room


class Nothing:
    """A meter that knows nothing."""

    def take(self) -> tuple[Usage, Usage, float]:
        return Usage(), Usage(), math.nan


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(running, "time", clock)
    return clock


def ramp(fleet: Crowd, first: int, most: int) -> Load:
    wanted = Wanted(first, 1, 2.0, 1.0, "pattern:", "h264", budget_ms=100.0, most=most)
    return Load(wanted, fleet, Nothing(), io.StringIO())  # type: ignore[arg-type]


def test_what_was_measured_stays_where_a_server_lets_no_more_in(time: Time) -> None:
    load = ramp(Crowd(5), 2, 50)
    assert load.run()
    assert load.found == Found(4, is_limit=False)
    assert [each.viewers for each in load.outcomes] == [2, 4]
    assert load.trouble == "load generator 1: The server is full."
    with pytest.raises(ChildFailed, match="full"):
        ramp(Crowd(1), 2, 50).run()


def test_a_ramp_that_is_interrupted_names_the_best_so_far(time: Time) -> None:
    load = ramp(Crowd(50, interrupts_at=8), 2, 50)
    assert not load.run()
    assert load.found == Found(4, is_limit=False)
    assert [each.viewers for each in load.outcomes] == [2, 4]


class Inside:
    """A child process that lets viewers in, a second for each call."""

    asked: list[dict[str, Any]]
    time: Time
    takes_s = 0.0

    def __init__(self, *_command: object, **_how: object) -> None:
        pass

    def ask(self, **command: Any) -> dict[str, Any]:
        self.asked.append(command)
        self.time.sleep(self.takes_s)
        return {"left": 3} if command["name"] == "1" else {"left": 0}

    def end(self) -> None:
        pass


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> type[Inside]:
    class Fresh(Inside):
        pass

    Fresh.asked, Fresh.time = [], Time()
    monkeypatch.setattr(fleet, "Child", Fresh)
    monkeypatch.setattr(fleet, "time", Fresh.time)
    return Fresh


def two_streams() -> Fleet:
    targets = [parse_target("http://localhost:1/a"), parse_target("http://localhost:1/b")]
    return Fleet(targets, "h264", 0, 1, joins_per_s=50.0)


def grown(count: int) -> bool:
    with two_streams() as made:
        return made.grow(count)


def test_viewers_come_some_at_once_and_no_quicker_than_told(inside: type[Inside]) -> None:
    assert grown(21)
    opened = [(each["name"], each["count"]) for each in inside.asked if each["do"] == "open"]
    assert sum(count for name, count in opened if name == "0") == 11
    assert sum(count for name, count in opened if name == "1") == 10
    assert max(count for _, count in opened) == 3
    assert inside.time.now_s == pytest.approx(21 / 50, abs=0.11)


def test_a_server_that_takes_them_in_slowly_is_waited_for(inside: type[Inside]) -> None:
    inside.takes_s = 0.4
    assert grown(200), "an eighth of the pace"
    inside.takes_s = 4.0
    assert not grown(200)


def asked(inside: type[Inside], what: str) -> list[tuple[str, int]]:
    return [(each["name"], each["count"]) for each in inside.asked if each["do"] == what]


def test_as_many_go_from_each_stream(inside: type[Inside]) -> None:
    with two_streams() as made:
        made.join(11, 1000.0)
        made.shrink(4)
        assert (made.count, asked(inside, "leave")) == (4, [("0", 4), ("1", 3)])


def test_others_come_for_those_that_were_moved(inside: type[Inside]) -> None:
    with two_streams() as made:
        made.join(4, 1000.0)
        inside.asked.clear()
        made.renew()
    assert asked(inside, "open") == [("1", 3)]
    assert made.count == 4
