"""The live fan-out of a stream's sound: one channel for each form, and nothing while none listens.

Sound is small and has no groups: each message can be decoded by itself once the init segment is
known. So there is no cache, no ride and no account here; pictures have those to themselves. While
pictures are kept for those who want the past, sound is kept beside them, in one form.
"""

from collections.abc import Callable
from typing import Protocol

from streamer import wire
from streamer.clock import Clock
from streamer.control import SoundChange, dump
from streamer.errors import MediaError
from streamer.hub.delivery.message import Message
from streamer.hub.past.soundtrack import Soundtrack
from streamer.sound import CODECS, Form, SoundDescription, choose, form_at, offered
from streamer.wire import KIND_AT, RENDITION_AT, Flags, Kind

_INIT = int(Kind.AUDIO_INIT)


class Ear(Protocol):
    """Somebody who listens. Both calls return at once."""

    def tell(self, text: str) -> None:
        """Take one control message."""
        ...

    def offer(self, message: Message) -> None:
        """Take one message of sound."""
        ...


class SoundChannel:
    """One form of a stream's sound, live."""

    def __init__(self, form: Form, clock: Clock) -> None:
        self.form = form
        self.published = 0
        self._clock = clock
        self._ears: dict[Ear, None] = {}
        self._description = SoundDescription()
        self.init: Message | None = None
        self._discontinuity = False

    @property
    def ears(self) -> int:
        """How many listen."""
        return len(self._ears)

    def subscribe(self, ear: Ear) -> None:
        """Let somebody listen; what is known of the sound is told at once."""
        self._ears[ear] = None
        if self._description.codec:
            ear.tell(self._announcement())
        if self.init is not None:
            ear.offer(self.init)

    def unsubscribe(self, ear: Ear) -> None:
        """Let somebody go; unknown ones are ignored."""
        self._ears.pop(ear, None)

    def describe(self, description: SoundDescription) -> None:
        """Take what the next messages are, and tell everybody."""
        self._description = description
        for ear in tuple(self._ears):
            ear.tell(self._announcement())

    def publish(self, data: bytearray) -> Message:
        """Stamp and fan out one message from the worker; it as it was sent."""
        message = self._stamp(data)
        if message.kind == _INIT:
            self.init = message
        for ear in tuple(self._ears):
            ear.offer(message)
        return message

    def restart(self) -> None:
        """Forget what the last worker sent."""
        self._description, self.init = SoundDescription(), None
        self._discontinuity = self.published > 0

    def _stamp(self, data: bytearray) -> Message:
        flags = 0
        if self._discontinuity and data[KIND_AT] != _INIT:
            flags, self._discontinuity = Flags.DISCONTINUITY, False
        age_us = wire.stamp(data, self.published, self._clock.wall_us(), flags)
        message = Message(data, self.published, self._clock.monotonic_us(), age_us)
        self.published += 1
        return message

    def _announcement(self) -> str:
        return dump(SoundChange(**self._description.as_json()))


class Sound:
    """All that can be heard of a stream, and in `past` what could be.

    `on_change` is called when the demand has changed.
    """

    def __init__(self, clock: Clock, on_change: Callable[[], None], past: Soundtrack) -> None:
        self.codec = ""
        self.past = past
        self._kept: Form | None = None
        self._on_change = on_change
        self._channels = {form: SoundChannel(form, clock) for form in Form}

    @property
    def listeners(self) -> int:
        """How many listen."""
        return sum(channel.ears for channel in self._channels.values())

    @property
    def published(self) -> int:
        """Messages that workers have sent."""
        return sum(channel.published for channel in self._channels.values())

    def offered(self) -> tuple[str, ...]:
        """The sample entries in which it can be had."""
        return offered(self.codec)

    def choose(self, codecs: tuple[str, ...]) -> SoundChannel | None:
        """The channel for somebody who decodes these; None where there is none."""
        form = choose(self.codec, codecs)
        return None if form is None else self._channels[form]

    def demand(self) -> tuple[str, ...]:
        """The forms that somebody listens to, and the one that is kept."""
        channels = self._channels.items()
        return tuple(form for form, each in channels if each.ears or form is self._kept)

    def keep(self, wanted: bool) -> None:
        """Keep what is heard from now on, untouched where that can be, or keep no more of it."""
        self._kept = choose(self.codec, CODECS) if wanted else None
        if not wanted:
            self.past.trim()

    def subscribe(self, channel: SoundChannel, ear: Ear) -> None:
        """Let somebody listen."""
        channel.subscribe(ear)
        self._on_change()

    def unsubscribe(self, channel: SoundChannel, ear: Ear) -> None:
        """Let somebody go."""
        channel.unsubscribe(ear)
        self._on_change()

    def describe(self, form: str, description: SoundDescription) -> None:
        """Take what the next messages of a form are."""
        self._channels[Form(form)].describe(description)

    def publish(self, message: bytearray) -> None:
        """Fan out one message of the worker.

        Raises:
            MediaError: it is of no form of sound.
        """
        form = form_at(message[RENDITION_AT])
        if form is None:
            raise MediaError(f"A worker sent sound as rendition {message[RENDITION_AT]}.")
        channel = self._channels[form]
        published = channel.publish(message)
        if form is self._kept and channel.init is not None and published is not channel.init:
            self.past.add(channel.init, published)

    def restart(self) -> None:
        """Forget what the last worker sent."""
        for channel in self._channels.values():
            channel.restart()
