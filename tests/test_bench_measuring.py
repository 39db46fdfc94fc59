"""How cases are run: by turns, with warm-up, and to what there is when interrupted."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from streamer.bench.latency import measuring
from streamer.bench.latency.case import Case, Means, Path
from streamer.bench.latency.measuring import Measuring, Plan
from streamer.bench.latency.takes import Take
from streamer.bench.progress import Progress
from streamer.client.target import Target, parse_target
from streamer.errors import ConfigError
from tests.test_bench_latency import moments

H264 = Case(Path.H264, Means.PYTHON, 640, 360, 30)
JPEG = replace(H264, path=Path.JPEG)
TARGET = parse_target("http://localhost:1/pattern")


class Time:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s = round(self.now_s + seconds, 6)


class Stage:
    """A server and viewers that note one picture each time they are asked."""

    is_here = True

    def __init__(self) -> None:
        self.told: list[str] = []
        self.noted = self.polled = 0
        self.on_poll: Callable[[], None] = lambda: None

    @contextmanager
    def stream(self, case: Case) -> Iterator[Target]:
        self.told.append(f"open {case.path}")
        yield TARGET
        self.told.append(f"close {case.path}")

    @contextmanager
    def watch(self, target: Target, case: Case) -> Iterator["Stage"]:
        assert target == TARGET
        self.noted = 0
        yield self

    def settle(self) -> None:
        self.told.append("settle")

    def poll(self) -> int:
        self.noted += 1
        self.polled += 1
        self.on_poll()
        return self.noted

    def forget(self) -> None:
        self.told.append(f"forget {self.noted}")
        self.noted = 0

    def cpu_s(self) -> float:
        return float(self.polled)

    def check(self) -> None:
        self.told.append("check")

    def takes(self) -> tuple[Take, ...]:
        return (Take(tuple(map(moments, range(self.noted))), 0, 0, 100, 200),)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(measuring, "time", Time())
    return Stage()


def measured(stage: Stage, plan: Plan) -> tuple[Measuring, str]:
    out = io.StringIO()
    progress = Progress(out, plan.total_s)
    found = Measuring(plan, stage, stage.watch, progress)
    found.measure()
    return found, out.getvalue()


def test_cases_take_turns_and_the_warm_up_does_not_count(stage: Stage) -> None:
    found, said = measured(stage, Plan((H264, JPEG), 2.0, 1.0, 2))
    one = ["open h264", "settle", "forget 10", "check", "close h264"]
    other = [each.replace("h264", "jpeg") for each in one]
    assert stage.told == [*one, *other, *one, *other]
    assert found.complete
    assert [each.case for each in found.outcomes] == [H264, JPEG]
    assert [len(each.runs) for each in found.outcomes] == [2, 2]
    assert found.outcomes[0].figures.painted == 21
    assert found.outcomes[0].figures.server_cpu == 10.5
    first = f"{H264.name} run 1 of 2"
    assert said.splitlines()[:2] == [f"{first}, warm-up", first]


def test_ctrl_c_leaves_what_was_measured(stage: Stage) -> None:
    def interrupt() -> None:
        if stage.told.count("settle") == 2 and stage.noted == 16:
            raise KeyboardInterrupt

    stage.on_poll = interrupt
    found, _ = measured(stage, Plan((H264, JPEG), 2.0, 1.0, 5))
    assert not found.complete
    assert [each.figures.painted for each in found.outcomes] == [21, 17]
    assert stage.told[-1] == "close jpeg"
    assert stage.told.count("check") == 1, "not after an interruption"


def test_ctrl_c_too_early_leaves_nothing(stage: Stage) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    stage.on_poll = interrupt
    with pytest.raises(KeyboardInterrupt):
        measured(stage, Plan((H264,), 2.0, 1.0, 1))


def test_a_case_that_fails_is_left_alone_and_the_others_go_on(stage: Stage) -> None:
    bad = replace(H264, link="loss=1")
    found, _ = measured(stage, Plan((bad, JPEG), 2.0, 1.0, 3))
    assert found.complete
    assert [(each.case, len(each.runs)) for each in found.outcomes] == [(JPEG, 3)]
    (sentence,) = found.failures
    assert sentence.startswith(f"{bad.name}: 'loss=1' is no part of a link")


def test_a_bad_link_is_named(stage: Stage) -> None:
    with pytest.raises(ConfigError, match="no part of a link"):
        measured(stage, Plan((replace(H264, link="loss=1"),), 2.0, 1.0, 1))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_cut_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr(out, "fileno", lambda: 1)
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((40, 24)))
    Progress(out, 60.0).show("a part with a long name", 15.0, "30 pictures")
    assert len(out.getvalue().removeprefix("\r\x1b[K")) == 39


def test_a_terminal_gets_a_bar() -> None:
    times = iter((0.0, 0.1, 1.0))
    out = Terminal()
    progress = Progress(out, 60.0, lambda: next(times))
    progress.show("a", 0.0)
    progress.show("a", 5.0)
    progress.show("a", 15.0, "30 pictures")
    progress.close()
    first, second = out.getvalue().split("\r\x1b[K")[1:3]
    assert first == f"{'░' * 24}   0%  1:00 left  a  "
    assert second == f"{'█' * 6}{'░' * 18}  25%  0:45 left  a  30 pictures"
    assert out.getvalue().endswith("\r\x1b[K")
