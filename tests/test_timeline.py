import itertools
import random

import pytest

from streamer.media.timeline import MPEGTS_WRAP_US, Stamps, Timeline

FRAME_US = 40_000
HOUR_US = 3_600_000_000


def plain(line: Timeline, *times: int, duration: int | None = None) -> list[Stamps]:
    return [line.place(time, time, duration, time) for time in times]


def steps(stamps: list[Stamps]) -> list[int]:
    return [b.dts_us - a.dts_us for a, b in itertools.pairwise(stamps)]


def test_it_starts_at_zero_wherever_the_source_does() -> None:
    first, second = plain(Timeline(FRAME_US), HOUR_US, HOUR_US + 33_333)
    assert first == Stamps(0, 0, FRAME_US, restarted=False)
    assert (second.pts_us, second.dts_us) == (33_333, 33_333)


def test_b_frames_keep_their_offsets_and_are_never_negative() -> None:
    line = Timeline(FRAME_US)
    times = [(0, -80_000), (120_000, -40_000), (40_000, 0), (80_000, 40_000)]
    stamps = [line.place(pts, dts, FRAME_US, 0) for pts, dts in times]
    assert [s.dts_us for s in stamps] == [0, 40_000, 80_000, 120_000]
    assert [s.pts_us for s in stamps] == [80_000, 200_000, 120_000, 160_000]


def test_without_timestamps_frames_are_evenly_spaced() -> None:
    line = Timeline(FRAME_US)
    stamps = [line.place(None, None, None, 0) for _ in range(5)]
    assert [s.dts_us for s in stamps] == [0, 40_000, 80_000, 120_000, 160_000]
    assert all(s.pts_us == s.dts_us and s.duration_us == FRAME_US for s in stamps)


def test_without_timestamps_a_given_duration_counts() -> None:
    line = Timeline(FRAME_US)
    stamps = [line.place(None, None, 20_000, 0) for _ in range(3)]
    assert [s.dts_us for s in stamps] == [0, 20_000, 40_000]


def test_a_first_packet_without_timestamps() -> None:
    line = Timeline(FRAME_US)
    stamps = [line.place(None, None, None, 0), *plain(line, HOUR_US, HOUR_US + 40_000)]
    assert steps(stamps) == [40_000, 40_000]
    assert not any(s.restarted for s in stamps)


def test_one_missing_among_others_is_filled() -> None:
    line = Timeline(FRAME_US)
    stamps = plain(line, 0, 40_000)
    stamps += [line.place(None, None, None, 0), *plain(line, 120_000)]
    assert steps(stamps) == [40_000] * 3


@pytest.mark.parametrize("delay", [1, 2, 3, 4])
def test_first_packets_without_decode_times(delay: int) -> None:
    """As Matroska with B-frames: dts is known only after `delay` packets."""
    line = Timeline(FRAME_US)
    shown = [i * FRAME_US for i in (0, delay + 1, *range(1, delay + 1))]
    shown += [i * FRAME_US for i in range(delay + 2, 12)]
    decoded = [None if i < delay else (i - delay) * FRAME_US for i in range(len(shown))]
    stamps = [line.place(p, d, FRAME_US, 0) for p, d in zip(shown, decoded, strict=True)]
    assert not any(s.restarted for s in stamps)
    assert len({s.pts_us - p for s, p in zip(stamps, shown, strict=True)}) == 1
    assert max(steps(stamps)) <= 2 * FRAME_US
    assert min(steps(stamps)) > 0


def test_times_of_showing_alone_are_enough() -> None:
    line = Timeline(FRAME_US)
    shown = [0, 120_000, 40_000, 80_000, 240_000, 160_000, 200_000]
    stamps = [line.place(pts, None, None, 0) for pts in shown]
    assert [s.pts_us - stamps[0].pts_us for s in stamps] == shown
    assert min(steps(stamps)) > 0
    assert not any(s.restarted for s in stamps)


def test_a_missing_time_of_showing_is_that_of_decoding() -> None:
    assert Timeline(FRAME_US).place(None, 500, None, 0).pts_us == 0


