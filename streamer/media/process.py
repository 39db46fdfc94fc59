"""The worker's main: open one source, run its pipeline, tell the server how it went."""

import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from streamer.address import SourceSpec
from streamer.clock import Clock, SystemClock
from streamer.errors import Haste, MediaError, SourceError, StreamerError
from streamer.media.border_end import BorderEnd
from streamer.media.border_log import logging_to
from streamer.media.ingest.explain import explain_no_picture
from streamer.media.ingest.opening import sources
from streamer.media.ingest.part import Part
from streamer.media.picture.freeze import FreezeWatch
from streamer.media.pipeline import Pipeline
from streamer.media.sample import Source, SourceFacts
from streamer.media.starts import Starts

log = logging.getLogger(__name__)

_FIRST_DEMAND_S = 1.0
_NAMELESS = ("standard input", "a publisher")
_WAITING = "Waiting for a publisher."


def run(sock: socket.socket, spec: SourceSpec, descriptor: int | None = None) -> None:
    """Serve one source until it ends, fails, or the server closes the socket.

    `descriptor` is where standard input or a publisher is read from.
    """
    # Ctrl-C reaches the whole process group; the server decides when a worker stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    border = BorderEnd(sock, SystemClock())
    with logging_to(border):
        _serve(border, spec, descriptor)


def _serve(border: BorderEnd, spec: SourceSpec, descriptor: int | None) -> None:
    try:
        _work(border, spec, descriptor)
        border.send_control("ended")
    except (BrokenPipeError, ConnectionResetError):
        return
    except MediaError as exc:
        _fail(border, f"{spec.address.shown}: {exc.sentence}", spec.address.comes_back)
    except StreamerError as exc:
        _fail(border, exc.sentence, exc.retryable and spec.address.comes_back, exc.haste)
    except Exception:
        log.exception("event=worker-failed source=%s", spec.address.shown)
        _fail(border, f"{spec.address.shown} could not be processed; see the server's log.", True)


def _work(border: BorderEnd, spec: SourceSpec, descriptor: int | None) -> None:
    player = _Player(border, SystemClock(), spec)
    # A file of one picture would be over before anybody could ask for it.
    patience_s = 0 if spec.address.is_live else _FIRST_DEMAND_S
    missed = False
    for part in _parts(border, spec, player, descriptor):
        try:
            missed = player.play(part, patience_s)
        except MediaError as exc:
            part.end = exc
        finally:
            part.close()
    if missed and not border.sent:
        raise explain_no_picture(spec.address)


def _parts(
    border: BorderEnd, spec: SourceSpec, player: "_Player", descriptor: int | None
) -> Iterator[Part]:
    """All that the spec names; what cannot be opened is tried again each time the server asks."""
    opened = False
    while True:
        try:
            for part in sources(spec, SystemClock(), border.beat, player.wait, descriptor):
                opened = True
                yield part
        except SourceError as exc:
            if opened or not (exc.retryable and spec.address.comes_back):
                raise
            _fail(border, exc.sentence, True, exc.haste, waits=True)
        else:
            return
        border.wait_to_try_again()


class _Player:
    """Runs a pipeline for each source in turn, and tells the server what the source is."""

    def __init__(self, border: BorderEnd, clock: Clock, spec: SourceSpec) -> None:
        self._border = border
        self._clock = clock
        self._spec = spec
        self._watch: FreezeWatch | None = None
        self._starts = Starts(self._tell_starts)
        self._told: dict[str, Any] = {}
        self._is_live = spec.was_live

    def wait(self) -> None:
        """There is no source until somebody publishes one."""
        self._told = {}
        self._border.send_control("waiting", sentence=_WAITING)

    def play(self, source: Source, patience_s: float) -> bool:
        """Give out what the source has, to its end; whether pictures of it could be missed.

        They are if some were asked for in time, and if the source never told a size: without one
        FFmpeg saw no picture either.
        """
        facts, pipeline = source.facts, self._begin(source)
        asked = patience_s > 0 and self._border.wait_for_demand(patience_s)
        for sample in source.samples():
            if source.facts is not facts:
                pipeline.close()
                facts, pipeline = source.facts, self._begin(source)
            pipeline.push(sample)
            self._tell_live(source)
            self._border.beat()
        pipeline.close()
        return asked or not facts.width

    def _begin(self, source: Source) -> Pipeline:
        facts = source.facts
        told = {key: getattr(facts, key) for key in ("codec", "width", "height", "fps")}
        told["sound"] = facts.sound.told if facts.sound else ""
        if told != self._told:
            self._told = told
            self._border.send_control("opened", **told)
            # For the server nothing is frozen then, and whoever comes can begin.
            self._watch, self._starts = self._new_watch(facts), Starts(self._tell_starts)
        elif self._watch is not None:
            self._watch.renew(facts)
        how = self._border, self._clock, self._watch
        return Pipeline(facts, *how, starts=self._starts, traces=self._spec.trace)

    def _new_watch(self, facts: SourceFacts) -> FreezeWatch | None:
        if (freeze_after_s := self._spec.freeze_after_s) is None:
            return None
        return FreezeWatch(facts, freeze_after_s, self._clock, self._tell_frozen)

    def _tell_live(self, source: Source) -> None:
        """As far as it is known, for when it is opened again."""
        if source.is_live is not self._is_live:
            self._is_live = source.is_live
            self._border.send_control("pace", live=self._is_live)

    def _tell_starts(self, found: bool) -> None:
        self._border.send_control("starts", found=found)

    def _tell_frozen(self, for_ms: int | None) -> None:
        self._border.send_control("frozen", for_ms=for_ms)


def _fail(
    border: BorderEnd,
    sentence: str,
    retryable: bool,
    haste: Haste = Haste.SOON,
    *,
    waits: bool = False,
) -> None:
    if sentence.startswith(_NAMELESS):
        sentence = sentence[0].upper() + sentence[1:]
    with suppress(BrokenPipeError, ConnectionResetError):
        border.send_control(
            "failed", sentence=sentence, retryable=retryable, haste=haste, waits=waits
        )
