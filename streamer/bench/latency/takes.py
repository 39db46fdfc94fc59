"""What the viewers of one run noted, and the figures that it comes to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from typing import Any

from streamer.bench.latency.moments import Moments, Stage
from streamer.bench.latency.spread import NAN, NOTHING, Spread, jitter, medians, middle, spread


@dataclass(frozen=True, slots=True)
class Check:
    """One picture's age twice: by the stamps of its message, and by the mark in the picture."""

    stamped_ms: float
    marked_ms: float


@dataclass(frozen=True, slots=True)
class Take:
    """What one viewer noted, without the warm-up.

    `lost` pictures never came, `skipped` ones came and were not shown. `clock_error_us` is how far
    the server's clock may be from what the viewer took it for; `screen_ms` are ages of pictures
    as the compositor shows them; `renditions` what the server sent.
    """

    moments: tuple[Moments, ...]
    lost: int
    skipped: int
    clock_error_us: float
    round_trip_us: float
    checks: tuple[Check, ...] = ()
    screen_ms: tuple[float, ...] = ()
    renditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a case: what its viewers noted in `seconds`, and the CPU time of both sides."""

    takes: tuple[Take, ...]
    seconds: float
    server_cpu_s: float = NAN
    viewer_cpu_s: float = NAN


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run comes to, or the median of several, figure by figure.

    CPU is in cores; `nbytes` are those of all pictures shown, `bitrate_bps` is of one viewer.
    `marked` is the total by the mark in the picture, `stamped` that of the very same pictures by
    their stamps.
    """

    total: Spread = NOTHING
    jitter: float = NAN
    stages: dict[Stage, Spread] = field(default_factory=dict)
    painted: float = NAN
    dropped: float = NAN
    repeated: float = NAN
    fps: float = NAN
    bitrate_bps: float = NAN
    nbytes: float = NAN
    server_cpu: float = NAN
    viewer_cpu: float = NAN
    clock_error_ms: float = NAN
    round_trip_ms: float = NAN
    marked: Spread = NOTHING
    stamped: Spread = NOTHING
    screen: Spread = NOTHING

    @property
    def sum_of_stages(self) -> float:
        """The mean of the total, from the means of the stages."""
        return sum(each.mean for each in self.stages.values()) if self.stages else NAN

    @property
    def error_ms(self) -> float:
        """How far a total may be off: the clock's error, and the mark's unit of 0.1 ms."""
        return self.clock_error_ms + 0.1


def figures(run: Run, fps: float) -> Figures:
    """The figures of one run of a stream of so many pictures a second."""
    takes = [take for take in run.takes if take.moments]
    moments = [moment for take in takes for moment in take.moments]
    checks = [check for take in takes for check in take.checks]
    nbytes = sum(moment.size for moment in moments)
    seconds = run.seconds or NAN
    count = max(1, len(run.takes))
    return Figures(
        spread([moment.total_ms for moment in moments]),
        middle([jitter([moment.total_ms for moment in take.moments]) for take in takes]),
        by_stage(moments),
        len(moments),
        sum(take.lost + take.skipped for take in run.takes),
        sum(repeated(take.moments, fps) for take in takes),
        len(moments) / seconds / count,
        nbytes * 8 / seconds / count,
        nbytes,
        run.server_cpu_s / seconds,
        run.viewer_cpu_s / seconds,
        max((take.clock_error_us for take in takes), default=NAN) / 1000,
        middle([take.round_trip_us for take in takes]) / 1000,
        spread([check.marked_ms for check in checks]),
        spread([check.stamped_ms for check in checks]),
        spread([age for take in takes for age in take.screen_ms]),
    )


def by_stage(moments: Sequence[Moments]) -> dict[Stage, Spread]:
    """How long each stage took; stages that no frame tells of are left out.

    Where some frames do not tell of a stage, it is part of their next: so that the means of all
    add up to that of the total, they are over all frames.
    """
    taken: dict[Stage, list[float]] = {}
    for moment in moments:
        for stage, ms in moment.stages_ms().items():
            taken.setdefault(stage, []).append(ms)
    return {
        stage: replace(spread(taken[stage]), mean=sum(taken[stage]) / len(moments))
        for stage in Stage
        if stage in taken
    }


def repeated(moments: Sequence[Moments], fps: float) -> int:
    """For how many frame intervals the picture before stayed, as no new one came."""
    interval_us = 1e6 / fps
    steps = (after.end_us - before.end_us for before, after in pairwise(moments))
    return sum(max(0, round(step / interval_us) - 1) for step in steps)


def median_of(runs: Sequence[Figures]) -> Figures:
    """Figure by figure the median of several runs."""
    if len(runs) == 1:
        return runs[0]
    found: dict[str, Any] = {}
    for each in fields(Figures):
        values = [getattr(run, each.name) for run in runs]
        if each.name == "stages":
            found[each.name] = _median_stages(values)
        else:
            found[each.name] = (medians if isinstance(values[0], Spread) else middle)(values)
    return Figures(**found)


def _median_stages(runs: Sequence[dict[Stage, Spread]]) -> dict[Stage, Spread]:
    """Stage by stage; a run without the stage has it in its next, so its mean there is 0."""
    runs = [run for run in runs if run]
    known = {stage: [run[stage] for run in runs if stage in run] for stage in Stage}
    return {
        stage: replace(
            medians(spreads), mean=sum(each.mean for each in spreads) / max(1, len(runs))
        )
        for stage, spreads in known.items()
        if spreads
    }
