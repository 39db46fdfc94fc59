"""Whole sessions that pause, whose link changes, or whose way is longer than their bound."""

import pytest

from streamer import control, wire
from streamer.control import Pause, Play, Resume
from streamer.wire import Flags, Header, Kind
from tests import simulated_link
from tests.simulated_link import FPS, Simulation, Source, Way

STARTS = ("jpeg", "h264", "copy")
SETTLED_S = 25.0


def pause(simulation: Simulation, seconds: float) -> None:
    """Hide the page for so long."""
    simulation.viewer.receive(control.dump(Pause()))
    simulation.run(seconds)
    simulation.viewer.receive(control.dump(Resume()))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("bound_ms", "rtt_ms"), [(500, 520), (500, 650), (200, 220), (100, 110)])
def test_whose_way_takes_longer_than_the_bound_is_sent_old_pictures(
    start: str, bound_ms: int, rtt_ms: int
) -> None:
    simulation = Simulation(start, Way(delay_us=rtt_ms * 500))
    simulation.viewer.play(Play((start,), ("avc1", "jpeg"), 1280, 720, bound_ms))
    simulation.run(15)
    assert simulation.painted(5, 15) > 10
    pause(simulation, 2)
    simulation.run(10)
    assert simulation.painted(22, 27) > 5
    simulation.become(rate_bps=1.0)
    simulation.run(4)
    simulation.become(rate_bps=None)
    simulation.run(30)
    assert simulation.painted(51, 61) > 10


def test_a_link_that_let_nothing_but_keyframes_pass_is_tried_when_it_is_good_again() -> None:
    simulation = Simulation("copy", Way(rate_bps=8e6, delay_us=10_000))
    simulation.run(20)
    simulation.become(rate_bps=1e6)
    simulation.run(20)
    assert simulation.moves()[-1] != "copy"
    assert simulation.painted(30, 40) > 100, "that which fits"
    simulation.become(rate_bps=8e6)
    simulation.run(60)
    assert simulation.moves()[-1] == "copy"
    assert simulation.painted(55, 100) > 40 * FPS


@pytest.mark.parametrize("rtt_ms", [20, 200, 400])
@pytest.mark.parametrize("away_s", [0.3, 3.9, 10])
@pytest.mark.parametrize("group", [2 * FPS, 10 * FPS])
def test_who_comes_back_to_a_good_link_stays_at_the_top(
    group: int, away_s: float, rtt_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated_link, "GROUP", group)
    simulation = Simulation("copy", Way(rate_bps=20e6, delay_us=rtt_ms * 500))
    simulation.run(SETTLED_S)
    pause(simulation, away_s)
    simulation.run(20)
    assert set(simulation.moves(SETTLED_S + away_s)) <= {"copy"}


@pytest.mark.parametrize("key_age_ms", [0, 200, 400, 900])
def test_a_camera_whose_keyframes_are_long_on_their_way_is_seen_untouched_again(
    key_age_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish(self: Source, index: int, kind: Kind, flags: Flags, size: int) -> None:
        is_late = flags & Flags.KEYFRAME and index == 0
        captured_us = self._clock.wall_us() - (key_age_ms * 1000 if is_late else 0)
        header = Header(kind, flags, index, 0, self._frame * 33_333, captured_us, 0)
        self._stream.publish(bytearray(wire.pack(header, bytes(size))))

    monkeypatch.setattr(Source, "_publish", publish)
    simulation = Simulation("copy", Way(rate_bps=1e6))
    simulation.run(12)
    assert simulation.moves()[-1] != "copy"
    simulation.become(rate_bps=None)
    simulation.run(15)
    assert simulation.moves()[-1] == "copy"


@pytest.mark.parametrize("group", [2 * FPS, 10 * FPS, 15 * FPS])
def test_a_shaper_that_lets_bursts_through_is_climbed_more_and_more_seldom(
    group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated_link, "GROUP", group)
    simulation = Simulation("copy", Way(rate_bps=1e6))
    on_copy_s = 0.0
    for _ in range(4000):
        simulation.run(0.1)
        channel = simulation.viewer._channel
        on_copy_s = on_copy_s + 0.1 if channel is not None and channel.index == 0 else 0.0
        simulation.become(rate_bps=1e6 if on_copy_s > 1.0 else 20e6)
    assert len(simulation.moves(since_s=100)) <= 14
