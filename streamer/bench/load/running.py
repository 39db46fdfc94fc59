"""The load benchmark as a whole: server, viewers and their figures, to a report."""

import datetime
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from streamer.bench.load.fleet import Fleet, check, processes_for
from streamer.bench.load.meter import Meter
from streamer.bench.load.outcome import Outcome, Second
from streamer.bench.load.ramp import Found, Search, Verdict
from streamer.bench.load.report import Report
from streamer.bench.load.steps import Steps
from streamer.bench.machine import machine
from streamer.bench.progress import Progress
from streamer.client.companion import Companion
from streamer.client.target import Target, parse_target
from streamer.client.view.viewer import Viewer
from streamer.errors import ChildFailed, ConfigError

_TURN_S = 1.0
_CLOCK_S = 10.0
_PINGS_S = 0.7  # for the first, quick pings
_STEPS, _STEP_S = 14, 5.0  # of a ramp, usually, and for how long each goes beside being measured
_ROOM = 100  # for the viewer that asks for the clock, and those who have not left yet


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; `urls` are streams of a server that runs, `pid` its process.

    With a `budget_ms` the largest number of viewers that stays within it is looked for, from
    `viewers` on, up to `most`.
    """

    viewers: int
    streams: int
    seconds: float
    warm_up_s: float
    source: str
    rendition: str
    urls: tuple[str, ...] = ()
    token: str | None = None
    pid: int | None = None
    processes: int | None = None
    joins_per_s: float = 50.0
    budget_ms: float | None = None
    most: int = 5000


@dataclass(frozen=True, slots=True)
class _Site:
    """Whom to watch, and the server's process if it is known."""

    targets: tuple[Target, ...]
    pid: int | None


def measure(wanted: Wanted, out: TextIO) -> Report:
    """Measure, telling on `out` how far it is; after Ctrl-C what there is until then.

    Raises:
        StreamerError: it cannot be measured.
    """
    when = datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    with ExitStack() as stack:
        site = stack.enter_context(_site(wanted))
        check(site.targets)
        clock = _clock(site.targets[0], wanted.token)
        many = wanted.viewers if wanted.budget_ms is None else wanted.most
        processes = wanted.processes or processes_for(many)
        fleet = stack.enter_context(
            Fleet(site.targets, wanted.rendition, clock.offset_us, processes, wanted.joins_per_s)
        )
        load = Load(wanted, fleet, Meter(site.pid), out)
        complete = load.run()
        settings = _settings(wanted, site, processes)
        if load.trouble is not None:
            settings["ended"] = load.trouble
        return Report(
            when, machine(), settings, tuple(load.outcomes), clock.error_ms, load.found, complete
        )


