"""The link of the benchmarks as its description says it; real bytes pass in integration tests."""

import pytest

from streamer.bench.link import Impairment, parse_link
from streamer.errors import ConfigError


def test_all_parts() -> None:
    assert parse_link("rate=2M, up=1M,delay=50ms,jitter=10ms,stall=3s/30s") == Impairment(
        2_000_000, 1_000_000, 50, 10, (3, 30)
    )


def test_each_part_may_be_left_out() -> None:
    assert parse_link("") == Impairment()
    assert parse_link("rate=800k") == Impairment(rate_bps=800_000)
    assert parse_link("delay=0.25s") == Impairment(delay_ms=250)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("loss=3%", "'loss=3%' is no part of a link"),
        ("rate=1M,rate=2M", "'rate' stands twice"),
        ("rate=fast", "'fast' is no rate"),
        ("rate=0", "'0' is no rate"),
        ("rate", "'' is no rate"),
        ("delay=50", "'50' is no time"),
        ("delay=-1ms", "'-1ms' is no time"),
        ("stall=3s", "'' is no time"),
        ("stall=30s/3s", "'30s/3s' is no stall"),
        ("stall=0s/3s", "'0s/3s' is no stall"),
    ],
)
def test_what_does_not_fit_is_said(spec: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_link(spec)
    assert says in caught.value.sentence


def test_stalls_come_at_the_end_of_their_period() -> None:
    link = Impairment(stall=(3, 30))
    assert link.stalled_for_s(26.9) == 0
    assert link.stalled_for_s(27) == 3
    assert link.stalled_for_s(89.5) == pytest.approx(0.5)
    assert link.stalled_for_s(30) == 0
    assert Impairment().stalled_for_s(27) == 0
