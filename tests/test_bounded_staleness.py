"""Whole sessions over simulated links: hub, viewer, link and player in virtual time.

The module names of the parts stand in their own tests; here stands what they promise together.
"""

import pytest

from streamer.control import Play
from tests.simulated_link import FPS, JPEG_BYTES, Simulation, Way

STARTS = ("jpeg", "h264", "copy")
RATES = {"jpeg": JPEG_BYTES * 8 * FPS, "h264": 1.2e6, "copy": 4e6}
BOUND_MS = 500
FRAME_MS = 1000 / FPS
FIVE_MINUTES_S = 300.0
BACK_WITHIN_S = 15.0


def simulate(start: str, way: Way) -> Simulation:
    return Simulation(start, way, RATES[start] if start != "jpeg" else 4e6)


@pytest.mark.parametrize(("rtt_ms", "stall_s"), [(2, 0), (100, 0), (100, 3)])
@pytest.mark.parametrize("share", [0.7, 0.3, 0.1])
@pytest.mark.parametrize("start", STARTS)
def test_five_minutes_on_a_link_that_cannot_carry_it(
    start: str, share: float, rtt_ms: int, stall_s: float
) -> None:
    way = Way(rate_bps=share * RATES[start], delay_us=rtt_ms * 500)
    simulation = simulate(start, way)
    simulation.become(stall_s=(stall_s, 30) if stall_s else None)
    simulation.run(FIVE_MINUTES_S)
    bound_ms = BOUND_MS + FRAME_MS + rtt_ms + stall_s * 1000
    assert simulation.staleness_ms(0.99) < bound_ms
    assert simulation.staleness_ms(1.0, since_s=10) < bound_ms
    first = simulation.staleness_ms(0.5)
    assert simulation.staleness_ms(0.5, since_s=200) < first + FRAME_MS, "drift"
    assert simulation.painted(10, 300) > 290 * 4, "pictures"
    assert len(simulation.moves()) <= 8, "flapping"
    assert len(simulation.moves(since_s=60)) <= 4, "flapping"
    if start != "jpeg":
        assert len(simulation.moves(since_s=25)) <= 1, "a stall says nothing of the rate"
    simulation.become(rate_bps=None, stall_s=None)
    simulation.run(BACK_WITHIN_S)
    assert (simulation.moves() or [start])[-1] == start
    assert simulation.viewer.failure is None


@pytest.mark.parametrize("start", STARTS)
def test_who_does_not_want_another_rendition_loses_pictures_instead(start: str) -> None:
    simulation = simulate(start, Way(rate_bps=0.5 * RATES[start]))
    steady = Play((start,), ("avc1", "jpeg"), max_latency_ms=BOUND_MS, adapt=False)
    simulation.viewer.play(steady)
    simulation.run(60)
    assert simulation.moves() == [start]
    assert simulation.staleness_ms(1.0, since_s=10) < BOUND_MS + FRAME_MS
    assert 25 < simulation.painted(10, 60) < 50 * FPS * 0.7


@pytest.mark.parametrize("start", STARTS)
def test_a_stall_costs_itself_and_no_rung(start: str) -> None:
    simulation = simulate(start, Way(stall_s=(3, 20)))
    simulation.run(FIVE_MINUTES_S)
    assert simulation.moves() == [start]
    assert simulation.staleness_ms(1.0) < 3000 + BOUND_MS + FRAME_MS
    assert simulation.painted(0, 300) > 300 * FPS * 0.75
    bound = [age for at, age, _ in simulation.player.paints if (at / 1000) % 20 > 1.5]
    assert max(bound) < BOUND_MS + FRAME_MS, "old pictures after the stall"


@pytest.mark.parametrize("start", ["h264", "copy"])
def test_a_link_that_stands_still_again_and_again_carries_less(start: str) -> None:
    way = Way(rate_bps=1.2 * RATES[start], delay_us=5_000, stall_s=(1, 2), queue_bytes=128 * 1024)
    simulation = simulate(start, way)
    simulation.run(120)
    assert simulation.moves()[-1] != start
    assert simulation.staleness_ms(0.95, since_s=20) < 1000 + BOUND_MS
    assert simulation.painted(20, 120) > 100 * 8


@pytest.mark.parametrize("start", STARTS)
def test_a_long_way_on_a_good_link_costs_no_picture(start: str) -> None:
    simulation = simulate(start, Way(rate_bps=8e6 if start != "jpeg" else 40e6, delay_us=50_000))
    simulation.run(30)
    assert simulation.moves() == [start]
    assert simulation.painted(1, 29) == 28 * FPS
    assert simulation.staleness_ms(0.99, since_s=2) < 200


@pytest.mark.parametrize("start", STARTS)
def test_a_good_link_gives_every_picture(start: str) -> None:
    simulation = simulate(start, Way())
    simulation.run(60)
    assert sum(simulation.viewer.subscription.dropped.values()) == 0
    assert simulation.painted(0, 60) >= 60 * FPS - 2
    assert simulation.staleness_ms(1.0) < 50


@pytest.mark.parametrize("start", STARTS)
def test_a_viewer_that_stops_reading_costs_little_and_comes_back_young(start: str) -> None:
    simulation = simulate(start, Way(queue_bytes=256 * 1024))
    simulation.run(10)
    simulation.link.reads = False
    most = 0
    for _ in range(60):
        simulation.run(1)
        waiting = simulation.viewer.subscription._waiting_bytes
        most = max(most, simulation.link.unsent() + waiting)
    assert most < 1_000_000
    held = simulation.link.held()
    assert held < 1_000_000
    simulation.link.reads = True
    before = len(simulation.player.paints)
    simulation.run(3)
    ages = [age for _, age, _ in simulation.player.paints[before:]]
    assert max(ages) < BOUND_MS
    assert len(ages) > FPS // 2


@pytest.mark.parametrize("start", STARTS)
def test_who_never_acknowledges_stays_where_it_is(start: str) -> None:
    simulation = Simulation(start, Way(), acknowledges=False)
    simulation.run(30)
    assert simulation.moves() == [start]
    assert simulation.painted(2, 30) >= 28 * FPS - 1


def test_a_worse_link_in_mid_session() -> None:
    simulation = simulate("copy", Way())
    simulation.run(30)
    simulation.become(rate_bps=400_000)
    simulation.run(60)
    assert simulation.staleness_ms(1.0, since_s=36) < BOUND_MS + FRAME_MS
    assert simulation.moves()[-1] != "copy"
    assert "kbit/s" in simulation.player.moves[-1][2]


def test_a_large_queue_in_the_router_does_not_fill() -> None:
    """Bufferbloat: a megabyte would be eight seconds of this link."""
    simulation = simulate("h264", Way(rate_bps=900_000, queue_bytes=1_000_000))
    simulation.run(60)
    assert simulation.staleness_ms(1.0, since_s=8) < BOUND_MS + FRAME_MS


def test_a_link_that_gets_longer_is_no_queue() -> None:
    simulation = simulate("h264", Way())
    simulation.run(20)
    simulation.become(delay_us=80_000)
    simulation.run(60)
    assert simulation.moves()[-1] == "h264"
    assert simulation.painted(50, 80) >= 30 * FPS - 2


def test_what_the_viewer_is_told() -> None:
    simulation = simulate("copy", Way(rate_bps=1e6))
    simulation.run(5)
    (_, first, _), (_, second, reason) = simulation.player.moves[:2]
    assert (first, second[:4]) == ("copy", "h264")
    assert reason.startswith("Your connection carries about ")
    assert reason.endswith("so the picture is smaller.")
