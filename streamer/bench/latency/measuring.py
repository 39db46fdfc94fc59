"""Runs the cases, each as often as asked and by turns, and gathers what came out."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from streamer.bench.latency.case import Case
from streamer.bench.latency.outcome import Outcome, outcome
from streamer.bench.latency.site import Site, behind
from streamer.bench.latency.takes import Run, Take
from streamer.bench.progress import Progress
from streamer.client.target import Target
from streamer.errors import StreamerError

_POLL_S = 0.1
_LEAST_S = 1.0  # an interrupted run of less says nothing
_AROUND_S = 4.0  # what opening, checking and closing take, about


class Watch(Protocol):
    """The viewers of one run."""

    def settle(self) -> None:
        """Wait until every viewer shows pictures."""
        ...

    def poll(self) -> int:
        """Fetch what was noted; how many pictures that is so far."""
        ...

    def forget(self) -> None:
        """End the warm-up."""
        ...

    def cpu_s(self) -> float:
        """Seconds of CPU that the viewers have taken; NaN if not known."""
        ...

    def check(self) -> None:
        """See by the mark whether the stamps tell the truth."""
        ...

    def takes(self) -> tuple[Take, ...]:
        """What each viewer has noted since the warm-up."""
        ...


OpenWatch = Callable[[Target, Case], AbstractContextManager[Watch]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured, and for how long."""

    cases: tuple[Case, ...]
    seconds: float
    warm_up_s: float
    runs: int

    @property
    def total_s(self) -> float:
        """How long all of it takes, about."""
        return len(self.cases) * self.runs * self.each_s

    @property
    def each_s(self) -> float:
        """How long one run of one case takes, about."""
        return self.warm_up_s + self.seconds + _AROUND_S


class Measuring:
    """One benchmark. `outcomes` may be asked for at any time, also after an interruption."""

    def __init__(self, plan: Plan, site: Site, open_watch: OpenWatch, progress: Progress) -> None:
        self.complete = False
        self._plan = plan
        self._site = site
        self._open_watch = open_watch
        self._progress = progress
        self._runs: dict[Case, list[Run]] = {case: [] for case in plan.cases}
        self._failed: dict[Case, StreamerError] = {}
        self._done_s = 0.0
        self._interrupted = False

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What was found so far."""
        return tuple(outcome(case, runs) for case, runs in self._runs.items() if runs)

    @property
    def failures(self) -> tuple[str, ...]:
        """Why cases could not be measured, each in a sentence."""
        return tuple(f"{case.name}: {exc.sentence}" for case, exc in self._failed.items())

    def measure(self) -> None:
        """Run everything; the cases take turns, so that whatever disturbs, disturbs all.

        A case that fails is left alone, and the others go on.

        Raises:
            StreamerError: nothing could be measured.
        """
        try:
            for number in range(self._plan.runs):
                for case in self._plan.cases:
                    if case not in self._failed:
                        self._try(case, number)
            self.complete = True
        except KeyboardInterrupt:
            if not self.outcomes:
                raise
        finally:
            self._progress.close()

    def _try(self, case: Case, number: int) -> None:
        try:
            self._turn(case, number)
        except StreamerError as exc:
            self._failed[case] = exc
            if len(self._failed) == len(self._plan.cases) and not self.outcomes:
                raise

    def _turn(self, case: Case, number: int) -> None:
        of = f" run {number + 1} of {self._plan.runs}" if self._plan.runs > 1 else ""
        self._part = f"{case.name}{of}, warm-up"
        self._progress.show(self._part, self._done_s)
        with self._watching(case) as watch:
            watch.settle()
            self._wait(watch, self._plan.warm_up_s)
            self._part = self._part.removesuffix(", warm-up")
            run = self._run(watch)
        if run.seconds >= min(_LEAST_S, self._plan.seconds):
            self._runs[case].append(run)
        self._done_s = sum(map(len, self._runs.values())) * self._plan.each_s
        if self._interrupted:
            raise KeyboardInterrupt

    @contextmanager
    def _watching(self, case: Case) -> Iterator[Watch]:
        with (
            self._site.stream(case) as target,
            behind(target, case.link) as reached,
            self._open_watch(reached, case) as watch,
        ):
            yield watch

    def _run(self, watch: Watch) -> Run:
        server_s, viewer_s = self._site.cpu_s(), watch.cpu_s()
        watch.forget()
        start_s = time.monotonic()
        try:
            self._wait(watch, self._plan.seconds)
        except KeyboardInterrupt:
            self._interrupted = True
        watch.poll()
        seconds = time.monotonic() - start_s
        server_s, viewer_s = self._site.cpu_s() - server_s, watch.cpu_s() - viewer_s
        if not self._interrupted:
            watch.check()
        return Run(watch.takes(), seconds, server_s, viewer_s)

    def _wait(self, watch: Watch, seconds: float) -> None:
        start_s = time.monotonic()
        while (passed_s := time.monotonic() - start_s) < seconds:
            time.sleep(min(_POLL_S, seconds - passed_s))
            count = watch.poll()
            self._progress.show(self._part, self._done_s + passed_s, f"{count} pictures")
