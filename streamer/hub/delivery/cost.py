"""What a rendition costs, measured: bytes and pictures per second, the largest picture. Pure."""

from streamer.hub.delivery.message import Message

_FIRST_US = 500_000
_WINDOW_US = 2_000_000
_GAP_US = 2 * _WINDOW_US


class Cost:
    """Running figures of one channel; they stay after it stopped. `rate` is bytes per second,
    `age_us` the age of the newest picture when it was published.

    They are known half a second after the first picture, and from then on taken over two seconds
    each, so that a group's keyframe counts as often as it comes.
    """

    def __init__(self) -> None:
        self.messages = 0
        self.bytes = 0
        self.rate = 0.0
        self.fps = 0.0
        self.picture = 0.0
        self.age_us = 0
        self._since_us = 0
        self._last_us: int | None = None
        self._window_bytes = 0
        self._window_pictures = 0
        self._window_us = _FIRST_US

    def add(self, message: Message) -> None:
        """Count one published message."""
        self.messages += 1
        self.bytes += message.size
        if not message.is_picture:
            return
        # The largest picture decides how long a keyframe takes; older ones slowly count less.
        self.picture = max(self.picture * 0.995, message.size)
        self.age_us = message.age_us
        now_us = message.published_us
        if self._last_us is None or now_us - self._last_us > _GAP_US:
            self._open(now_us, _FIRST_US)
        elif now_us - self._since_us >= self._window_us:
            seconds = (now_us - self._since_us) / 1e6
            self.rate = self._window_bytes / seconds
            self.fps = self._window_pictures / seconds
            self._open(now_us, _WINDOW_US)
        self._last_us = now_us
        self._window_bytes += message.size
        self._window_pictures += 1

    def _open(self, now_us: int, window_us: int) -> None:
        self._since_us = now_us
        self._window_us = window_us
        self._window_bytes = self._window_pictures = 0
