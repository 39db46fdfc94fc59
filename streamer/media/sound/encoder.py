"""Frames of sound to Opus packets of 20 ms, on the media time of the frames."""

from dataclasses import dataclass

import av
from av.error import FFmpegError

from streamer.errors import MediaError
from streamer.media.boxer.codecs_sound import OPUS_RATE

PACKET_US = 20_000
_SAMPLES = OPUS_RATE * PACKET_US // 1_000_000
_BITRATE_BPS = 40_000  # for each channel; transparent for speech, and good for music
# Beyond it, sound is missing or doubled, and time begins anew.
_JUMP_US = 30_000
_PRE_SKIP_AT = 10  # RFC 7845, 5.1: samples at 48 kHz, little-endian


@dataclass(frozen=True, slots=True)
class OpusPacket:
    """One encoded packet; `pts_us` is the media time of the first sample that it decodes to."""

    data: bytes
    pts_us: int


class OpusEncoder:
    """Encodes frames of any rate and format as mono or stereo Opus at 48 kHz."""

    def __init__(self, channels: int) -> None:
        self.channels = min(channels, 2)
        layout = "mono" if self.channels == 1 else "stereo"
        self._context = av.CodecContext.create("libopus", "w")
        self._context.sample_rate = OPUS_RATE
        self._context.layout = layout
        self._context.format = "s16"
        self._context.bit_rate = _BITRATE_BPS * self.channels
        self._context.options = {"frame_duration": "20"}
        self._context.open()
        self._layout = layout
        self._resampler = self._new_resampler()
        self._form: tuple[str, str, int] | None = None
        self._fifo = av.AudioFifo()
        self._due_us: int | None = None
        ahead = self.head[_PRE_SKIP_AT : _PRE_SKIP_AT + 2]
        self._ahead_us = int.from_bytes(ahead, "little") * 1_000_000 // OPUS_RATE

    @property
    def head(self) -> bytes:
        """The identification header."""
        return bytes(self._context.extradata or b"")

    def encode(self, frame: av.AudioFrame, pts_us: int) -> list[OpusPacket]:
        """The packets that this frame completes.

        Raises:
            MediaError: it cannot be resampled or encoded.
        """
        try:
            self._take(frame, pts_us)
            return self._give()
        except (FFmpegError, ValueError) as exc:
            raise MediaError("The sound cannot be encoded.") from exc

    def _take(self, frame: av.AudioFrame, pts_us: int) -> None:
        held_us = self._fifo.samples * 1_000_000 // OPUS_RATE
        if self._due_us is None or abs(self._due_us + held_us - pts_us) > _JUMP_US:
            self._fifo = av.AudioFifo()
            self._due_us = pts_us
        form = frame.format.name, frame.layout.name, frame.sample_rate
        if form != self._form:  # a resampler takes one alone
            self._form, self._resampler = form, self._new_resampler()
        frame.pts = None
        for resampled in self._resampler.resample(frame):
            resampled.pts = None
            self._fifo.write(resampled)

    def _new_resampler(self) -> av.AudioResampler:
        return av.AudioResampler("s16", self._layout, OPUS_RATE)

    def _give(self) -> list[OpusPacket]:
        packets: list[OpusPacket] = []
        while self._due_us is not None and (block := self._fifo.read(_SAMPLES)) is not None:
            block.pts = None
            for packet in self._context.encode(block):
                packets.append(OpusPacket(bytes(packet), self._due_us - self._ahead_us))
                self._due_us += PACKET_US
        return packets
