"""Where a time lies in what a stream's channels keep, and how far back that reaches. Pure."""

from collections.abc import Iterable, Sequence

from streamer.hub.delivery.channel import Channel
from streamer.hub.past.history import Spot


def find(
    channels: Iterable[Channel], codecs: Sequence[str], at_us: int, preferred: Channel | None
) -> tuple[Channel, Spot] | None:
    """The picture of that time (wall clock) and its channel, among those that can be decoded.

    The preferred one where it reaches back so far; else the one with the largest pictures that
    does; else, of all, the oldest picture.
    """
    found = [
        (channel, spot)
        for channel in channels
        if _decodes(codecs, channel) and (spot := channel.history.find(at_us)) is not None
    ]
    reaching = [each for each in found if each[1].message.captured_us <= at_us]
    for each in reaching:
        if each[0] is preferred:
            return each
    if reaching:
        return max(reaching, key=lambda each: each[0].description.height)
    return min(found, key=lambda each: each[1].message.captured_us, default=None)


def reach_us(channels: Iterable[Channel], codecs: Sequence[str], now_us: int) -> int:
    """How long ago the oldest picture that can be had was taken; zero where there is none."""
    oldest = (each.history.oldest for each in channels if _decodes(codecs, each))
    return max((now_us - each.captured_us for each in oldest if each is not None), default=0)


def _decodes(codecs: Sequence[str], channel: Channel) -> bool:
    return channel.description.codec.partition(".")[0] in codecs
