"""One viewer's sound: whether it wants any, and what it gets. Knows no socket."""

from collections.abc import Callable

from streamer.clock import Clock
from streamer.control import Sound
from streamer.hub.delivery.subscription import Port, Subscription
from streamer.hub.sound.listener import Listener
from streamer.hub.stream import Stream


class Listening:
    """The sound of a viewer; it goes where `may_send` so many bytes, and else waits."""

    def __init__(
        self,
        stream: Stream,
        subscription: Subscription,
        port: Port,
        clock: Clock,
        may_send: Callable[[int], bool],
        wait: Callable[[], None],
    ) -> None:
        self._stream = stream
        self._subscription = subscription
        self._how = port, clock, may_send, wait
        self._listener: Listener | None = None

    @property
    def is_on(self) -> bool:
        """Whether any is wanted."""
        return self._listener is not None

    @property
    def waits(self) -> bool:
        """Whether some of it waits to be sent."""
        return self._listener is not None and self._listener.waits

    def heard(self) -> None:
        """Learn that the viewer has said something."""
        if self._listener is not None:
            self._listener.heard()

    def obey(self, message: Sound) -> None:
        """Begin or stop; what is sent is chosen by `tune`."""
        if message.on:
            self.begin(message.codecs)
        else:
            self.stop()

    def begin(self, codecs: tuple[str, ...], *, records: bool = False) -> None:
        """Send what can be decoded; to who records it late rather than not."""
        if self._listener is None:
            self._listener = Listener(self._stream.sound, *self._how, records=records)
            self._subscription.beside = self._listener.pump
            self._stream.tally.listen(self._listener)
        self._listener.codecs = codecs

    def tune(self, *, is_live: bool) -> None:
        """Choose what is heard, where the source is known; sound is of now, never of the past."""
        if self._listener is None or self._stream.opened is None:
            return
        if is_live:
            self._listener.tune()
        else:
            self._listener.stop()

    def stop(self) -> None:
        """Send nothing more."""
        listener, self._listener = self._listener, None
        self._subscription.beside = None
        if listener is not None:
            listener.stop()
            self._stream.tally.unlisten(listener)
