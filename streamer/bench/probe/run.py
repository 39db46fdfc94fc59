"""`streamer probe`: read the marks somewhere for a while, and say how old the pictures are."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from streamer.address import SourceSpec, redact
from streamer.bench.probe.page import page_reader
from streamer.bench.probe.reader import Reader
from streamer.bench.probe.report import progress_text, report_json, report_text
from streamer.bench.probe.sightings import Tally
from streamer.bench.probe.source import SourceReader, check_live
from streamer.bench.probe.stream import StreamReader
from streamer.client.dialling import is_ours
from streamer.client.role import VIEWER
from streamer.client.statusline import StatusLine
from streamer.client.target import parse_target
from streamer.client.view.viewer import Viewer
from streamer.clock import Clock, SystemClock
from streamer.errors import ConfigError, SourceUnreadable, StreamerError

_LOOK_S = 0.25


@dataclass(frozen=True, slots=True)
class PageOrder:
    """Which page to look at, and where; `web` is the folder with our scripts."""

    url: str
    selector: str | None
    browser_path: str | None
    web: Path


@dataclass(frozen=True, slots=True)
class StreamOrder:
    """Which stream of a server of ours, and in which rendition."""

    url: str
    token: str | None
    rendition: str


What = SourceSpec | PageOrder | StreamOrder


@dataclass(frozen=True, slots=True)
class Order:
    """What to read, for how long; the first `warm_up_s` do not count.

    `wait_s` is how long it may take until there is a mark.
    """

    what: What
    seconds: float
    warm_up_s: float
    wait_s: float
    as_json: bool


def is_stream(url: str) -> bool:
    """Whether an http:// address is that of a stream of a server of ours: it is asked."""
    try:
        target = parse_target(url)
    except ConfigError:
        return False
    return is_ours(target, VIEWER)


def run(order: Order) -> None:
    """Measure and print; what was measured until an interruption is printed, too.

    Raises:
        StreamerError: there is nothing to measure.
        KeyboardInterrupt: it was interrupted.
    """
    clock = SystemClock()
    target = _shown(order.what)
    tally = Tally(order.warm_up_s)
    progress = StatusLine(sys.stderr, target)
    with _opened(order.what, clock) as reader:
        failure: StreamerError | KeyboardInterrupt | None = None
        try:
            measure(reader, tally, order, clock, progress)
        except (StreamerError, KeyboardInterrupt) as exc:
            failure = exc
        finally:
            progress.close()
        if tally.figures().pictures:
            if isinstance(failure, KeyboardInterrupt):
                progress.note("interrupted; this is what was measured until then")
            form = report_json if order.as_json else report_text
            sys.stdout.write(form(target, reader.about(), tally) + "\n")
        elif failure is None:
            raise SourceUnreadable(_nothing_found(target, tally, reader.about().get("trouble")))
        if failure is not None:
            raise failure


def measure(
    reader: Reader, tally: Tally, order: Order, clock: Clock, progress: StatusLine
) -> None:
    """Read until there were marks for as long as was ordered.

    Raises:
        StreamerError: the reader fails, or there are no marks.
    """
    began_us = clock.monotonic_us()
    while tally.seconds(clock.wall_us()) < order.seconds:
        tally.add(reader.look(_LOOK_S))
        waited_s = (clock.monotonic_us() - began_us) / 1e6
        if not tally.has_begun and waited_s > order.wait_s:
            return
        if progress.is_due:
            progress.show(progress_text(tally, clock.wall_us(), order.seconds))


def _nothing_found(target: str, tally: Tally, trouble: str | None) -> str:
    if trouble is not None:
        return trouble
    if tally.without_mark:
        return (
            f"{target} shows pictures, but none with a mark that can be read; let it show what "
            "`streamer pattern` sends, whole and at least 180 lines high."
        )
    return f"{target} showed no picture in time; start what sends to it."


@contextmanager
def _opened(what: What, clock: Clock) -> Iterator[Reader]:
    if isinstance(what, PageOrder):
        with page_reader(what.url, what.selector, what.browser_path, what.web, clock) as page:
            yield page
    elif isinstance(what, StreamOrder):
        viewer = Viewer(what.url, token=what.token, renditions=(what.rendition,), clock=clock)
        with closing(StreamReader(viewer, _shown(what))) as stream:
            yield stream
    else:
        check_live(what)
        with closing(SourceReader(what, clock)) as source:
            yield source


def _shown(what: What) -> str:
    return what.address.shown if isinstance(what, SourceSpec) else redact(what.url)
