"""Which messages of the past make one file: of pictures that go on from each other. Pure."""

from typing import NamedTuple

from streamer.errors import BadMessage
from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.message import Message
from streamer.hub.past.history import Group, Spot
from streamer.wire import HEADER_SIZE

_LEFT_US = 3_000_000


class Cut(NamedTuple):
    """What lies in one file: messages that go on from each other, with their init segment."""

    init: Message
    messages: list[Message]


def cut(channel: Channel, last: Spot, start_us: int) -> Cut:
    """The groups from `start_us` (wall clock) to `last` that go into one file.

    Raises:
        BadMessage: they are JPEGs.
    """
    groups: list[Group] = []
    for group in reversed(list(channel.history)):
        if group.number > last.group.number:
            continue
        if groups and not _goes_on(group, groups[-1]):
            break
        groups.append(group)
        if group.messages[0].captured_us <= start_us:
            break
    groups.reverse()
    init = groups[0].init
    if init is None:
        raise BadMessage("JPEG pictures make no MP4; ask for another rendition.")
    upto = [each for group in groups for each in group.messages]
    return Cut(init, [each for each in upto if each.number <= last.message.number])


def _goes_on(group: Group, following: Group) -> bool:
    """Whether one file holds both: the same init segment, and times that do not start over."""
    if group.init is None or following.init is None or _was_left(group, following):
        return False
    anew = following.messages[0].begins_anew
    return not anew and group.init.data[HEADER_SIZE:] == following.init.data[HEADER_SIZE:]


def _was_left(group: Group, following: Group) -> bool:
    """Whether nobody watched for a while after the group, so that nothing of that is kept."""
    first, last = group.messages[0], group.messages[-1]
    usual_us = (last.published_us - first.published_us) / max(1, len(group.messages) - 1)
    away_us = following.messages[0].published_us - last.published_us
    return away_us > max(_LEFT_US, 4 * usual_us)
