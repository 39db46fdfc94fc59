"""One endless timeline out of whatever timestamps a source gives. Pure.

Sources leave timestamps out (raw streams all, RTSP the first), wrap them (MPEG-TS every 26.5 h),
start anywhere and start again. Decoders and browsers want decode times that only grow, and a
Media Source buffer drops everything up to the next keyframe after a gap of more than about twice
the duration that the sample before it declared.

So the output starts at zero and keeps the source's steps, through an offset that changes only
where they make no sense: backwards by more than a slip, or forwards by more than a pause. There
the output goes on where it was, and the sample says `restarted`. A wrap is no restart. A source
that is slow rather than broken is recognised by the clock, which shows its pauses too.

Each fragment leaves before the next packet is here, so its true duration is not known. Declared is
what the packet says, else what is usual (the median of recent steps). Where recent steps were
longer than declared (irregular cameras, lost frames), the longest of them is declared until they
are forgotten: too long does no harm, since the next decode time decides; too short costs a group.
"""

from collections import deque
from dataclasses import dataclass

MPEGTS_WRAP_US = 2**33 * 1_000_000 // 90_000
_WRAP_SLACK_US = 10_000_000
_SLIP_US = 100_000
_SLIP_STEPS = 4
# Steps from decoding to showing, where a packet has only the second time.
_GUESSED_DELAY = 2
_PAUSE_US = 5_000_000
_PAUSE_STEPS = 10
_LAG_US = 1_000_000
_BURST_US = 1_000
_MAX_COMPOSITION_US = 10_000_000
_MAX_DURATION_US = 60_000_000
_MEMORY = 32


@dataclass(frozen=True, slots=True)
class Stamps:
    """When a sample is decoded and shown, in microseconds of the stream's media time.

    Neither time is negative, and `dts_us` always grows; `pts_us` is as far from it as in the
    source. `restarted` says that the source's own times jumped here.
    """

    pts_us: int
    dts_us: int
    duration_us: int
    restarted: bool


