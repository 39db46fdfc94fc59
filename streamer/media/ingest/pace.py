"""Whether a pipe is fed from a file, which comes faster than life and has to be paced. Pure.

It shows in the first minute, by how far ahead of life the pictures are. Later they get ahead by a
clock that is a little fast. And a live sender that was kept from sending may bring all that it
missed in one burst when it is called again: a source that was live stays so, and passes at once.
"""

from streamer.clock import Clock

# More than encoders and demuxers let through at a start, and short enough to be waited for.
_EARLY_US = 3_000_000
_PROVED_US = 5_000_000
_DECIDED_US = 60_000_000


class Pace:
    """What is behind one pipe, from its opening on.

    `is_live` says whether pictures have kept to life for long enough, now or before.
    """

    def __init__(self, clock: Clock, *, was_live: bool) -> None:
        """Begin; `was_live` says that the same source was live when it was open before."""
        self._clock = clock
        self._began_us = clock.monotonic_us()
        self._was_live = was_live
        self._is_file = False
        self.is_live = was_live

    def is_file(self, media_us: int) -> bool:
        """Whether it is fed from a file, as a picture of this media time has just come."""
        open_us = self._clock.monotonic_us() - self._began_us
        if not self._was_live and open_us < _DECIDED_US:
            self._is_file = self._is_file or media_us - open_us > _EARLY_US
            self.is_live = not self._is_file and open_us > _PROVED_US
        return self._is_file
