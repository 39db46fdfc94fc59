"""H.264 and HEVC packets as samples, their parameter sets as configuration. Pure.

NAL units get 4-byte lengths. Parameter sets leave the samples for the
configuration (avc1 and hvc1 forbid them in samples), delimiters and filler go away. Parameter sets
that change in the middle of a group stay in the sample too, or the pictures before the next
keyframe could not be decoded.

An H.264 SPS that promises nothing about reordering makes decoders hold pictures back, so where a
stream surely does not reorder it is given one that does. Sure is:
- pic_order_cnt_type 2: pictures are shown in the order they are decoded in, by definition
  (H.264 section 8.2.1.3), whatever else the SPS announces;
- Baseline (profile_idc 66), which has no B slices, unless the caller knows that it reorders;
- the caller's word, or timestamps that keep their distance for a while, where the SPS is silent.
Most cameras are of the last kind: High profile, no B-frames, and no word about it. Should an
adaptive encoder send B-frames after all, the next keyframe brings the stream's own SPS back. Only
what is announced is rewritten; nothing that decodes pictures changes.
"""

import contextlib

from streamer.errors import MediaError
from streamer.media.boxer.bitstream import (
    HevcNal,
    is_annexb,
    join_length_prefixed,
    split_annexb,
    split_length_prefixed,
)
from streamer.media.boxer.carriage import Payload
from streamer.media.boxer.codecs import DecoderConfig
from streamer.media.boxer.codecs_h26x import h264_config, hevc_config
from streamer.media.boxer.nal_syntax import H264, HEVC
from streamer.media.boxer.sps import Sps, parse_sps, rewrite_without_reordering

_BASELINE = 66
_FOLLOWS_DECODING = 2
_SLICE_HEAD = 32

_Sets = dict[tuple[int, int], bytes]


class NalCarriage:
    """`h264` or `hevc`. Implements `carriage.Carriage`."""

    def __init__(self, codec: str, extradata: bytes | None, reorders: bool | None) -> None:
        self._syntax = H264 if codec == "h264" else HEVC
        self._reorders = reorders
        self._sets: _Sets = {}
        self._unsent: _Sets = {}
        self._first_slice = b""
        self._length_size: int | None = None
        self._built_from: object = None
        self._built: DecoderConfig | None = None
        if extradata:
            self._open(extradata)

    def take(self, data: bytes) -> Payload:
        """The packet's NAL units behind 4-byte lengths, without parameter sets.

        Raises:
            MediaError: the packet or a parameter set in it is damaged.
        """
        kept = [nal for nal in self._split(data) if self._keep(nal)]
        kinds = [self._syntax.type_of(nal) for nal in kept]
        if not any(kind in self._syntax.pictures for kind in kinds):
            return Payload(b"", keyframe=False)
        starts = [
            nal for nal, kind in zip(kept, kinds, strict=True) if kind in self._syntax.starts
        ]
        if starts:
            self._first_slice = starts[0][:_SLICE_HEAD]
        elif self._unsent:
            kept = [*self._unsent.values(), *kept]
        self._unsent.clear()
        return Payload(join_length_prefixed(kept), keyframe=bool(starts))

    def config(self) -> DecoderConfig:
        """The configuration for the keyframe taken last.

        Raises:
            MediaError: parameter sets are missing or cannot be read.
        """
        active = self._active_sps()
        source = (active, self._reorders, *self._sets.items())
        if self._built is None or source != self._built_from:
            self._built = self._build(active)
            self._built_from = source
        return self._built

    def order_seen(self, reorders: bool) -> None:
        """Take back the promise of no reordering, or give it where nothing is known."""
        if reorders or self._reorders is None:
            self._reorders = reorders

    def _open(self, extradata: bytes) -> None:
        """Extradata that cannot be read counts as missing: most streams repeat it."""
        with contextlib.suppress(MediaError):
            record = self._syntax.read_record(extradata)
            self._length_size = record.length_size
            for nal in record.nals:
                self._keep(nal)
        self._unsent.clear()

    def _split(self, data: bytes) -> list[bytes]:
        if self._length_size is not None:
            return split_length_prefixed(data, self._length_size)
        return split_annexb(data) if is_annexb(data) else split_length_prefixed(data)

    def _keep(self, nal: bytes) -> bool:
        """Whether it stays in the sample; parameter sets are remembered instead."""
        kind = self._syntax.type_of(nal)
        if kind in self._syntax.sets:
            key = kind, self._syntax.id_of(kind, nal)
            if self._sets.get(key) != nal:
                self._sets[key] = self._unsent[key] = nal
            return False
        return kind not in self._syntax.dropped

    def _of(self, kind: int) -> list[tuple[int, bytes]]:
        return [(key[1], nal) for key, nal in self._sets.items() if key[0] == kind]

    def _active_sps(self) -> int:
        """The id of the SPS that the keyframe uses, by way of the PPS that its slices name."""
        sps = self._of(self._syntax.sps)
        if len(sps) < 2 or not self._first_slice:
            return sps[0][0] if sps else 0
        pps = self._sets.get((self._syntax.pps, self._syntax.pps_of_slice(self._first_slice)))
        if pps is None:
            raise MediaError("This keyframe uses a parameter set that was never sent.")
        return self._syntax.sps_of_pps(pps)

    def _build(self, active: int) -> DecoderConfig:
        syntax = self._syntax
        by_use = sorted(self._of(syntax.sps), key=lambda item: item[0] != active)
        sps = [nal for _, nal in by_use]
        pps = [nal for _, nal in self._of(syntax.pps)]
        if syntax is H264:
            return h264_config([self._without_reordering(nal) for nal in sps], pps)
        return hevc_config([nal for _, nal in self._of(HevcNal.VPS)], sps, pps)

    def _without_reordering(self, nal: bytes) -> bytes:
        return rewrite_without_reordering(nal) if self._is_sure(parse_sps(nal)) else nal

    def _is_sure(self, sps: Sps) -> bool:
        if sps.pic_order_cnt_type == _FOLLOWS_DECODING:
            return True
        if self._reorders or sps.num_reorder_frames is not None:
            return False
        return self._reorders is False or sps.profile_idc == _BASELINE
