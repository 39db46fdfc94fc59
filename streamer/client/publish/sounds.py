"""The sound of a source as it is published: AAC and Opus as they come; other sound stays here."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from streamer.errors import MediaError
from streamer.media.boxer.codecs_sound import aac_config, can_pass, is_adts, split_adts, usual_aac
from streamer.media.sample import SoundFacts, SoundSample
from streamer.publishing import PublishedSound


@dataclass(frozen=True, slots=True)
class EncodedSound:
    """A frame of sound; `pts_us` is on the pictures' time, `captured_us` by our wall clock."""

    data: bytes
    pts_us: int
    captured_us: int


class Sounds:
    """One source's sound. `form` says what it is, once that is known."""

    def __init__(self, facts: SoundFacts | None) -> None:
        self.form: PublishedSound | None = None
        self._codec = facts.codec if facts is not None and facts.passes else ""
        if facts is None or not self._codec:
            return
        facts.tap.is_open = True
        if self._codec == "opus":
            self.form = _form("opus", facts.rate, facts.channels, facts.extradata)
        elif specific := facts.extradata or usual_aac(facts.rate, facts.channels):
            self._configure(specific)

    def frames(self, sample: SoundSample) -> Iterator[EncodedSound]:
        """The frames of a sample.

        Raises:
            MediaError: they are damaged.
        """
        data = bytes(sample.packet) if sample.packet is not None else b""
        if self._codec != "aac" or not is_adts(data):
            yield EncodedSound(data, sample.pts_us, sample.captured_us)
            return
        frames = split_adts(data)
        self._configure(frames[0].config)
        for index, frame in enumerate(frames):
            pts_us = sample.pts_us + sample.duration_us * index // len(frames)
            yield EncodedSound(frame.data, pts_us, sample.captured_us)

    def _configure(self, specific: bytes) -> None:
        if not can_pass("aac", specific):
            raise MediaError("The sound is an AAC that is not published.")
        config = aac_config(specific)
        self.form = _form(config.codec, config.rate, config.channels, specific)


def _form(codec: str, rate: int, channels: int, extradata: bytes | None) -> PublishedSound:
    description = base64.b64encode(extradata).decode() if extradata else None
    return PublishedSound(codec, rate, channels, description)
