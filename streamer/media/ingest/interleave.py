"""Pictures and sound of a file in the order in which they are due. Pure.

Files may hold half a second of pictures and then half a second of sound. What is read ahead is
not late: a file is read faster than life.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from streamer.media.sample import Sample, SoundSample

MAX_AHEAD_US = 3_000_000
MAX_HELD = 1_000


def interleave(
    samples: Iterable[Sample | SoundSample], is_wanted: Callable[[], bool]
) -> Iterator[Sample | SoundSample]:
    """The samples by their times, while sound is wanted; else as they come."""
    held = _Held()
    for sample in samples:
        held.push(sample)
        while (due := held.pop(everything=not is_wanted())) is not None:
            yield due
    while (due := held.pop(everything=True)) is not None:
        yield due


class _Held:
    def __init__(self) -> None:
        self._pictures: deque[Sample] = deque()
        self._sounds: deque[SoundSample] = deque()

    def push(self, sample: Sample | SoundSample) -> None:
        if isinstance(sample, SoundSample):
            self._sounds.append(sample)
        else:
            self._pictures.append(sample)

    def pop(self, *, everything: bool) -> Sample | SoundSample | None:
        """What is due next; None while something earlier may still come."""
        if self._pictures and self._sounds:
            sound_first = self._sounds[0].pts_us < self._pictures[0].stamps.dts_us
            return self._sounds.popleft() if sound_first else self._pictures.popleft()
        if not (everything or self._is_long()):
            return None
        if self._pictures:
            return self._pictures.popleft()
        return self._sounds.popleft() if self._sounds else None

    def _is_long(self) -> bool:
        """Whether it is time to go on without the other track."""
        if len(self._pictures) + len(self._sounds) > MAX_HELD:
            return True
        return self._span_us() > MAX_AHEAD_US

    def _span_us(self) -> int:
        if self._pictures:
            return self._pictures[-1].stamps.dts_us - self._pictures[0].stamps.dts_us
        return self._sounds[-1].pts_us - self._sounds[0].pts_us if self._sounds else 0
