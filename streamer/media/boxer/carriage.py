"""How a packet becomes a payload and a configuration: the part that differs by codec. Pure.

VP9 and AV1 are here, H.264 and HEVC in `nal_carriage`.
"""

import contextlib
from dataclasses import dataclass
from typing import Protocol

from streamer.errors import MediaError
from streamer.media.boxer.codecs import DecoderConfig
from streamer.media.boxer.codecs_av1 import (
    av1_config,
    drop_temporal_delimiters,
    find_sequence_header,
    is_av1_keyframe,
    split_obus,
)
from streamer.media.boxer.codecs_vp9 import is_vp9_keyframe, vp9_config

_VP9_HEADER_SIZE = 32


@dataclass(frozen=True, slots=True)
class Payload:
    """What of a packet goes into the mdat (empty: no picture), and whether one can start there."""

    data: bytes
    keyframe: bool


class Carriage(Protocol):
    """One codec's way into fragments."""

    def take(self, data: bytes) -> Payload:
        """The payload for a packet, whose parameter sets are remembered.

        Raises:
            MediaError: the packet is damaged.
        """
        ...

    def config(self) -> DecoderConfig:
        """The configuration for the keyframe taken last.

        Raises:
            MediaError: parameter sets are missing or cannot be read.
        """
        ...

    def order_seen(self, reorders: bool) -> None:
        """What timestamps show: whether pictures are reordered."""
        ...


class Vp9Carriage:
    """VP9: packets go as they are; each keyframe says all."""

    def __init__(self) -> None:
        self._keyframe = b""

    def take(self, data: bytes) -> Payload:
        """The packet itself."""
        starts = is_vp9_keyframe(data)
        if starts:
            self._keyframe = data[:_VP9_HEADER_SIZE]
        return Payload(data, starts)

    def config(self) -> DecoderConfig:
        """The configuration for the keyframe taken last."""
        return vp9_config(self._keyframe)

    def order_seen(self, reorders: bool) -> None:
        """Hidden frames do VP9's reordering; nothing to do."""


class Av1Carriage:
    """AV1: packets go without temporal delimiters; the sequence header is also configuration."""

    def __init__(self, extradata: bytes | None) -> None:
        self._sequence_header: bytes | None = None
        with contextlib.suppress(MediaError):
            self._sequence_header = find_sequence_header(split_obus(extradata or b""))

    def take(self, data: bytes) -> Payload:
        """The packet without temporal delimiters."""
        units = split_obus(data)
        starts = is_av1_keyframe(units)
        if starts:
            self._sequence_header = find_sequence_header(units) or self._sequence_header
        return Payload(drop_temporal_delimiters(data, units), starts)

    def config(self) -> DecoderConfig:
        """The configuration for the sequence header seen last."""
        if self._sequence_header is None:
            raise MediaError("The AV1 video has not sent its sequence header yet.")
        return av1_config(self._sequence_header)

    def order_seen(self, reorders: bool) -> None:
        """Hidden frames do AV1's reordering; nothing to do."""
