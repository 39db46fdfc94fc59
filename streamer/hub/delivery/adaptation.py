"""Keep one viewer on the best rendition that its link carries: the ladder, fed with figures."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.cost import Cost
from streamer.hub.delivery.ladder import Ladder, Rung, estimate, measured, renditions_below
from streamer.hub.delivery.pacing import HEALTHY_ACK_US, Pacing
from streamer.hub.delivery.subscription import Subscription
from streamer.rendition import Format, Rendition

REVIEW_US = 250_000
PROBE_US = 1_000_000
PROBE_TAKES_US = 40_000
MIN_PROBE_BYTES = 2 * 1024
MAX_PROBE_BYTES = 64 * 1024
_REVIEWS = 4
_WORDS = 2
_PERSISTS_US = 500_000
_KEEPS_UP = 0.6
_ALL = 0.95
_FIRST_ANSWER_SHARE = 0.6  # of the viewer's bound: who has patience is not taken for slow at once
_SILENT_US = 600_000
# Beyond what a viewer that is well may leave unacknowledged.
_LONGEST_STALL_US = HEALTHY_ACK_US + 6_000_000
_CATCHES_UP_US = 2_000_000
_SAME_US = 1_000_000
_ALONE_US = 10_000_000
_DEFAULT_FPS = 30.0


class Ease(Enum):
    """How a viewer's link does."""

    EASY = "easy"
    BUSY = "busy"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Counts:
    """Pictures published, and sent or too late for this viewer, at one moment."""

    published: int
    sent: int
    late: int


