"""What is fed from a file, and what only looks like it for a while."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import av
import pytest

from streamer.clock import ManualClock
from streamer.media.ingest.pace import Pace, Rush
from streamer.media.pacer import Pacer
from streamer.media.sample import Sample, SoundSample
from streamer.media.timeline import Stamps

FRAME_US = 40_000
S = 1_000_000
Arrivals = list[tuple[int, int]]


class Feeding:
    """A pipe into which pictures come, each of (arrival, media time), and what is passed on."""

    def __init__(
        self,
        arrivals: Iterable[tuple[int, int]],
        *,
        was_live: bool = False,
        blind: bool = False,
        has_more: bool = False,
        nbytes: int = 0,
    ) -> None:
        self._clock = ManualClock()
        self._coming = list(arrivals)[::-1]
        self._always_has_more = has_more
        self._packet = av.Packet(nbytes) if nbytes else None
        self._read_count = self.most_held = 0
        self.was_ever_live = False
        pacer = Pacer(self._clock, lambda s: self._clock.advance(round(s * S)), lambda: None)
        more = None if blind else self._has_more
        self.pace = Pace(self._clock, pacer, more, was_live=was_live)
        self.passed: Arrivals = []
        for sample in self.pace.samples(self._read()):
            assert isinstance(sample, Sample)
            self.passed.append((self._clock.monotonic_us(), sample.stamps.dts_us))
            self.was_ever_live = self.was_ever_live or self.pace.is_live
            self.most_held = max(self.most_held, self._read_count - len(self.passed))

    def _has_more(self) -> bool:
        return (
            self._always_has_more
            or not self._coming
            or self._coming[-1][0] <= self._clock.monotonic_us()
        )

    def _read(self) -> Iterator[Sample | SoundSample]:
        while self._coming:
            arrival_us, media_us = self._coming.pop()
            self._clock.advance(max(0, arrival_us - self._clock.monotonic_us()))
            stamps = Stamps(media_us, media_us, FRAME_US, restarted=False)
            self._read_count += 1
            yield Sample(stamps, self._clock.wall_us(), keyframe=False, packet=self._packet)

    def late_us(self, since_us: int) -> int:
        """The latest picture since then, against the one that has come last."""
        return max(at - media for at, media in self.passed if at >= since_us)

    @property
    def jumps_us(self) -> int:
        """The most that media time was ahead of the time that has passed, in a second."""
        return max(
            media - before - (at - then)
            for (then, before), (at, media) in zip(self.passed, self.passed[25:], strict=False)
        )


def film(seconds: int, speed: float = 1.0, ahead_us: int = 0) -> Arrivals:
    """Pictures that come so fast, after those of `ahead_us`, which come at once."""
    media = range(0, seconds * S, FRAME_US)
    return [(round(max(0, us - ahead_us) / speed), us) for us in media]


def pieces(seconds: int, every_us: int, ahead_us: int = 0) -> Arrivals:
    """Pictures that come in pieces of such a length."""
    return [(-(-max(0, at) // every_us) * every_us, us) for at, us in film(seconds, 1, ahead_us)]


def test_a_live_source_passes_at_once_and_is_known_after_a_while() -> None:
    arrivals = film(10)
    feeding = Feeding(arrivals)
    assert feeding.passed == arrivals
    assert feeding.pace.is_live
    assert not Feeding(film(5)).pace.is_live


def test_a_file_is_paced_after_its_beginning() -> None:
    feeding = Feeding(film(60, speed=100))
    assert feeding.pace.is_file
    assert not feeding.pace.is_live
    assert [media for _, media in feeding.passed] == [media for _, media in film(60)]
    paced = [each for each in feeding.passed if each[1] > 3.2 * S]
    assert all(media - at == pytest.approx(3 * S, abs=0.1 * S) for at, media in paced)


def test_a_short_file_is_one_too() -> None:
    feeding = Feeding(film(4, speed=100))
    assert feeding.pace.is_file
    assert len(feeding.passed) == 100
    assert feeding.passed[-1][0] == pytest.approx(1 * S, abs=0.1 * S)


@pytest.mark.parametrize("speed", [1.1, 1.5, 3.0])
def test_a_file_that_is_encoded_on_the_way_is_paced(speed: float) -> None:
    feeding = Feeding(film(200, speed))
    assert feeding.pace.is_file
    assert not feeding.was_ever_live
    assert feeding.jumps_us <= 3 * S
    assert feeding.passed[-1][0] >= 196 * S


@pytest.mark.parametrize("ahead_us", [2 * S, 5 * S, 30 * S])
def test_the_burst_at_the_beginning_of_a_live_source_is_over_soon(ahead_us: int) -> None:
    arrivals = film(60, ahead_us=ahead_us)
    feeding = Feeding(arrivals)
    assert feeding.pace.is_live
    assert not feeding.pace.is_file
    assert feeding.late_us(4 * S) == -ahead_us  # each as it comes
    assert [media for _, media in feeding.passed] == [media for _, media in arrivals]


def test_what_a_muxer_holds_back_a_little_is_live() -> None:
    arrivals = pieces(30, every_us=1_300_000, ahead_us=5 * S)
    feeding = Feeding(arrivals)
    assert feeding.pace.is_live
    assert feeding.passed[-100:] == [(at, us) for at, us in arrivals[-100:]]


def test_what_comes_in_long_pieces_stays_smooth() -> None:
    feeding = Feeding(pieces(90, every_us=6 * S, ahead_us=18 * S))
    assert not feeding.pace.is_live
    smooth = [each for each in feeding.passed if each[1] > 6 * S]
    steps = [late[0] - early[0] for early, late in pairwise(smooth)]
    assert max(steps) <= FRAME_US
    assert not feeding.pace.is_file  # it comes back


def test_a_live_source_that_ends_soon_after_its_burst_comes_back() -> None:
    assert not Feeding(film(7, ahead_us=5 * S)).pace.is_file


def test_a_clock_may_be_a_little_fast() -> None:
    feeding = Feeding((round(us / 1.001), us) for us in range(0, 36_000 * S, S))
    assert feeding.late_us(0) == 0  # though 36 s ahead after ten hours
    assert feeding.pace.is_live


def test_a_silence_makes_no_file() -> None:
    before, after = film(1), [(at + 20 * S, media + 20 * S) for at, media in film(5)]
    feeding = Feeding(before + after)
    assert feeding.passed == before + after


def test_one_picture_and_a_silence_prove_nothing() -> None:
    assert not Feeding([(0, 0)]).pace.is_live


def test_what_was_live_may_catch_up() -> None:
    arrivals = film(40, ahead_us=20 * S)
    feeding = Feeding(arrivals, was_live=True)
    assert feeding.passed == arrivals
    assert feeding.pace.is_live


def test_what_never_pauses_is_passed_on_all_the_same() -> None:
    """Chunks of a constant rate leave no moment without something to read."""
    feeding = Feeding(film(40, ahead_us=5 * S), has_more=True)
    steps = [late[0] - early[0] for early, late in pairwise(feeding.passed)]
    assert max(steps) <= 2 * FRAME_US
    assert feeding.pace.is_live


def test_pictures_are_large_and_what_is_held_is_not() -> None:
    feeding = Feeding(film(60, speed=100), nbytes=1024 * 1024)
    assert feeding.most_held <= 3.2 * S / FRAME_US
    assert feeding.pace.is_file


def test_where_nobody_knows_what_there_is_to_read() -> None:
    arrivals = film(30, ahead_us=11 * S)
    assert Feeding(arrivals, blind=True).passed == arrivals
    assert Feeding(film(30, speed=100), blind=True).pace.is_file


class Rushing:
    """A pipe of pictures without times, each at its arrival; when each is passed on."""

    def __init__(self, arrivals: Iterable[int], *, was_live: bool = False) -> None:
        self._clock = ManualClock()
        pacer = Pacer(self._clock, lambda s: self._clock.advance(round(s * S)), lambda: None)
        self.rush = Rush(self._clock, pacer, was_live=was_live)
        samples = self.rush.samples(self._read(arrivals))
        self.passed = [self._clock.monotonic_us() for _ in samples]

    def _read(self, arrivals: Iterable[int]) -> Iterator[Sample | SoundSample]:
        for index, arrival_us in enumerate(arrivals):
            self._clock.advance(max(0, arrival_us - self._clock.monotonic_us()))
            stamps = Stamps(index * FRAME_US, index * FRAME_US, FRAME_US, restarted=False)
            yield Sample(stamps, self._clock.wall_us(), keyframe=True)


@pytest.mark.parametrize("fps", [5, 30, 60, 120])
def test_a_camera_of_any_rate_passes_at_once_for_ever(fps: int) -> None:
    arrivals = [max(0, index * S // fps - 2 * S) for index in range(60 * fps)]
    rushing = Rushing(arrivals)
    assert rushing.passed == arrivals
    assert (rushing.rush.is_live, rushing.rush.is_file) == (True, False)


def test_a_film_of_pictures_without_times_is_paced_but_for_its_beginning() -> None:
    rushing = Rushing(index * 1000 for index in range(2000))
    assert rushing.rush.is_file
    assert not rushing.rush.is_live
    steps = [after - before for before, after in pairwise(rushing.passed[500:])]
    assert set(steps) == {FRAME_US}


def test_what_was_live_may_bring_any_number_at_once() -> None:
    rushing = Rushing([0] * 2000, was_live=True)
    assert set(rushing.passed) == {0}


def test_a_sender_whose_clock_is_fast_is_live_once_it_has_shown_that() -> None:
    film_of_minutes = [(round(us / 1.01), us) for us in range(0, 2400 * S, 10 * FRAME_US)]
    for blind in (False, True):
        feeding = Feeding(film_of_minutes, blind=blind)
        assert feeding.passed == film_of_minutes
        assert not feeding.pace.is_file
