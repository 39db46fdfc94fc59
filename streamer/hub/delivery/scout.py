"""Look out for a keyframe of another rendition, so that a viewer climbs without a pause."""

from collections.abc import Callable

from streamer.hub.delivery.channel import Channel
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.subscription import Subscription

FRESH_US = 250_000


class Scout:
    """A sink that waits for a live keyframe; `on_keyframe` is called once it begins the group.

    A source's own group is sent again from its beginning when somebody asks for it, as fast as
    can be: its keyframe is old, and following it would put seconds of pictures on the link. So it
    has to be taken since `since_us` (wall clock), when the scout left, or be hardly older than
    `usual_us`, the age of what the viewer gets now.
    """

    def __init__(
        self, channel: Channel, usual_us: int, since_us: int, on_keyframe: Callable[[], None]
    ) -> None:
        self.channel = channel
        self._oldest_us = usual_us + FRESH_US
        self._since_us = since_us
        self._on_keyframe = on_keyframe

    def tell(self, text: str) -> None:
        """Nobody to tell."""

    def offer(self, message: Message) -> Subscription | None:
        """Look at one message."""
        if message.is_picture and message.is_key and self._is_live(message):
            self._on_keyframe()
        return None

    def _is_live(self, message: Message) -> bool:
        # A keyframe is large: from a camera on a slow link it is always older than the others.
        return message.age_us <= self._oldest_us or message.captured_us >= self._since_us