def test_an_mpegts_wrap_goes_on_without_a_restart() -> None:
    line = Timeline(FRAME_US)
    before = MPEGTS_WRAP_US - 60_000
    stamps = plain(line, before, before + 40_000, 20_000, 60_000)
    assert steps(stamps) == [40_000] * 3
    assert not any(s.restarted for s in stamps)


def test_every_wrap_counts() -> None:
    """Two days at a frame every nine seconds."""
    slow_us = 9_000_000
    line = Timeline(slow_us)
    stamps = plain(line, *(i * slow_us % MPEGTS_WRAP_US for i in range(2 * 9_600 + 3_000)))
    assert max(abs(step - slow_us) for step in steps(stamps)) == 0
    assert not any(s.restarted for s in stamps)


def test_a_wrap_between_decoding_and_showing() -> None:
    line = Timeline(FRAME_US)
    stamps = [
        line.place(20_000, MPEGTS_WRAP_US - 60_000, None, 0),
        line.place(60_000, MPEGTS_WRAP_US - 20_000, None, 0),
        line.place(100_000, 20_000, None, 0),
    ]
    assert [s.pts_us - s.dts_us for s in stamps] == [80_000] * 3
    assert steps(stamps) == [40_000] * 2


def test_a_wrap_that_comes_twice_out_of_order() -> None:
    line = Timeline(FRAME_US)
    stamps = plain(line, MPEGTS_WRAP_US - 1, 5, MPEGTS_WRAP_US - 1, 40_000)
    assert min(steps(stamps)) > 0
    assert not any(s.restarted for s in stamps)
    assert stamps[-1].dts_us < 50_000


@pytest.mark.parametrize("jump", [-HOUR_US, -1_000_000, 60_000_000, 5 * HOUR_US, 2**62, -(2**62)])
def test_a_restart_goes_on_where_it_was(jump: int) -> None:
    line = Timeline(FRAME_US)
    plain(line, HOUR_US, HOUR_US + 40_000)
    again = [line.place(t + jump, t + jump, None, 0) for t in (HOUR_US, HOUR_US + 40_000)]
    assert [(s.dts_us, s.restarted) for s in again] == [(80_000, True), (120_000, False)]


def test_a_short_pause_is_kept() -> None:
    stamps = plain(Timeline(FRAME_US), 0, 40_000, 3_000_000)
    assert steps(stamps) == [40_000, 2_960_000]
    assert not stamps[-1].restarted


def test_a_slip_backwards_still_goes_forwards() -> None:
    stamps = plain(Timeline(FRAME_US), 0, 40_000, 40_000, 30_000, 80_000)
    assert steps(stamps) == [40_000, 1, 1, 39_998]
    assert not any(s.restarted for s in stamps)


def test_a_slip_may_be_many_frames_of_a_fast_source() -> None:
    stamps = plain(Timeline(4_000), 0, 4_000, -60_000, 8_000)
    assert not any(s.restarted for s in stamps)


def test_a_slow_source_is_recognised_by_the_clock() -> None:
    ten_s = 10_000_000
    stamps = plain(Timeline(FRAME_US), *(i * ten_s for i in range(4)))
    assert [s.restarted for s in stamps] == [False, True, False, False]
    assert steps(stamps)[1:] == [ten_s, ten_s]


def test_a_reopened_file_follows_without_a_restart() -> None:
    line = Timeline(FRAME_US)
    times = [(0, -80_000), (120_000, -40_000), (40_000, 0), (80_000, 40_000)]
    first = [line.place(pts, dts, FRAME_US, 0) for pts, dts in times]
    line.rebase()
    again = [line.place(pts, dts, FRAME_US, 0) for pts, dts in times]
    assert steps([*first, *again]) == [FRAME_US] * 7
    assert [s.pts_us for s in again] == [s.pts_us + 160_000 for s in first]
    assert not any(s.restarted for s in again)


def test_a_reopened_file_is_not_shown_before_the_end_of_the_last() -> None:
    line = Timeline(FRAME_US)
    first = [line.place(pts, dts, FRAME_US, 0) for pts, dts in ((80_000, 0), (200_000, 40_000))]
    line.rebase()
    assert line.place(0, 0, FRAME_US, 0).pts_us > first[-1].pts_us


