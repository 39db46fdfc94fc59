"""What was promised of fan-out, and whether this run kept it."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.fanout import camera
from benchmarks.fanout.contenders import CHATTY, MANY_ACKS_PER_S
from benchmarks.fanout.results import Results
from benchmarks.fanout.rounds import Sample, costs, ratio
from streamer.bench.load.fleet import ACKS_PER_S

BOUND_MS = 500.0  # the page's greatest latency, where it asks for no other
# At 200 viewers, by size in KB: the most that our ratio to each should be.
RATIOS = {
    "bare": {4: 1.35, 20: 1.2, 100: 1.2},
    "asgi": {4: 0.5, 20: 0.5, 100: 0.6},
    "ws": {4: 0.9, 20: 0.9, 100: 0.9},
    "go2rtc": {4: 1.0, 20: 1.0},
}
VIEWERS = 200
_GROWTH, _ACKS = 1.2, 0.15
_P50_MS, _P99_MS = 1.0, 5.0
_STALLED_BYTES, _DELAY = 1 << 20, 1.2


@dataclass(frozen=True)
class Goal:
    """One promise: what, the figure with its unit, and the most that it should be."""

    what: str
    value: float
    most: float
    unit: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether it was kept."""
        return self.value <= self.most


def ours_to(results: Results, name: str, size: int) -> float | None:
    """The ratio of our cost at 200 viewers to another's; None where it was not measured."""
    if name == camera.GO2RTC:
        return _to_go2rtc(results, size)
    theirs = costs(results.samples, name, VIEWERS, size)
    return ratio(costs(results.samples, "ours", VIEWERS, size), theirs)


def _to_go2rtc(results: Results, size: int) -> float | None:
    """With our worker, as go2rtc reads the camera in its own process."""
    taken = (camera.of(results.camera, name, size) for name in (camera.OURS, camera.GO2RTC))
    ours, theirs = ([each.all_per_frame_us for each in turns] for turns in taken)
    return ratio(ours, theirs)


def others(results: Results) -> list[Goal]:
    """All promises that are no ratio to somebody else, where they were measured."""
    return [
        *_growth(results.samples),
        *_acks(results.acks),
        *_latency(results),
        *_stalls(results),
        *_soaks(results),
    ]


def growth(samples: list[Sample], name: str, size: int) -> float | None:
    """How much more a message costs at 1,000 viewers than at 50."""
    few, many = (costs(samples, name, viewers, size) for viewers in (50, 1000))
    return statistics.median(many) / statistics.median(few) if few and many else None


def ack_share(samples: list[Sample]) -> tuple[float, float, float] | None:
    """Cost per message with few acks and with many, and what the few add to none."""
    if not samples:
        return None
    viewers, size = samples[0].viewers, samples[0].size
    once, often = (
        statistics.median(costs(samples, name, viewers, size)) for name in ("ours", CHATTY.name)
    )
    few = (often - once) * ACKS_PER_S / (MANY_ACKS_PER_S - ACKS_PER_S)
    return once, often, few / (once - few)


def _growth(samples: list[Sample]) -> Iterator[Goal]:
    for size in sorted({each.size for each in samples}):
        grown = growth(samples, "ours", size)
        if grown is not None:
            what = f"cost per message at 1,000 viewers to that at 50, {size // 1024} KB"
            yield Goal(what, grown, _GROWTH)


def _acks(samples: list[Sample]) -> Iterator[Goal]:
    found = ack_share(samples)
    if found is not None:
        what = "what healthy viewers' acknowledgements add, 1,000 viewers, 4 KB"
        yield Goal(what, found[2] * 100, _ACKS * 100, "%")


def _latency(results: Results) -> Iterator[Goal]:
    taken = results.latency
    if taken is not None:
        what = "publish to last byte, 50 viewers, two sources decoding beside it"
        yield Goal(f"{what}: p50", taken.p50_ms, _P50_MS, "ms")
        yield Goal(f"{what}: p99", taken.p99_ms, _P99_MS, "ms")


def _stalls(results: Results) -> Iterator[Goal]:
    stalls = results.stalls
    for how in dict.fromkeys(each.how for each in stalls):
        those = [each for each in stalls if each.how == how]
        what = f"page that reads nothing because {how}"
        held = max(each.own + each.kernel for each in those)
        yield Goal(f"{what}: memory", held / 1024, _STALLED_BYTES / 1024, "KB")
        delay = statistics.median(each.ratio for each in those)
        yield Goal(f"{what}: the others' p99 to that without it", delay, _DELAY)
        again_ms = max(each.again_ms for each in those)
        yield Goal(f"{what}: age of the first pictures afterwards", again_ms, BOUND_MS, "ms")


def _soaks(results: Results) -> Iterator[Goal]:
    for each in results.soaks:
        what = f"{each.viewers:,} viewers, {each.size // 1024} KB, {each.seconds / 60:.0f} min"
        yield Goal(f"{what}: frames missed", each.due - each.delivered + each.missed, 0)
        yield Goal(f"{what}: growth in the last third", each.growth / 1024, 1024, "KB")
