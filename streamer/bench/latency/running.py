"""The latency benchmark as a whole: server, viewers and browser together, to a report."""

import datetime
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from typing import TextIO

from streamer.bench.browser import Browser, open_browser
from streamer.bench.latency import chromium, python
from streamer.bench.latency.case import Case, Means, Path, cases
from streamer.bench.latency.measuring import Measuring, Plan, Watch
from streamer.bench.latency.outcome import Report
from streamer.bench.latency.site import NamedSite, Site, ask, own_site
from streamer.bench.machine import machine
from streamer.bench.progress import Progress
from streamer.client.target import Target, parse_target


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; `links` are as `--link` has them, empty for none."""

    paths: tuple[Path, ...]
    means: tuple[Means, ...]
    sizes: tuple[tuple[int, int, int], ...]
    viewers: tuple[int, ...]
    links: tuple[str, ...]
    seconds: float
    warm_up_s: float
    runs: int
    max_latency_ms: int
    url: str | None = None
    token: str | None = None
    browser_path: str | None = None


def measure(wanted: Wanted, out: TextIO) -> Report:
    """Measure all of it, telling on `out` how far it is; after Ctrl-C what there is until then.

    Raises:
        StreamerError: nothing of it can be measured.
    """
    when = datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    with ExitStack() as stack:
        site, found = _site(wanted, stack)
        plan = Plan(found, wanted.seconds, wanted.warm_up_s, wanted.runs)
        browser = None
        if any(case.in_browser for case in found):
            browser = stack.enter_context(open_browser(wanted.browser_path))
        viewers = _Viewers(browser, wanted.max_latency_ms, site.is_here)
        measuring = Measuring(plan, site, viewers.open, Progress(out, plan.total_s))
        measuring.measure()
        about = machine() | ({"browser": browser.version} if browser else {})
        return Report(
            when,
            about,
            _settings(wanted),
            measuring.outcomes,
            measuring.complete,
            measuring.failures,
        )


def _site(wanted: Wanted, stack: ExitStack) -> tuple[Site, tuple[Case, ...]]:
    if wanted.url is None:
        found = _cases(wanted)
        return stack.enter_context(own_site(found)), found
    target = parse_target(wanted.url, token=wanted.token)
    offered = ask(target)
    size = (offered.width, offered.height, round(offered.fps) or 30)
    return NamedSite(target), _cases(replace(wanted, sizes=(size,)))


def _cases(wanted: Wanted) -> tuple[Case, ...]:
    return cases(wanted.paths, wanted.means, wanted.sizes, wanted.viewers, wanted.links)


def _settings(wanted: Wanted) -> dict[str, str]:
    link = ", ".join(filter(None, wanted.links))
    runs = f"{wanted.runs} runs by turns, medians" if wanted.runs > 1 else "once"
    return {
        "server": "one of its own" if wanted.url is None else parse_target(wanted.url).shown,
        "measured": f"{wanted.seconds:g} s after {wanted.warm_up_s:g} s of warm-up, {runs}",
        "bound": f"{wanted.max_latency_ms} ms",
        **({"link": link} if link else {}),
    }


class _Viewers:
    """Opens the viewers of a case, by its means."""

    def __init__(self, browser: Browser | None, max_latency_ms: int, is_here: bool) -> None:
        self._browser = browser
        self._max_latency_ms = max_latency_ms
        self._is_here = is_here

    def open(self, target: Target, case: Case) -> AbstractContextManager[Watch]:
        """The viewers; closed at the end of the context."""
        bound_ms, is_here = self._max_latency_ms, self._is_here
        if case.in_browser and self._browser is not None:
            return chromium.watching(self._browser, target, case, bound_ms, is_here=is_here)
        return python.watching(target, case, bound_ms, is_here=is_here)
