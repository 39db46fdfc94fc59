"""The forms of a source's sound: each takes samples and sends wire messages."""

from collections.abc import Callable
from typing import Protocol

from streamer.clock import Clock
from streamer.errors import MediaError
from streamer.media.border_end import BorderEnd
from streamer.media.boxer.codecs_sound import (
    SoundConfig,
    aac_config,
    is_adts,
    opus_config,
    split_adts,
)
from streamer.media.boxer.fragment import fragment, sound_init_segment
from streamer.media.sample import SoundFacts, SoundSample
from streamer.media.sound.decoder import SoundDecoder
from streamer.media.sound.encoder import PACKET_US, OpusEncoder
from streamer.sound import Form, SoundDescription
from streamer.wire import Flags, Header, Kind, pack


class SoundOutput(Protocol):
    """One form of the sound."""

    def push(self, sample: SoundSample) -> None:
        """Send what the sample becomes.

        Raises:
            MediaError: it cannot be used.
        """
        ...


class SoundSender:
    """Boxes, packs and sends the frames of one form."""

    def __init__(self, form: Form, border: BorderEnd, clock: Clock) -> None:
        self._form = form
        self._border = border
        self._clock = clock
        self._config: SoundConfig | None = None
        self._count = 0

    def begin(self, config: SoundConfig, pts_us: int, captured_us: int) -> None:
        """Say what follows, and send its init segment, when it differs from before."""
        if config == self._config:
            return
        self._config = config
        description = SoundDescription(config.codec, config.rate, config.channels)
        self._border.describe_sound(self._form, description)
        self._send(Kind.AUDIO_INIT, sound_init_segment(config), pts_us, captured_us)

    def send(self, data: bytes, pts_us: int, duration_us: int, captured_us: int) -> None:
        """Send one frame of sound; one from before the beginning of time is left out."""
        if pts_us < 0:
            return
        self._count += 1
        boxed = fragment(self._count, pts_us, duration_us, 0, True, data)
        self._send(Kind.AUDIO_FRAGMENT, boxed, pts_us, captured_us)

    def _send(self, kind: Kind, payload: bytes, pts_us: int, captured_us: int) -> None:
        flags = Flags.KEYFRAME if kind is Kind.AUDIO_FRAGMENT else Flags.NONE
        encoded_us = self._clock.wall_us() - captured_us
        header = Header(kind, flags, self._form.number, 0, pts_us, captured_us, encoded_us)
        self._border.send_media(pack(header, payload))


class AacOutput:
    """AAC, untouched but for ADTS headers, which become the configuration."""

    def __init__(self, sender: SoundSender, facts: SoundFacts) -> None:
        self._sender = sender
        self._specific = facts.extradata

    def push(self, sample: SoundSample) -> None:
        """Send the frames of the packet."""
        data = bytes(sample.packet) if sample.packet is not None else b""
        if not is_adts(data):
            self._send(self._specific or b"", data, sample.pts_us, sample)
            return
        frames = split_adts(data)
        for index, frame in enumerate(frames):
            pts_us = sample.pts_us + sample.duration_us * index // len(frames)
            self._send(frame.config, frame.data, pts_us, sample, len(frames))

    def _send(
        self, specific: bytes, data: bytes, pts_us: int, sample: SoundSample, parts: int = 1
    ) -> None:
        self._sender.begin(aac_config(specific), pts_us, sample.captured_us)
        self._sender.send(data, pts_us, sample.duration_us // parts, sample.captured_us)


class OpusCopyOutput:
    """Opus, untouched."""

    def __init__(self, sender: SoundSender, facts: SoundFacts) -> None:
        self._sender = sender
        self._config = opus_config(facts.extradata, facts.channels)

    def push(self, sample: SoundSample) -> None:
        """Send the packet."""
        if sample.packet is None:
            return
        self._sender.begin(self._config, sample.pts_us, sample.captured_us)
        data = bytes(sample.packet)
        self._sender.send(data, sample.pts_us, sample.duration_us, sample.captured_us)


class OpusOutput:
    """Whatever the source has, as Opus."""

    def __init__(self, sender: SoundSender, facts: SoundFacts) -> None:
        self._sender = sender
        self._decoder = SoundDecoder(facts)
        self._encoder = OpusEncoder(facts.channels or 2)
        self._config = opus_config(self._encoder.head)

    def push(self, sample: SoundSample) -> None:
        """Decode, encode and send."""
        for frame, at_us in self._decoder.decode(sample):
            for packet in self._encoder.encode(frame, at_us):
                self._sender.begin(self._config, packet.pts_us, sample.captured_us)
                captured_us = sample.captured_us + packet.pts_us - sample.pts_us
                self._sender.send(packet.data, packet.pts_us, PACKET_US, captured_us)


def open_output(form: Form, facts: SoundFacts, border: BorderEnd, clock: Clock) -> SoundOutput:
    """One form of a source's sound.

    Raises:
        MediaError: this sound cannot be had in that form.
    """
    sender = SoundSender(form, border, clock)
    if form is Form.OPUS:
        return OpusOutput(sender, facts)
    copies: dict[str, Callable[[SoundSender, SoundFacts], SoundOutput]] = {
        "aac": AacOutput,
        "opus": OpusCopyOutput,
    }
    if facts.codec not in copies:
        raise MediaError(f"{facts.codec} sound does not pass through; ask for it as Opus.")
    return copies[facts.codec](sender, facts)
