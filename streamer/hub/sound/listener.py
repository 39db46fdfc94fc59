"""One viewer's share of a stream's sound: bounded, lossy, counted, and behind no picture's back.

Sound goes only while the pictures' pacing would let more of them go, so that it cannot grow a
backlog in front of pictures, nor be one itself: what has waited for `WAIT_US` is dropped, the
oldest first. It is not acknowledged, so whoever has said nothing for `SILENCE_US` (a ping comes
more often) is sent nothing: a page that sleeps would find seconds of the past.

Who records wants it whole rather than young, and says nothing at all: what is sent to such a
listener waits for as long as pictures do.

Tried and rejected: to look at the port's unsent bytes alone. On a slow link they are nought while
seconds wait in other machines' buffers, and sound then takes pictures the way.
"""

from collections import Counter, deque
from collections.abc import Callable

from streamer.clock import Clock
from streamer.control import SoundChange, dump
from streamer.hub.delivery.message import Message
from streamer.hub.delivery.subscription import Port
from streamer.hub.sound.channel import Sound, SoundChannel
from streamer.wire import Kind

WAIT_US = 300_000
SILENCE_US = 5_000_000
RECORDING_WAIT_US = 10_000_000
_INIT = int(Kind.AUDIO_INIT)
_SILENT = "This stream has no sound."
_UNDECODABLE = "This stream has no sound that the viewer can decode."


class Listener:
    """A viewer's ear, and which form of sound it gets, of those that it can decode (`codecs`).

    `may_send` says whether so many bytes may go now; `on_wait` is called when something waits, so
    that `pump` is called before long. One that `records` is patient.
    """

    def __init__(
        self,
        sound: Sound,
        port: Port,
        clock: Clock,
        may_send: Callable[[int], bool],
        on_wait: Callable[[], None],
        *,
        records: bool = False,
    ) -> None:
        self._records = records
        self._wait_us = RECORDING_WAIT_US if records else WAIT_US
        self.codecs: tuple[str, ...] = ()
        self.sent = 0
        self.dropped: Counter[str] = Counter()
        self._sound = sound
        self._port = port
        self._clock = clock
        self._may_send = may_send
        self._on_wait = on_wait
        self._channel: SoundChannel | None = None
        self._waiting: deque[Message] = deque()
        self._heard_us = clock.monotonic_us()

    @property
    def waits(self) -> bool:
        """Whether anything waits to be sent."""
        return bool(self._waiting)

    def tune(self) -> None:
        """Choose among what the stream has now."""
        self.stop()
        channel = self._sound.choose(self.codecs)
        if channel is None:
            reason = _UNDECODABLE if self._sound.codec else _SILENT
            self.tell(dump(SoundChange(reason=reason)))
            return
        self._channel = channel
        self._sound.subscribe(channel, self)

    def stop(self) -> None:
        """Be sent nothing more for now."""
        channel, self._channel = self._channel, None
        self._waiting.clear()
        if channel is not None:
            self._sound.unsubscribe(channel, self)

    def heard(self) -> None:
        """The viewer has said something."""
        self._heard_us = self._clock.monotonic_us()

    def tell(self, text: str) -> None:
        """Pass on one control message."""
        self._port.send_text(text)

    def offer(self, message: Message) -> None:
        """Send one message of sound, keep it for a moment, or drop it."""
        is_init = message.kind == _INIT
        silent_us = 0 if self._records else message.published_us - self._heard_us
        if not is_init and silent_us > SILENCE_US:
            self.dropped["silence"] += 1
            return
        if is_init:
            self._waiting.clear()
        if is_init or (not self._waiting and self._may_send(message.size)):
            self._send(message)
            return
        self._waiting.append(message)
        self._drop_late(message.published_us)
        self._on_wait()

    def pump(self) -> None:
        """Send what waits, once there is room."""
        if not self._waiting:
            return
        self._drop_late(self._clock.monotonic_us())
        while self._waiting and self._may_send(self._waiting[0].size):
            self._send(self._waiting.popleft())

    def _send(self, message: Message) -> None:
        self.sent += 1
        self._port.send(message)

    def _drop_late(self, now_us: int) -> None:
        while self._waiting and now_us - self._waiting[0].published_us > self._wait_us:
            self._waiting.popleft()
            self.dropped["late"] += 1
