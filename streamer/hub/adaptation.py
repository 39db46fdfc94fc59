"""Keep one viewer on the best rendition that its link carries: the ladder, fed with figures."""

from streamer.hub.channel import Channel
from streamer.hub.ladder import Ladder, Rung, estimate, renditions_below
from streamer.hub.pacing import Pacing
from streamer.hub.subscription import Subscription
from streamer.rendition import Rendition

REVIEW_US = 250_000
_KEEPS_UP = 0.6


class Adaptation:
    """One viewer's ladder. `top` is what it would get on a good link."""

    def __init__(self, top: Channel, lines: int, decodes_h264: bool, now_us: int) -> None:
        self._top = top
        self._lines = lines
        self._below = renditions_below(top.rendition, lines, decodes_h264)
        self._ladder = Ladder(now_us)
        self._reviewed_us = now_us
        self._sent = 0
        self._published = 0
        self._dropped = 0

    def review(
        self, channel: Channel, subscription: Subscription, now_us: int
    ) -> tuple[Rendition, str] | None:
        """The rendition to change to and the reason as a sentence; None to stay."""
        if now_us - self._reviewed_us < REVIEW_US or not subscription.pacing.acknowledges:
            return None
        self._reviewed_us = now_us
        pacing = subscription.pacing
        move = self._ladder.behind if self._is_behind(channel, subscription) else self._ladder.easy
        before = self._ladder.rung
        rung = move(self._rungs(), pacing.rate, pacing.max_latency_us, now_us)
        if rung is None:
            return None
        rendition = self._top.rendition if rung == 0 else self._below[rung - 1]
        return rendition, _reason(pacing, down=rung > before)

    def _is_behind(self, channel: Channel, subscription: Subscription) -> bool:
        sent = subscription.sent - self._sent
        published = channel.cost.messages - self._published
        dropped = sum(subscription.dropped.values()) - self._dropped
        self._sent, self._published = subscription.sent, channel.cost.messages
        self._dropped = sum(subscription.dropped.values())
        if dropped and sent < published * _KEEPS_UP:
            return True
        return subscription.pacing.queueing_us > subscription.pacing.max_latency_us // 2

    def _rungs(self) -> list[Rung]:
        cost = self._top.cost
        top = Rung(self._top.rendition, cost.rate, cost.picture)
        fps = cost.fps or 30.0
        return [top, *(estimate(each, top, self._lines, fps) for each in self._below)]


def _reason(pacing: Pacing, *, down: bool) -> str:
    carried = (pacing.rate or 0) * 8 / 1e6
    if down:
        return f"Your connection carries about {carried:.1f} Mbit/s, so the picture is smaller."
    return "Your connection carries more again."
