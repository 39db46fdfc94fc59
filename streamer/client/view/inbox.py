"""What came and was not looked at yet, and what the server and its stream have told.

It outlives sessions: a viewer that loses its server goes on with what it has.
"""

from dataclasses import dataclass, field

from streamer.client.backlog import Backlog, Waiting
from streamer.client.offset import ClockOffset
from streamer.client.view.figures import Figures
from streamer.client.view.message import Message
from streamer.control import Catalog, RenditionChange, StateChange

JUST_BEFORE_US = 100_000
_JOINING_US = 2_000_000


@dataclass(slots=True)
class Inbox:
    """All that sessions leave for whoever watches."""

    figures: Figures
    max_latency_us: int
    backlog: Backlog[Message] = field(default_factory=Backlog)
    offset: ClockOffset = field(default_factory=lambda: ClockOffset(0))
    catalog: Catalog = field(default_factory=Catalog)
    state: StateChange | None = None
    rendition: RenditionChange | None = None
    joined_us: int = 0

    def is_of_before(self, captured_us: int, slack_us: int = JUST_BEFORE_US) -> bool:
        """Whether a picture is of the group that this viewer joined in the middle of.

        How old that is says when the viewer came, and nothing of the way.
        """
        return captured_us < self.joined_us + self.offset.offset_us - slack_us

    def look(self, now_us: int) -> None:
        """Note the time, by our wall clock: what is still old by then is of a recording."""
        if now_us - self.joined_us > _JOINING_US:
            self.joined_us = 0

    def push(self, message: Message, now_us: int) -> int:
        """Keep a message until it is taken; how many were dropped, this or others, to do so."""
        before = self.backlog.dropped
        self.backlog.push(message, now_us)
        self._drop_late(now_us)
        return self.backlog.dropped - before

    def pop(self, now_us: int) -> Message | None:
        """The next message, or the next of use when the program was away for too long."""
        before = self.backlog.dropped
        self._drop_late(now_us)
        self.figures.dropped["late"] += self.backlog.dropped - before
        return self.backlog.pop().item if self.backlog else None

    def _drop_late(self, now_us: int) -> None:
        def is_late(waiting: Waiting[Message]) -> bool:
            # The newest that stands alone is never too late: nothing better is there.
            is_old = now_us - waiting.since_us > self.max_latency_us
            return is_old and not waiting.item.stands_alone

        self.backlog.drop_late(is_late)
