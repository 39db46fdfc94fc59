"""Open what a spec names: the test pattern, a pipe, packets of any kind, or several of them."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from streamer.address import PUBLISHED_MESSAGES, Scheme, SourceSpec, words
from streamer.clock import Clock
from streamer.errors import SourceError
from streamer.media.ingest.command import Command
from streamer.media.ingest.explain import explain_silence
from streamer.media.ingest.listener import publishers
from streamer.media.ingest.part import Part
from streamer.media.ingest.pipe import Pipe
from streamer.media.ingest.playlist import Playlist, directory
from streamer.media.ingest.published import PublishedSource
from streamer.media.ingest.source import PacketSource
from streamer.media.picture.pattern import Pattern
from streamer.media.sample import (
    RAW,
    RAW_SOUND,
    Sample,
    SoundFacts,
    SoundSample,
    Source,
    SourceFacts,
)
from streamer.media.sound import beep
from streamer.media.sound.beep import Beeps
from streamer.media.timeline import Stamps
from streamer.options import PatternOptions, parse_pattern


class PatternSource:
    """The test pattern at its frame rate, on the wall clock's grid; late frames are left out."""

    def __init__(self, wanted: PatternOptions, clock: Clock) -> None:
        width, height, fps, has_sound = wanted
        self._clock = clock
        self._interval_us = round(1e6 / fps)
        self._pattern = Pattern(width, height, fps, clock, flashes=has_sound)
        sound = SoundFacts(RAW_SOUND, beep.RATE, channels=1) if has_sound else None
        self._facts = SourceFacts(RAW, width, height, fps, sound=sound)
        self._beeps = Beeps(self._interval_us * fps)

    @property
    def facts(self) -> SourceFacts:
        """What the source holds."""
        return self._facts

    @property
    def is_live(self) -> bool:
        """It is, and nobody doubts it."""
        return False

    def samples(self) -> Iterator[Sample | SoundSample]:
        """Frames without end."""
        start_us = self._clock.monotonic_us()
        index = 0
        while True:
            elapsed_us = self._clock.monotonic_us() - start_us
            index = max(index, elapsed_us // self._interval_us)
            time.sleep(max(0, index * self._interval_us - elapsed_us) / 1e6)
            pts_us = index * self._interval_us
            captured_us = self._clock.wall_us()
            frame = self._pattern.frame(index, captured_us)
            stamps = Stamps(pts_us, pts_us, self._interval_us, restarted=False)
            yield Sample(stamps, captured_us, keyframe=True, frame=frame)
            if self._facts.sound is not None and self._facts.sound.tap.is_open:
                yield from self._beeps.until(pts_us + self._interval_us, captured_us - pts_us)
            index += 1

    def close(self) -> None:
        """Nothing is held."""


class CommandSource:
    """What a command gives; it ends with the source, and its last words explain a failure."""

    def __init__(self, spec: SourceSpec, clock: Clock, idle: Callable[[], None]) -> None:
        self._command = Command(words(spec.address.target))
        with ExitStack() as held:
            held.callback(self._command.close)
            pipe = _pipe(
                self._command.output, spec, idle, spec.stall_timeout_s, spec.open_timeout_s
            )
            held.callback(pipe.close)
            try:
                self._source = PacketSource(spec, clock, idle, pipe=pipe)
            except SourceError as exc:
                self._explain(exc)
                raise
            held.callback(self._source.close)
            self._held = held.pop_all()

    @property
    def facts(self) -> SourceFacts:
        """What the source holds."""
        return self._source.facts

    @property
    def is_live(self) -> bool:
        """Whether it has shown that it is."""
        return self._source.is_live

    def samples(self) -> Iterator[Sample | SoundSample]:
        """All samples, until the command ends."""
        try:
            yield from self._source.samples()
        except SourceError as exc:
            self._explain(exc)
            raise

    def close(self) -> None:
        """End the command."""
        self._held.close()

    def _explain(self, exc: SourceError) -> None:
        """Add the command's last words to what happened."""
        self._command.close()
        if said := self._command.last_words():
            exc.args = (f"{exc.sentence[:-1]}; it said: {said.rstrip('.')}.",)


def open_source(
    spec: SourceSpec, clock: Clock, idle: Callable[[], None], descriptor: int | None = None
) -> Source:
    """The open source; `idle` is called several times a second while it waits.

    `descriptor` is what standard input or a publisher is read from, where that is the source.

    Raises:
        SourceError: it cannot be opened.
        ConfigError: bad pattern options.
    """
    if spec.address.scheme is Scheme.PATTERN:
        return PatternSource(parse_pattern(spec.address.target), clock)
    if spec.address.scheme is Scheme.EXEC:
        return CommandSource(spec, clock, idle)
    if descriptor is None:
        return PacketSource(spec, clock, idle)
    pipe = _pipe(descriptor, spec, idle, None)
    if spec.address == PUBLISHED_MESSAGES:
        return PublishedSource(pipe, clock)
    return PacketSource(spec, clock, idle, pipe=pipe)


def sources(
    spec: SourceSpec,
    clock: Clock,
    idle: Callable[[], None],
    waiting: Callable[[], None],
    descriptor: int | None = None,
) -> Iterator[Part]:
    """All that the spec names, one after the other: most often it is one source.

    Each is to be closed before the next is asked for. `waiting` is called when it takes somebody
    who publishes to go on.

    Raises:
        SourceError, ConfigError: as `open_source` does.
    """
    if spec.address.scheme is Scheme.LISTEN:
        yield from publishers(spec, clock, idle, waiting)
    elif (folder := directory(spec.address)) is not None:
        yield from Playlist(folder, spec, clock, idle).sources()
    else:
        part = Part(open_source(spec, clock, idle, descriptor))
        yield part
        if part.end is not None:
            raise part.end


def _pipe(
    descriptor: int,
    spec: SourceSpec,
    idle: Callable[[], None],
    timeout_s: float | None,
    first_s: float | None = None,
) -> Pipe:
    return Pipe(descriptor, idle, lambda: explain_silence(spec.address), timeout_s, first_s)