def test_a_reopened_file_without_b_frames_follows_at_once() -> None:
    line = Timeline(FRAME_US)
    first = plain(line, 0, 40_000)
    line.rebase()
    assert steps([*first, *plain(line, 0, 40_000)]) == [40_000] * 3


def test_the_usual_step_is_declared_where_nothing_is_said() -> None:
    stamps = plain(Timeline(FRAME_US), *(i * 20_000 for i in range(8)))
    assert stamps[0].duration_us == FRAME_US
    assert stamps[-1].duration_us == 20_000


def test_given_durations_are_declared_while_they_hold() -> None:
    line = Timeline(FRAME_US)
    stamps = [line.place(t, t, d, 0) for t, d in ((0, 30_000), (30_000, 500_000), (530_000, 1))]
    assert [s.duration_us for s in stamps] == [30_000, 500_000, 1]


def test_steps_longer_than_declared_are_declared_from_then_on() -> None:
    line = Timeline(FRAME_US)
    stamps = plain(line, 0, 40_000, 200_000, 240_000, duration=40_000)
    assert [s.duration_us for s in stamps] == [40_000, 40_000, 160_000, 160_000]
    calm = plain(line, *(280_000 + i * 40_000 for i in range(40)), duration=40_000)
    assert calm[-1].duration_us == 40_000


@pytest.mark.parametrize("duration", [0, -5, 10**12])
def test_impossible_durations_count_as_missing(duration: int) -> None:
    assert Timeline(FRAME_US).place(0, 0, duration, 0).duration_us == FRAME_US


def test_an_impossible_offset_counts_as_none() -> None:
    stamps = Timeline(FRAME_US).place(2**40, 0, None, 0)
    assert stamps.pts_us == stamps.dts_us


def test_live_packets_without_timestamps_follow_the_clock() -> None:
    line = Timeline(FRAME_US, live=True)
    stamps = [line.place(None, None, None, i * 33_333) for i in range(300)]
    assert abs(stamps[-1].dts_us - 299 * 33_333) < 300_000
    assert max(steps(stamps)) <= 1.5 * FRAME_US


def test_a_burst_of_live_packets_without_timestamps_leaves_no_trace() -> None:
    line = Timeline(FRAME_US, live=True)
    arrivals = [0] * 150 + [i * 33_333 for i in range(600)]
    stamps = [line.place(None, None, None, arrival_us) for arrival_us in arrivals]
    assert abs(stamps[-1].dts_us - arrivals[-1]) < 300_000
    assert min(steps(stamps[-200:])) > 20_000
    assert max(steps(stamps[-200:])) < 50_000


def test_live_packets_without_timestamps_show_a_pause() -> None:
    line = Timeline(FRAME_US, live=True)
    line.place(None, None, None, 0)
    assert line.place(None, None, None, 5_000_000).dts_us == 5_000_000


def test_whatever_comes_decode_times_grow() -> None:
    dice = random.Random(4)
    for _ in range(200):
        line = Timeline(dice.choice((1, 16_667, FRAME_US)), live=dice.random() < 0.3)
        now = last = -1
        for _ in range(40):
            now += dice.randrange(100_000)
            span = dice.choice((10, 10**5, 10**8, 2**33, 2**62))
            pts, dts, duration = (
                dice.choice((None, dice.randrange(-span, span))) for _ in range(3)
            )
            if dice.random() < 0.05:
                line.rebase()
            stamps = line.place(pts, dts, duration, now)
            assert stamps.dts_us > last
            assert stamps.pts_us >= 0
            assert 0 < stamps.duration_us <= 60_000_000
            assert -(2**31) < stamps.pts_us - stamps.dts_us < 2**31
            last = stamps.dts_us


def test_a_timeline_may_start_later() -> None:
    timeline = Timeline(40_000, start_us=5_000_000)
    starts = [timeline.place(pts, pts, None, 0).dts_us for pts in (70_000, 110_000)]
    assert starts == [5_000_000, 5_040_000]
