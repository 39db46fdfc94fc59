"""Where a time lies in what a stream's channels keep, and how far back that reaches. Pure."""

from collections.abc import Iterable, Sequence

from streamer.hub.delivery.channel import Channel
from streamer.hub.past.history import Group, Spot, Usable, any_group

_APART_US = 1_000_000  # what renditions of the same time may differ by


def decoding(codecs: Sequence[str]) -> Usable:
    """Which groups can be used by who decodes these codecs."""

    def usable(group: Group) -> bool:
        return group.description.codec.partition(".")[0] in codecs

    return usable


def at(
    channels: Iterable[Channel], at_us: int, usable: Usable = any_group
) -> list[tuple[Channel, Spot]]:
    """The picture of that time (wall clock) in each channel that has it.

    It is not the last picture of a rendition that viewers had left by then.
    """
    found = [
        (channel, spot)
        for channel in channels
        if (spot := channel.history.find(at_us, usable)) is not None
        and spot.message.captured_us <= at_us
    ]
    newest_us = max((spot.message.captured_us for _, spot in found), default=0)
    return [each for each in found if newest_us - each[1].message.captured_us <= _APART_US]


def find(
    channels: Sequence[Channel], usable: Usable, at_us: int, preferred: Channel | None
) -> tuple[Channel, Spot] | None:
    """The picture of that time (wall clock) and its channel, among those that can be used.

    The preferred one where it reaches back so far; else the one with the largest pictures that
    does; else, of all, the oldest picture.
    """
    found = at(channels, at_us, usable)
    for each in found:
        if each[0] is preferred:
            return each
    if found:
        return largest(found)
    spots = ((each, each.history.find(at_us, usable)) for each in channels)
    oldest = ((each, spot) for each, spot in spots if spot is not None)
    return min(oldest, key=lambda each: each[1].message.captured_us, default=None)


def largest(found: Iterable[tuple[Channel, Spot]]) -> tuple[Channel, Spot]:
    """The one with the largest pictures at the time; of several the source's own, the first."""
    return max(found, key=lambda each: (each[1].group.description.height, -each[0].index))


def reach_us(channels: Iterable[Channel], usable: Usable, now_us: int) -> int:
    """How long ago the oldest picture that can be had was taken; zero where there is none."""
    oldest = (each.history.oldest(usable) for each in channels)
    ages_us = (now_us - each.captured_us for each in oldest if each is not None)
    return max(0, max(ages_us, default=0))  # a clock may have stepped back