class Load:
    """Numbers of viewers, one after the other, and what came out for each."""

    def __init__(self, wanted: Wanted, fleet: Fleet, meter: Meter, out: TextIO) -> None:
        self.outcomes: list[Outcome] = []
        self.found: Found | None = None
        self.trouble: str | None = None
        self._wanted = wanted
        self._fleet = fleet
        self._meter = meter
        self._done_s = 0.0
        self._last_s = time.monotonic()
        total_s = wanted.seconds + wanted.warm_up_s
        if wanted.budget_ms is not None:
            total_s = _STEPS * (wanted.seconds + _STEP_S)
        self._progress = Progress(out, total_s)

    def run(self) -> bool:
        """Measure all of it; whether it was not interrupted."""
        try:
            if self._wanted.budget_ms is None:
                self._measure(self._wanted.viewers)
            else:
                self._search(self._wanted.budget_ms)
        except KeyboardInterrupt:
            return False
        finally:
            self._progress.close()
        return True

    def _search(self, budget_ms: float) -> None:
        wanted = self._wanted
        search = Search(wanted.viewers, wanted.most)
        steps = Steps(self._fleet, self._look, budget_ms, wanted.seconds, wanted.joins_per_s)
        try:
            while search.count is not None:
                search.take(self._judge(steps, search.count), steps.outcome.viewers)
        finally:
            self.found = search.found

    def _judge(self, steps: Steps, viewers: int) -> Verdict:
        try:
            verdict = steps.judge(viewers)
        except ChildFailed as exc:
            if not self.outcomes:
                raise
            self.trouble = exc.sentence
            return Verdict.UNKNOWN
        self.outcomes.append(steps.outcome)
        return verdict

    def _measure(self, viewers: int) -> None:
        self._show(viewers, "opening")
        seconds: list[Second] = []
        if not self._fleet.grow(viewers):
            self.outcomes.append(Outcome(viewers, ()))
            return
        try:
            self._wait(viewers, self._wanted.warm_up_s)
            self._look("", 0.0)
            begin_s = self._last_s
            while self._last_s - begin_s < self._wanted.seconds - _TURN_S / 2:
                seconds.append(self._look("", _TURN_S))
        finally:
            if seconds:
                self.outcomes.append(Outcome(viewers, tuple(seconds)))

    def _look(self, words: str, wait_s: float) -> Second:
        """Wait, and take what came since the last look."""
        time.sleep(wait_s)
        now_s = time.monotonic()
        taken, (own, everyone, idle) = self._fleet.take(), self._meter.take()
        lasted_s, self._last_s = now_s - self._last_s, now_s
        self._done_s += wait_s
        p50, p99 = (taken.ages.percentile_ms(share) for share in (0.5, 0.99))
        self._show(self._fleet.count, words or f"p50 {p50:.1f}  p99 {p99:.1f} ms")
        return Second(lasted_s, taken, own, everyone, idle)

    def _wait(self, viewers: int, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            time.sleep(min(left_s, _TURN_S))
            self._show(viewers, "warming up")
        self._done_s += seconds

    def _show(self, viewers: int, figures: str) -> None:
        self._progress.show(f"{viewers} viewers", self._done_s, figures)


@contextmanager
def _site(wanted: Wanted) -> Iterator[_Site]:
    """The streams that were named, or those of a server of our own."""
    if wanted.urls:
        targets = tuple(parse_target(url, token=wanted.token) for url in wanted.urls)
        yield _Site(targets, wanted.pid)
        return
    with own_site(wanted) as site:
        yield site


@contextmanager
def own_site(wanted: Wanted) -> Iterator[_Site]:
    """A server of our own, which lets in as many as there may be, and its end."""
    names = [f"load-{number}" for number in range(1, wanted.streams + 1)]
    room = max(wanted.viewers, wanted.most) + _ROOM
    with tempfile.TemporaryDirectory(prefix="streamer-") as folder:
        file = Path(folder, "streamer.toml")
        file.write_text(f"[server]\nmax_viewers = {room}\nmax_viewers_per_stream = {room}\n")
        sources = [f"{name}={wanted.source}" for name in names]
        companion = Companion((0,), ["--config", str(file), *sources])
    try:
        yield _Site(tuple(parse_target(companion.url, name) for name in names), companion.pid)
    finally:
        companion.close()


@dataclass(frozen=True, slots=True)
class _Clock:
    offset_us: int
    error_ms: float


def _clock(target: Target, token: str | None) -> _Clock:
    """The server's clock; this is also where it turns out whether it can be watched at all."""
    with Viewer(target.page_url, token=token) as viewer:
        until_s = time.monotonic() + _CLOCK_S
        while viewer.read(_PINGS_S) is None or viewer.offset_error_us is None:
            if time.monotonic() > until_s:
                reason = viewer.state.reason if viewer.state else ""
                words = viewer.stats.trouble or reason or "it sends no picture"
                raise ConfigError(f"{target.shown} cannot be watched: {words}")
        _read_for(viewer, _PINGS_S)
        return _Clock(viewer.offset_us, (viewer.offset_error_us or 0) / 1000)


def _read_for(viewer: Viewer, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    while (left_s := until_s - time.monotonic()) > 0:
        viewer.read(left_s)


def _settings(wanted: Wanted, site: _Site, processes: int) -> dict[str, str]:
    streams = ", ".join(each.shown for each in site.targets)
    own = f"one of its own, {wanted.streams} x {wanted.source}"
    budget = {} if wanted.budget_ms is None else {"budget": f"p99 of {wanted.budget_ms:g} ms"}
    return {
        "server": streams if wanted.urls else own,
        "rendition": wanted.rendition,
        "measured": f"{wanted.seconds:g} s {_before(wanted)}",
        "generators": str(processes),
        **budget,
    }


def _before(wanted: Wanted) -> str:
    if wanted.budget_ms is None:
        return f"after {wanted.warm_up_s:g} s of warm-up"
    return "for each number, once all had been well for a second"
