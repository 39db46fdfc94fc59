"""Sound beside pictures on simulated links: it makes none of them late, and does not pile up."""

from dataclasses import dataclass, field

import pytest

from streamer.control import Ack
from streamer.hub.delivery.message import Message
from streamer.hub.sound.listener import WAIT_US
from streamer.hub.stream import Opened
from streamer.sound import Form
from streamer.wire import Flags, Header, Kind, pack, unpack
from tests.simulated_link import FPS, LINES, Simulation, Way
from tests.simulated_player import Player

RATE_BPS = 1.2e6
BOUND_MS = 500
FRAME_MS = 1000 / FPS
SOUND_BYTES = 250
EVERY_S = 0.02


@dataclass
class Hearing(Player):
    """A player that keeps how old the sound was that it heard."""

    ages_ms: list[float] = field(default_factory=list)

    def receive(self, item: str | Message) -> list[Ack]:
        if isinstance(item, str) or item.kind != Kind.AUDIO_FRAGMENT:
            return super().receive(item)
        captured_us = unpack(item.data)[0].captured_us
        self.ages_ms.append((self.clock.wall_us() - captured_us) / 1000)
        return []


class Listening(Simulation):
    """A viewer who listens; sound comes fifty times a second."""

    def __init__(self, way: Way, rate_bps: float = RATE_BPS) -> None:
        super().__init__("h264", way, rate_bps)
        self.player = self.ear = Hearing(self.clock, True)
        self.stream.open(Opened("h264", LINES * 16 // 9, LINES, FPS, "opus"))
        self.viewer.receive('{"type":"sound","on":true,"codecs":["opus"]}')

    def listen(self, seconds: float) -> None:
        """Let time pass, in which there is sound."""
        for _ in range(round(seconds / EVERY_S)):
            number, now_us = Form.COPY.number, self.clock.wall_us()
            header = Header(Kind.AUDIO_FRAGMENT, Flags.KEYFRAME, number, 0, 0, now_us)
            self.stream.publish(bytearray(pack(header, bytes(SOUND_BYTES))))
            self.run(EVERY_S)


@pytest.mark.parametrize("rtt_ms", [2, 100])
@pytest.mark.parametrize("rate_bps", [200e3, 400e3, 800e3])
def test_two_minutes_on_a_link_that_cannot_carry_the_pictures(
    rate_bps: float, rtt_ms: int
) -> None:
    simulation = Listening(Way(rate_bps, rtt_ms * 500))
    simulation.listen(120)
    bound_ms = BOUND_MS + FRAME_MS + rtt_ms
    assert simulation.staleness_ms(1.0, since_s=10) < bound_ms
    assert simulation.painted(10, 120) > 110 * 7
    ages_ms = sorted(simulation.ear.ages_ms)
    assert len(ages_ms) > 0.9 * 120 / EVERY_S, "most of it is heard"
    assert ages_ms[-1] < WAIT_US / 1000 + bound_ms


@pytest.mark.parametrize("rtt_ms", [2, 40, 100])
@pytest.mark.parametrize("rate_bps", [300e3, 400e3, 500e3])
def test_pictures_go_on_where_a_link_carries_a_small_one_and_the_sound(
    rate_bps: float, rtt_ms: int
) -> None:
    """A viewer that is well acknowledges seldom, and no picture is held back until it does."""
    for busy_bps in (1.2e6, 2e6, 2.5e6):
        simulation = Listening(Way(rate_bps, rtt_ms * 500), busy_bps)
        simulation.listen(60)
        assert simulation.longest_gap_ms(since_s=6) < 600
        assert simulation.painted(6, 60) > 54 * 9


def test_a_stall_is_not_followed_by_its_sound() -> None:
    simulation = Listening(Way(stall_s=(5, 20)))
    simulation.listen(60)
    late = [age for age in simulation.ear.ages_ms if age > 1000]
    # What had left when the stall began, and what went until that showed.
    assert len(late) < 3 * 3 / EVERY_S
    assert simulation.stream.tally.sound_dropped["late"] > 3 * 1.5 / EVERY_S
    assert simulation.staleness_ms(0.5, since_s=2) < 2 * FRAME_MS


def test_a_link_that_carries_all_carries_the_sound_at_once() -> None:
    simulation = Listening(Way())
    simulation.listen(20)
    assert len(simulation.ear.ages_ms) == 20 / EVERY_S
    assert max(simulation.ear.ages_ms) < 2 * FRAME_MS
    assert not simulation.stream.tally.sound_dropped


def test_a_page_that_is_hidden_is_heard_without_a_hole() -> None:
    simulation = Listening(Way())
    simulation.listen(3.5)
    simulation.viewer.receive('{"type":"pause"}')
    heard = len(simulation.ear.ages_ms)
    for _ in range(10):
        simulation.viewer.receive('{"type":"ping","id":1,"client_us":1}')
        simulation.listen(1)
    assert len(simulation.ear.ages_ms) - heard > 10 / EVERY_S - 5
    assert simulation.stream.tally.sound_dropped == {}
