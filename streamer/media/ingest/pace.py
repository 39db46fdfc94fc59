"""Whether a pipe is fed from a file, which comes faster than life and has to be paced.

Live senders begin faster, too: FFmpeg looks at a stream for up to five seconds before it passes
any of it on, and servers keep the last group for whoever joins. So what is ahead of life is paced
and read on meanwhile. What goes on getting ahead, or comes to its end, is a file. What keeps its
distance is live, and all that is held of it passes at once. What comes in pieces (HLS) is neither,
and stays paced.

A live sender that was kept from sending may bring all that it missed when it is called again. So a
source that was live stays so, and passes at once.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

from streamer.clock import Clock
from streamer.media.pacer import Pacer
from streamer.media.sample import Sample, SoundSample

# More than encoders and demuxers let through at a start, and short enough to be waited for.
_AHEAD_US = 3_000_000
# More than any live sender begins with, of which so much is held; less where nothing can be.
_FILE_US = 40_000_000
_HELD_BYTES = 32 * 1024 * 1024
_BLIND_US = 12_000_000
_PROVED_US = 5_000_000
# Of pictures without times: quicker than any camera, by more than it has kept of five seconds.
_RUSH_US = 4_000
_RUSH_AHEAD_US = 1_200_000
# What keeps its distance gains no more than this for so long, and loses no more than that.
_GAIN_US = 100_000
_STEADY_US = 3_000_000
_SWING_US = 1_500_000
_END_US = 1_000_000


class Pace:
    """What is behind one pipe, from its opening on.

    `is_file` and `is_live` are what its pictures have shown so far.
    """

    def __init__(
        self, clock: Clock, pacer: Pacer, more: Callable[[], bool] | None, *, was_live: bool
    ) -> None:
        """Begin; `more` says whether there is more to read without waiting for it.

        Where nobody can tell, None, it takes longer to count as a file, and nothing is held.
        `was_live` says that the same source was live when it was open before.
        """
        self._clock = clock
        self._pacer = pacer
        self._more = more
        self._lead = Lead(clock)
        self._is_decided = was_live
        self.is_live = was_live
        self.is_file = False

    def samples(self, read: Iterator[Sample | SoundSample]) -> Iterator[Sample | SoundSample]:
        """All that is read: when it is due, if it is of a file, else at once."""
        for sample in read:
            if self.is_file:
                yield self._due(sample)
            elif self._is_ahead(sample):
                yield from self._look_on(sample, read)
            else:
                yield sample

    def _is_ahead(self, sample: Sample | SoundSample) -> bool:
        """Whether a picture comes so early that it may be of a file."""
        if self._is_decided or isinstance(sample, SoundSample):
            return False
        self._lead.reach(media_us(sample))
        if self._lead.us > (_AHEAD_US if self._more else _BLIND_US):
            return True
        # From then on it is: a sender whose clock is fast gets ahead of ours for ever.
        self.is_live = self._is_decided = self._lead.calm_us > _PROVED_US
        return False

    def _look_on(
        self, first: Sample | SoundSample, read: Iterator[Sample | SoundSample]
    ) -> Iterator[Sample | SoundSample]:
        """Pace what comes early, and read on until it is known what it is of."""
        held, lead = Held(first), self._lead
        while held.samples and not self.is_file and not lead.is_steady:
            while self._may_read_on(held, lead):
                if (sample := next(read, None)) is None:
                    self.is_file = lead.is_growing
                    break
                held.push(sample)
                lead.reach(media_us(sample))
            lead.look()
            self.is_file = self.is_file or self._is_too_much(held, lead)
            yield self._due(held.pop())
        self._is_decided = self.is_live = not self.is_file and lead.is_steady
        for sample in held.samples:
            yield self._due(sample) if self.is_file else sample

    def _may_read_on(self, held: "Held", lead: "Lead") -> bool:
        """Whether there is time and room for more, and something to read."""
        if self._more is None or self._is_too_much(held, lead):
            return False
        return not self._pacer.is_due(media_us(held.samples[0])) and self._more()

    def _is_too_much(self, held: "Held", lead: "Lead") -> bool:
        """Whether this is more than any live sender begins with."""
        return self._more is None or lead.us > _FILE_US or held.nbytes > _HELD_BYTES

    def _due(self, sample: Sample | SoundSample) -> Sample | SoundSample:
        return when_due(sample, self._pacer, self._clock)


class Rush:
    """What is behind a pipe of pictures without times, such as JPEGs, from its opening on.

    Cameras give any number of them a second, and what they kept at the start. So it is a file only
    if they come many times faster than is usual, and is paced at what FFmpeg takes for that.
    """

    def __init__(self, clock: Clock, pacer: Pacer, *, was_live: bool) -> None:
        """Begin; `was_live` says that the same source was live when it was open before."""
        self._clock = clock
        self._pacer = pacer
        self._began_us = clock.monotonic_us()
        self.is_live = was_live
        self.is_file = False

    def samples(self, read: Iterator[Sample | SoundSample]) -> Iterator[Sample | SoundSample]:
        """All that is read: when it is due, if it is of a file, else at once."""
        for count, sample in enumerate(read):
            if self.is_file:
                yield when_due(sample, self._pacer, self._clock)
                continue
            yield sample
            elapsed_us = self._clock.monotonic_us() - self._began_us
            self.is_live = self.is_live or elapsed_us > _PROVED_US
            self.is_file = not self.is_live and count * _RUSH_US - elapsed_us > _RUSH_AHEAD_US


class Held:
    """What was read and is not due."""

    def __init__(self, first: Sample | SoundSample) -> None:
        self.samples = deque([first])
        self.nbytes = _size(first)

    def push(self, sample: Sample | SoundSample) -> None:
        """Keep one more."""
        self.samples.append(sample)
        self.nbytes += _size(sample)

    def pop(self) -> Sample | SoundSample:
        """Take the oldest."""
        sample = self.samples.popleft()
        self.nbytes -= _size(sample)
        return sample


class Lead:
    """How far what was read is ahead of life, and how that changes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_us = self._peak_at_us = clock.monotonic_us()
        self._newest_us = 0
        self._peak_us = 0
        self._trail: deque[tuple[int, int]] = deque()

    @property
    def us(self) -> int:
        """How far it is ahead now, in microseconds."""
        return self._newest_us - (self._clock.monotonic_us() - self._began_us)

    @property
    def is_growing(self) -> bool:
        """Whether it has grown just now."""
        return self.calm_us < _END_US

    @property
    def is_steady(self) -> bool:
        """Whether it has kept to what it is for long."""
        looked = [us for _, us in self._trail] or [0]
        return self.calm_us > _STEADY_US and max(looked) - min(looked) < _SWING_US

    def reach(self, media: int) -> None:
        """Take into account that this was read."""
        self._newest_us = max(self._newest_us, media)
        if self.us > self._peak_us + _GAIN_US:
            self._peak_us, self._peak_at_us = self.us, self._clock.monotonic_us()

    def look(self) -> None:
        """Remember how far it is ahead now."""
        now_us = self._clock.monotonic_us()
        self._trail.append((now_us, self.us))
        while self._trail[0][0] < now_us - _STEADY_US:
            self._trail.popleft()

    @property
    def calm_us(self) -> int:
        """For how long it has not grown."""
        return self._clock.monotonic_us() - self._peak_at_us


def when_due(sample: Sample | SoundSample, pacer: Pacer, clock: Clock) -> Sample | SoundSample:
    """A sample at its time, which is when it counts as taken."""
    pacer.wait(media_us(sample))
    return replace(sample, captured_us=clock.wall_us())


def _size(sample: Sample | SoundSample) -> int:
    return sample.packet.size if sample.packet else 0


def media_us(sample: Sample | SoundSample) -> int:
    """When a sample is due, in microseconds of the media's time."""
    return sample.pts_us if isinstance(sample, SoundSample) else sample.stamps.dts_us