class Timeline:
    """Places packets, in the order they come, on one timeline that never goes back."""

    def __init__(self, frame_duration_us: int, *, live: bool = False, start_us: int = 0) -> None:
        """Start at `start_us`.

        `frame_duration_us` is the usual step, until packets show another. `live` says that
        packets arrive as pictures are taken, so that packets without timestamps follow the
        clock; otherwise they are spaced by the usual step.
        """
        self._nominal_us = max(1, frame_duration_us)
        self._live = live
        self._offset_us: int | None = None
        self._arrival_offset_us: int | None = None
        self._arrival_us = 0
        self._last_us: int | None = None
        self._due_us = start_us
        self._max_pts_us = -_MAX_COMPOSITION_US
        self._declared_us = 0
        self._steps: deque[int] = deque(maxlen=_MEMORY)
        self._intervals: deque[int] = deque(maxlen=_MEMORY)  # of arrivals without times
        self._uncovered: deque[int] = deque(maxlen=_MEMORY)

    def rebase(self) -> None:
        """Let the next packets, whatever their times, follow the last: the source was reopened."""
        self._offset_us = None

    def place(
        self, pts: int | None, dts: int | None, duration: int | None, arrival_us: int
    ) -> Stamps:
        """The stamps of the next packet.

        Times are microseconds on the source's clock, None where it has none; `arrival_us` is any
        clock that never goes back.
        """
        restarted = False
        if dts is not None:
            composition_us = _composition(pts, dts)
            placed_us, restarted = self._follow(dts, composition_us, arrival_us)
            dts_us = placed_us
        elif pts is not None:
            # Matroska with B-frames: the first packets have no dts, and the next belong between.
            composition_us = _GUESSED_DELAY * self._usual()
            placed_us, restarted = self._follow(pts - composition_us, composition_us, arrival_us)
            earliest_us = placed_us - 2 * composition_us
            dts_us = min(max(self._due_us, earliest_us), placed_us + composition_us)
        else:
            composition_us = 0
            placed_us = dts_us = self._fill(arrival_us)
        if self._last_us is not None:
            dts_us = max(dts_us, self._last_us + 1)
        pts_us = max(0, placed_us + composition_us)
        self._remember_step(dts_us, restarted)
        duration_us = self._declare(dts_us, duration)
        self._last_us, self._arrival_us = dts_us, arrival_us
        self._max_pts_us = max(self._max_pts_us, pts_us)
        return Stamps(pts_us, dts_us, duration_us, restarted)

    def beside(self, source_us: int) -> int | None:
        """Where a time of another track of the same source falls.

        None while the pictures do not tell, or where it is far from theirs.
        """
        if self._offset_us is None or self._last_us is None:
            return None
        step_us = source_us + self._offset_us - self._last_us
        for wrap_us in (MPEGTS_WRAP_US, -MPEGTS_WRAP_US):
            if abs(step_us + wrap_us) < _WRAP_SLACK_US:
                step_us += wrap_us
        near = abs(step_us) <= self._longest_pause()
        return self._last_us + step_us if near else None

    def _follow(self, source_us: int, composition_us: int, arrival_us: int) -> tuple[int, bool]:
        """Where a decode time of the source falls, and whether the source restarted there."""
        if self._offset_us is None or self._last_us is None:
            return self._anchor(source_us, composition_us), False
        step_us = source_us + self._offset_us - self._last_us
        for wrap_us in (MPEGTS_WRAP_US, -MPEGTS_WRAP_US):
            if abs(step_us + wrap_us) < _WRAP_SLACK_US:
                self._offset_us += wrap_us
                step_us += wrap_us
        if -self._longest_slip() <= step_us <= self._longest_pause():
            return self._last_us + step_us, False
        if 0 < step_us <= min(2 * (arrival_us - self._arrival_us), _MAX_DURATION_US):
            self._steps.append(step_us)  # it was that long by the clock: learn how slow it is
        return self._anchor(source_us, composition_us), True

    def _anchor(self, source_us: int, composition_us: int) -> int:
        """Put a decode time where the next is due, or later if it would be shown too early."""
        placed_us = max(self._due_us, self._max_pts_us + 1 - composition_us)
        self._offset_us = placed_us - source_us
        return placed_us

    def _longest_slip(self) -> int:
        return max(_SLIP_US, _SLIP_STEPS * self._usual())

    def _longest_pause(self) -> int:
        return max(_PAUSE_US, _PAUSE_STEPS * self._usual(), 2 * self._declared_us)

    def _fill(self, arrival_us: int) -> int:
        """Decode time for a packet without any: the next due, steered by the clock if live."""
        if not self._live:
            return self._due_us
        if self._arrival_offset_us is None or self._last_us is None:
            self._arrival_offset_us = self._due_us - arrival_us
            return self._due_us
        self._intervals.append(arrival_us - self._arrival_us)
        # Never from the steps made here: those follow, and would shrink with each burst.
        usual_us = sum(self._intervals) // len(self._intervals)
        if usual_us < _BURST_US:
            usual_us = self._nominal_us
        due_us = self._last_us + usual_us
        late_us = arrival_us + self._arrival_offset_us - due_us
        if late_us > _LAG_US:
            self._intervals.clear()
            return due_us + late_us
        return due_us + min(max(late_us // 8, -usual_us // 2), usual_us // 2)

    def _remember_step(self, dts_us: int, restarted: bool) -> None:
        if self._last_us is None or restarted:
            return
        step_us = dts_us - self._last_us
        self._steps.append(step_us)
        covered = step_us <= self._declared_us + self._declared_us // 2
        self._uncovered.append(0 if covered else step_us)

    def _declare(self, dts_us: int, duration: int | None) -> int:
        """The duration to declare; leaves behind when the next packet is due."""
        given = duration is not None and 0 < duration <= _MAX_DURATION_US
        step_us = duration if given and duration else self._usual()
        self._due_us = dts_us + step_us
        self._declared_us = min(max(step_us, *self._uncovered, 1), _MAX_DURATION_US)
        return self._declared_us

    def _usual(self) -> int:
        return sorted(self._steps)[len(self._steps) // 2] if self._steps else self._nominal_us


def _composition(pts: int | None, dts: int) -> int:
    """From decoding to showing, where either may have wrapped."""
    if pts is None:
        return 0
    offset_us = pts - dts
    if abs(offset_us) > MPEGTS_WRAP_US // 2:
        offset_us += MPEGTS_WRAP_US if offset_us < 0 else -MPEGTS_WRAP_US
    return offset_us if abs(offset_us) <= _MAX_COMPOSITION_US else 0
