"""What media messages become in one live MP4, sound included."""

from collections.abc import Iterator

from streamer.clock import Clock
from streamer.hub.delivery.message import Message
from streamer.hub.stream import Stream
from streamer.media.boxer.tracks import as_second, join
from streamer.wire import Kind, unpack, unpack_meta

PATIENCE_US = 1_000_000  # for sound that the source is said to have
_SOUND = (int(Kind.AUDIO_INIT), int(Kind.AUDIO_FRAGMENT))
_FOREVER = 1 << 62


def payload(message: Message) -> bytes:
    """What a message carries, without the metadata of its picture."""
    return bytes(picture(message))


def picture(message: Message) -> memoryview:
    """The payload without the metadata that may come first, which no file format here holds."""
    return unpack_meta(*unpack(message.data))[1]


def is_sound(message: Message) -> bool:
    """Whether it is of the sound."""
    return message.kind in _SOUND


class Mp4:
    """The parts of one fragmented MP4, which ends where it cannot go on.

    A file says in its beginning whether it holds sound. So where the stream has sound, nothing is
    given out before that is there, or has not come for a while. It begins with the pictures, as
    far as it is kept.
    """

    hears = True

    def __init__(self, stream: Stream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._since_us = clock.monotonic_us()
        self._init: Message | None = None
        self._sound_init: Message | None = None
        self._held: list[Message] = []
        self._is_open = False
        self._begun: set[bool] = set()  # which of pictures (False) and sound (True)
        self._heard = -1  # the number of the last message of sound in the file

    def take(self, message: Message) -> bytes | None:
        """What is to be sent now; None where the file ends before this message."""
        if self._begins_anew(message):
            return None
        if self._is_open:
            return self._box(message)
        self._hold(message)
        return self._open() if self._is_ready() else b""

    def rest(self) -> bytes:
        """What is left to be sent of a file that ends."""
        return b"" if self._is_open or self._init is None else self._open()

    def _begins_anew(self, message: Message) -> bool:
        """Whether it has another init segment than the file, or its times start over."""
        sound = is_sound(message)
        known = self._sound_init if sound else self._init
        if self._is_open and sound and known is None:
            return False
        if _is_init(message):
            return known is not None and payload(message) != payload(known)
        anew = sound in self._begun and message.begins_anew
        self._begun.add(sound)
        return anew

    def _hold(self, message: Message) -> None:
        if not _is_init(message):
            self._held.append(message)
        elif is_sound(message):
            self._sound_init = message
        else:
            self._init = message

    def _is_ready(self) -> bool:
        if self._init is None or not self._stream.sound.offered():
            return self._init is not None
        waited_us = self._clock.monotonic_us() - self._since_us
        has_sound = self._sound_init is not None or waited_us >= PATIENCE_US
        return has_sound and any(not is_sound(each) for each in self._held)

    def _open(self) -> bytes:
        assert self._init is not None  # noqa: S101  # or it is not ready
        self._is_open = True
        init = payload(self._init)
        if self._sound_init is not None:
            init = join(init, payload(self._sound_init))
        held, self._held = self._held, []
        return b"".join((init, *map(self._box, self._kept(held)), *map(self._box, held)))

    def _kept(self, held: list[Message]) -> Iterator[Message]:
        """The sound that was kept since the first picture."""
        first = next((each for each in held if not is_sound(each)), None)
        for stretch in self._stream.sound.past:
            if first is not None and stretch.init is self._sound_init:
                yield from stretch.between(first.pts_us, _FOREVER)

    def _box(self, message: Message) -> bytes:
        if _is_init(message):
            return b""
        if not is_sound(message):
            return payload(message)
        if self._sound_init is None or message.number <= self._heard:
            return b""
        self._heard = message.number
        return as_second(payload(message))


def _is_init(message: Message) -> bool:
    return message.kind in (Kind.INIT, Kind.AUDIO_INIT)
