"""One viewer in the past: it is sent what a channel's history keeps, at the speed of life.

Where it begins is a picture. What that needs, from its keyframe on, is sent as fast as the link
takes it; what follows, when as much time has passed as between the pictures themselves. Nothing is
dropped: on a link that is too slow the viewer falls further behind, until what it would get next
is kept no longer, and it goes on with the oldest that is. What it cannot decode is passed over.
Nobody else notices.
"""

from streamer.control import RenditionChange, Shift, dump
from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.subscription import Subscription
from streamer.hub.past.history import Group, Spot, Usable

_LONGEST_GAP_US = 1_000_000  # between two pictures; more is a source that was away
_REASON = "The past is shown, from what the server keeps of it."
_LATE_US = 500_000  # behind its own time, upon which that begins anew


class Replay:
    """A viewer's place in a channel's past, of which it can decode what is `usable`.

    All methods return at once.

    It is a sink of the channel, so that this is in demand, and takes nothing from it.
    """

    def __init__(self, channel: Channel, subscription: Subscription, usable: Usable) -> None:
        self.channel = channel
        self._usable = usable
        self.stands = True
        self._subscription = subscription
        # The number of the message to be sent next, and of the last one to be sent at once.
        self._next: int | None = None
        self._upto = -1
        self._group: Group | None = None
        self._init: Message | None = None
        self._sent: Message | None = None
        self._due_us = 0

    def tell(self, text: str) -> None:
        """What is live is of no interest."""

    def offer(self, message: Message) -> None:
        """What is live is of no interest."""

    @property
    def has_begun(self) -> bool:
        """Whether it has a place; without one it stands where its viewer paused."""
        return self._next is not None

    @property
    def waits(self) -> bool:
        """Whether anything is to be sent, now or later."""
        return self._next is not None and (not self.stands or self._next <= self._upto)

    @property
    def has_caught_up(self) -> bool:
        """Whether it plays and has been sent all there is."""
        return self.waits and not self.stands and self._place() is None

    def seek(self, spot: Spot, *, stands: bool, whole: bool) -> None:
        """Go to a picture; what was sent before is not sent again unless it must be `whole`."""
        group, message = spot
        goes_on = self._next is not None and group is self._group and message.number >= self._next
        if whole or not goes_on:
            self._subscription.begin()
            self._next, self._group = group.number, None
        self.stands, self._upto = stands, message.number
        shift = Shift(message.captured_us, message.pts_us, whole or not goes_on)
        self._subscription.say(dump(shift))

    def pump(self, now_us: int) -> None:
        """Send what is due, as far as the link takes it."""
        while (place := self._place()) is not None:
            group, at = place
            message = group.messages[at]
            is_early = message.number > self._upto and (self.stands or now_us < self._due(message))
            if is_early or not self._send(group, message, now_us):
                break
        self._give_up(place)

    def _give_up(self, place: tuple[Group, int] | None) -> None:
        """Where what it is to stand at is kept no longer, wait for it no more."""
        if self.stands and self._next is not None:
            following = None if place is None else place[0].messages[place[1]].number
            if following is None or following > self._upto:
                self._upto = min(self._upto, self._next - 1)

    def _place(self) -> tuple[Group, int] | None:
        return None if self._next is None else self.channel.history.after(self._next, self._usable)

    def _due(self, message: Message) -> int:
        before = self._sent
        if before is None or message.number <= self._upto:
            return 0
        return self._due_us + min(
            max(message.captured_us - before.captured_us, 0), _LONGEST_GAP_US
        )

    def _send(self, group: Group, message: Message, now_us: int) -> bool:
        if group is not self._group:
            self._enter(group)
        due_us = self._due(message)
        if not self._subscription.replay(message):
            return False
        # Where the link was too slow, what it was late by is not made up for.
        self._due_us = due_us if now_us - due_us < _LATE_US else now_us
        self._sent, self._next = message, message.number + 1
        return True

    def _enter(self, group: Group) -> None:
        """Announce what a group is, and send what decodes it, unless the viewer has that."""
        self._group = group
        index, name = self.channel.index, str(self.channel.rendition)
        change = RenditionChange(index, name, **group.description.as_json(), reason=_REASON)
        self._subscription.announce(dump(change))
        if group.init is not None and group.init is not self._init:
            self._subscription.replay(group.init)
        self._init = group.init