class Adaptation:
    """One viewer's ladder. `top` is what it would get on a good link.

    `cost` gives the measured cost of a rendition, None where it has never run.
    """

    def __init__(
        self,
        top: Channel,
        lines: int,
        decodes_h264: bool,
        cost: Callable[[Rendition], Cost | None],
        now_us: int,
    ) -> None:
        self.top = top
        self.reason = ""
        self.is_climbing = False
        self._lines = lines
        self._cost = cost
        self._rungs = (top.rendition, *renditions_below(top.rendition, lines, decodes_h264))
        self._ladder = Ladder(now_us)
        self._reviewed_us = now_us
        self._counts: deque[Counts] = deque(maxlen=_REVIEWS + 1)
        self._behind = self._behind_since_us = 0
        self._heard_us = 0
        # When messages began to wait long, and were last seen to; whether that is rare.
        self._waiting_since_us = self._waited_us = now_us
        self._is_rare = False
        self._probed_us = now_us
        self._probes = 0

    @property
    def rendition(self) -> Rendition:
        """Where the viewer is now."""
        return self._rungs[self._ladder.rung]

    def restart(self, now_us: int) -> None:
        """Begin to count anew: the viewer subscribes again."""
        self._reviewed_us = now_us
        self._counts.clear()
        self._behind = 0

    def settle(self, now_us: int) -> None:
        """The viewer comes back to what is live, and is sent more at once than goes on."""
        self._ladder.settle(now_us)

    def arrive(self, now_us: int) -> None:
        """A climb, which had to wait for a keyframe, is done."""
        self.restart(now_us)
        self._ladder.arrive(now_us)

    def review(self, channel: Channel, subscription: Subscription, now_us: int) -> bool:
        """Whether to change to `rendition`, for the `reason` that then stands here."""
        pacing = subscription.pacing
        if now_us - self._reviewed_us < REVIEW_US or not pacing.acknowledges:
            return False
        self._reviewed_us = now_us
        if subscription.rides and self._ladder.rung == 0:
            self._behind = 0  # it keeps up, and there is nothing above
            return False
        ease = self._ease(channel, subscription, now_us)
        if ease is Ease.EASY:
            self._probe(subscription, now_us)
        is_behind = self._persists(ease, pacing, now_us)
        rate = pacing.ceiling(now_us) / 2 if pacing.rate is None else pacing.rate
        if pacing.unanswered_us(now_us) > _LONGEST_STALL_US:
            # What it carried before says nothing now. Down at once, so that nothing is encoded on
            # the way for somebody who reads nothing.
            rate = min(rate, pacing.ceiling(now_us))
        before, rung = self._ladder.rung, None
        if is_behind:
            rung = self._ladder.behind(self._costs(), rate, pacing.max_latency_us, now_us)
        elif ease is Ease.EASY:
            rung = self._ladder.easy(self._costs(), rate, pacing.max_latency_us, now_us)
        if rung is None:
            return False
        self.is_climbing = rung < before
        self.reason = _reason(rate, down=rung > before)
        self.restart(now_us)
        return True

    def _persists(self, ease: Ease, pacing: Pacing, now_us: int) -> bool:
        """Whether the viewer has been behind for a while, by more than one word of its own."""
        has_news = pacing.rate is None or pacing.heard_us != self._heard_us
        self._heard_us = pacing.heard_us
        if ease is Ease.EASY or (ease is Ease.BUSY and has_news):
            self._behind = 0
        elif ease is Ease.BEHIND and has_news:
            self._behind += 1
            if self._behind == 1:
                self._behind_since_us = now_us
        if pacing.unanswered_us(now_us) > _LONGEST_STALL_US:
            return True
        lasted_us = now_us - self._behind_since_us
        return ease is Ease.BEHIND and self._behind >= _WORDS and lasted_us >= _PERSISTS_US

    def _ease(self, channel: Channel, subscription: Subscription, now_us: int) -> Ease:
        """How it went in the last second."""
        pacing = subscription.pacing
        unanswered_us = pacing.unanswered_us(now_us)
        late = subscription.dropped["late"]
        self._counts.append(Counts(channel.cost.messages, subscription.sent, late))
        half_us = pacing.max_latency_us // 2
        # Where nothing is under way, what has just arrived tells how long it waited.
        is_told = pacing.flying > 0 or pacing.heard_us != self._heard_us
        lags = is_told and pacing.queueing_us > half_us
        if pacing.rate is None:
            first_us = pacing.max_latency_us * _FIRST_ANSWER_SHARE
            return Ease.BEHIND if unanswered_us > first_us else Ease.BUSY
        if pacing.silent_us(now_us) > _SILENT_US + pacing.base_us:
            # Nothing passes at all: a lower rung would not either, and what was dropped tells
            # nothing of the link's rate.
            self._counts.clear()
            return Ease.BUSY
        if self._catches_up(channel, pacing, now_us):
            self._counts.clear()
            return Ease.BUSY
        share = self._share()
        if channel.rendition.format is Format.JPEG:
            is_behind = lags or share < _KEEPS_UP
        else:
            is_behind = lags or self._is_late() or subscription.waiting_us() > half_us
        if is_behind:
            return Ease.BEHIND
        return Ease.EASY if share >= _ALL and not pacing.is_behind else Ease.BUSY

    def _catches_up(self, channel: Channel, pacing: Pacing, now_us: int) -> bool:
        """Whether what waits does so since a short while, on a link that carries what is sent.

        It stood still, then; one that does so again and again carries less.
        """
        if pacing.queueing_us > _SILENT_US:
            since_us = now_us - self._waited_us
            if since_us > _SAME_US:
                self._waiting_since_us, self._is_rare = now_us, since_us > _ALONE_US
            self._waited_us = now_us
        is_new = self._is_rare and now_us - self._waiting_since_us < _CATCHES_UP_US
        fits = channel.cost.rate <= (pacing.rate or 0)
        return is_new and fits and not self._ladder.is_on_trial(now_us)

    def _probe(self, subscription: Subscription, now_us: int) -> None:
        """Look how much the link carries, from a rung that does not fill it.

        Every other probe is bare, as the quickest small message is the measure for the rest.
        """
        if self._ladder.rung == 0 or now_us - self._probed_us < PROBE_US:
            return
        self._probed_us = now_us
        self._probes += 1
        rate = subscription.pacing.rate or 0
        padding = min(max(rate * PROBE_TAKES_US / 1e6, MIN_PROBE_BYTES), MAX_PROBE_BYTES)
        subscription.probe(round(padding) if self._probes % 2 else 0)

    def _share(self) -> float:
        """How much of what was published was sent."""
        first, last = self._counts[0], self._counts[-1]
        published = last.published - first.published
        return (last.sent - first.sent) / published if published > _REVIEWS else 1.0

    def _is_late(self) -> bool:
        return len(self._counts) > 1 and self._counts[-1].late > self._counts[0].late

    def _costs(self) -> list[Rung]:
        cost = self.top.cost
        top = measured(self.top.rendition, cost.rate, cost.picture)
        return [
            top,
            *(self._rung(each, top, cost.fps or _DEFAULT_FPS) for each in self._rungs[1:]),
        ]

    def _rung(self, rendition: Rendition, top: Rung, fps: float) -> Rung:
        cost = self._cost(rendition)
        if cost is not None and cost.rate:
            return measured(rendition, cost.rate, cost.picture)
        return estimate(rendition, top, self._lines, fps)


def _reason(rate: float, *, down: bool) -> str:
    if not down:
        return "Your connection carries more again."
    carried = rate * 8 / 1e6
    shown = f"{carried:.1f} Mbit/s" if carried >= 1 else f"{max(carried * 1000, 1):.0f} kbit/s"
    return f"Your connection carries about {shown}, so the picture is smaller."
