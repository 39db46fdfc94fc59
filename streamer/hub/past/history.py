"""The last seconds of one rendition, kept as the very messages that were fanned out.

Messages lie in groups, each with what is needed to decode it, so that the past survives a source
that restarts or changes its codec. To keep one more message is to append it to a list; only a
keyframe, which begins a group, looks at what has become too old. Whole groups go, the oldest
first: what is kept always starts with a keyframe.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from streamer.hub.delivery.message import Message
from streamer.rendition import Description

DEFAULT_S = 30.0
DEFAULT_MB = 64
OVERHEAD_BYTES = 768  # of the objects around one message, measured


class Group:
    """A keyframe and all that depends on it; `description` and `init` say how to decode it."""

    __slots__ = ("description", "init", "messages", "size")

    def __init__(self, description: Description, init: Message | None, first: Message) -> None:
        self.description = description
        self.init = init
        self.messages = [first]
        self.size = first.size

    @property
    def number(self) -> int:
        """The number of its first message; the others follow without a gap."""
        return self.messages[0].number

    @property
    def next(self) -> int:
        """The number of the message that would be its next."""
        return self.messages[-1].number + 1

    def shown(self) -> list[Message]:
        """Its messages in the order in which their pictures are shown."""
        return sorted(self.messages, key=_pts_us)


Usable = Callable[[Group], bool]


def any_group(_group: Group) -> bool:
    """Whether who decodes everything can use a group."""
    return True


class Spot(NamedTuple):
    """One picture of the past, and the group that it needs."""

    group: Group
    message: Message


class History:
    """The groups of the last `max_us`, of at most `max_bytes`; the last one is being filled.

    With `max_us` zero only that one is kept. As a source may change its codec, who looks for
    pictures says which groups it can use.
    """

    def __init__(self, max_us: int, max_bytes: int) -> None:
        self._max_us = max_us
        self._max_bytes = max_bytes
        self._groups: deque[Group] = deque()
        self.group: Group | None = None
        self.size = 0

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups)

    @property
    def span_us(self) -> int:
        """From the first message that is kept to the last."""
        if not self._groups:
            return 0
        first, last = self._groups[0].messages[0], self._groups[-1].messages[-1]
        return last.published_us - first.published_us

    def oldest(self, usable: Usable = any_group) -> Message | None:
        """The first message that is kept, a keyframe."""
        return next((each.messages[0] for each in self._groups if usable(each)), None)

    @property
    def newest(self) -> Message | None:
        """The last message that is kept."""
        return self._groups[-1].messages[-1] if self._groups else None

    def begin(self, description: Description, init: Message | None, first: Message) -> None:
        """Begin a group with a keyframe; what has become too old is forgotten."""
        self.group = Group(description, init, first)
        self._groups.append(self.group)
        self.size += first.size + OVERHEAD_BYTES
        oldest_us = first.published_us - self._max_us
        while len(self._groups) > 1 and self._groups[1].messages[0].published_us <= oldest_us:
            self._drop()
        self._fit()

    def add(self, message: Message) -> None:
        """Take the next message of the group that was begun; without one it is of no use."""
        group = self.group
        if group is not None:
            group.messages.append(message)
            group.size += message.size
            self.size += message.size + OVERHEAD_BYTES
            self._fit()

    def end(self) -> None:
        """End the group: what comes next does not go on with it. With no past, forget it."""
        self.group = None
        if self._max_us == 0:
            self.clear()

    def trim(self, now_us: int) -> None:
        """Forget groups that ended too long ago, where no further one comes."""
        oldest_us = now_us - self._max_us
        while self._groups and self._groups[0].messages[-1].published_us <= oldest_us:
            self._drop()

    def clear(self) -> None:
        """Forget everything."""
        self._groups.clear()
        self.group = None
        self.size = 0

    def find(self, captured_us: int, usable: Usable = any_group) -> Spot | None:
        """The picture that was the newest at that time (wall clock), else the oldest there is."""
        for group in reversed(self._groups):
            if group.messages[0].captured_us <= captured_us and usable(group):
                before = [each for each in group.messages if each.captured_us <= captured_us]
                # Those that are shown between others may have come after them.
                return Spot(group, max(before, key=lambda each: each.captured_us))
        oldest = (Spot(each, each.shown()[0]) for each in self._groups if usable(each))
        return next(oldest, None)

    def shift(self, spot: Spot, frames: int, usable: Usable = any_group) -> Spot:
        """The picture that is shown so many after this one, or as near to it as there are any."""
        groups = list(filter(usable, self._groups))
        at = groups.index(spot.group)
        while True:
            shown = groups[at].shown()
            index = shown.index(spot.message) + frames
            if 0 <= index < len(shown):
                return Spot(groups[at], shown[index])
            following = at + (1 if index > 0 else -1)
            if not 0 <= following < len(groups):
                return Spot(groups[at], shown[-1 if index > 0 else 0])
            frames = index - len(shown) if index > 0 else index + 1
            at = following
            spot = Spot(groups[at], groups[at].shown()[0 if index > 0 else -1])

    def after(self, number: int, usable: Usable = any_group) -> tuple[Group, int] | None:
        """The group of the message of that number and its place there, or of the next one kept."""
        groups = self._groups
        at = bisect_right(groups, number, key=lambda group: group.number) - 1
        if at >= 0 and number < groups[at].next and usable(groups[at]):
            return groups[at], number - groups[at].number
        following = islice(groups, at + 1, None)
        return next(((each, 0) for each in following if usable(each)), None)

    def _fit(self) -> None:
        while self.size > self._max_bytes:
            self._drop()

    def _drop(self) -> None:
        oldest = self._groups.popleft()
        self.size -= oldest.size + OVERHEAD_BYTES * len(oldest.messages)
        if oldest is self.group:
            self.group = None


def _pts_us(message: Message) -> int:
    return message.pts_us
