"""Open anything that the allow-list lets through, and read its packets on one timeline.

Opening is tuned for the first picture: small probes for live protocols (RTSP opens in a quarter of
the time), and never `fflags=nobuffer`, which throws the probed keyframe away. Every wait has a
timeout; what still hangs inside FFmpeg is ended by the hub, which kills this process.

Files and HLS arrive faster than life and are paced by their timestamps, and so are pipes that turn
out to be fed from a file; everything else is passed on the moment it comes.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from streamer.address import Address, Scheme, SourceSpec
from streamer.clock import Clock
from streamer.errors import SourceError, SourceLost
from streamer.media.ingest.access import Access, access_to
from streamer.media.ingest.arrival import Arrivals
from streamer.media.ingest.container import open_container
from streamer.media.ingest.explain import (
    explain_index_last,
    explain_no_picture,
    explain_read,
    explain_silence,
)
from streamer.media.ingest.identity import Identity
from streamer.media.ingest.interleave import interleave
from streamer.media.ingest.pace import Pace, Rush, when_due
from streamer.media.ingest.patience import Patience
from streamer.media.ingest.pipe import Pipe
from streamer.media.ingest.track import SoundTrack, find_track
from streamer.media.ingest.variants import find_video, leave_out_others
from streamer.media.pacer import Pacer
from streamer.media.picture.rotation import rotation_of
from streamer.media.sample import Sample, SoundSample, SourceFacts
from streamer.media.timeline import Timeline
from streamer.options import MAX_PIXELS

_DEFAULT_FPS = 25.0
_MAX_BAD_READS = 50
_PIPES = (Scheme.STDIN, Scheme.EXEC, Scheme.PUBLISH)
_RAW_FORMATS = ("h264", "hevc")
# FFmpeg gives each of their pictures a twenty-fifth of a second, whatever the camera does.
_TIMELESS_FORMATS = ("mjpeg", "mpjpeg", "jpeg_pipe")


class PacketSource:
    """A source of compressed packets, read through PyAV."""

    def __init__(
        self,
        spec: SourceSpec,
        clock: Clock,
        idle: Callable[[], None],
        *,
        pipe: Pipe | None = None,
        access: Access | None = None,
        after: "PacketSource | None" = None,
    ) -> None:
        """Open it; it is read from `pipe`, if there is one, which stays the caller's.

        `access` says how, where the spec does not know. The samples go on where those of `after`
        have ended, if that is given.

        Raises:
            SourceError: it cannot be opened, or holds no video.
        """
        self._spec = spec
        self._clock = clock
        self._pipe = pipe
        self._patience = Patience(clock, spec.stall_timeout_s)
        how = access or access_to(spec)
        self._container = open_container(spec, clock, how, self._patience, pipe)
        try:
            self._video = find_video(self._container, spec.address)
            self._track = find_track(self._container, self._video, clock)
            self._facts = _facts(self._video, spec.address, self._track)
            sound = None if self._track is None else self._track.stream
            leave_out_others(self._container, self._video, sound)
        except BaseException:
            self._container.close()
            raise
        self._identity = Identity(self._facts.codec)
        self._arrivals = Arrivals(self._container.format.name)
        frame_us = round(1e6 / (self._facts.fps or _DEFAULT_FPS))
        self._pace: Pace | Rush | None = None
        self._is_timeless = _is_timeless(self._container, spec.address)
        if self._is_timeless:
            self._facts = replace(self._facts, fps=0.0)
        self._is_body = _is_endless_body(self._container, spec.address)
        is_open = self._is_body or (pipe is not None and _is_fragmented(self._video))
        self._paced = _comes_faster_than_life(self._container, spec.address) and not is_open
        # A live playlist has no duration, and is read to its end only when it cannot be had.
        self._has_end = (self._container.duration or 0) > 0 and not is_open
        if after is None:
            self._timeline = Timeline(frame_us, live=not self._paced)
            self._pacer = Pacer(clock, time.sleep, idle)
        else:
            self._timeline, self._pacer = after._timeline, after._pacer
            self._timeline.rebase()

    @property
    def facts(self) -> SourceFacts:
        """What the source holds."""
        return self._facts

    @property
    def is_live(self) -> bool:
        """Whether it has shown that it is, where its address does not say it."""
        return self._pace is not None and self._pace.is_live

    def samples(self) -> Iterator[Sample | SoundSample]:
        """All samples, each when it is due; a looped file starts again at its end."""
        self._pace = pace = self._begin_pace()
        while True:
            count = 0
            read = self._in_order()
            for sample in read if pace is None else pace.samples(read):
                yield when_due(sample, self._pacer, self._clock) if self._paced else sample
                count += isinstance(sample, Sample)
            if not count:
                raise explain_no_picture(self._spec.address)
            has_end = self._has_end or (pace is not None and pace.is_file)
            if self._spec.address.comes_back and not has_end:
                raise SourceLost(f"{self._spec.address.shown} stopped sending.")
            if not self._spec.loop or self._spec.address.scheme is not Scheme.FILE:
                return
            self._reopen()

    def close(self) -> None:
        """Release the source."""
        self._container.close()

    def _in_order(self) -> Iterator[Sample | SoundSample]:
        """What is read, with the sound beside its pictures where a file holds it elsewhere."""
        if self._track is None or self._spec.address.scheme is not Scheme.FILE:
            return self._read()
        tap = self._track.facts.tap
        return interleave(self._read(), lambda: tap.is_open)

    def _read(self) -> Iterator[Sample | SoundSample]:
        packets = self._packets()
        while True:
            self._patience.begin()
            for packet in packets:
                sound = self._is_sound(packet)
                sample = self._heard(packet) if sound else self._seen(packet)
                if sample is not None:
                    yield sample
                # When nothing comes in time, FFmpeg first hands out what its parser held back.
                if self._spec.address.is_live and self._is_stall():
                    raise explain_silence(self._spec.address)
                if not sound:
                    break
            else:
                return

    def _is_sound(self, packet: Any) -> bool:
        return self._track is not None and packet.stream_index == self._track.stream.index

    def _heard(self, packet: Any) -> SoundSample | None:
        return self._track.sample(packet, self._timeline) if self._track else None

    def _seen(self, packet: Any) -> Sample | None:
        if not packet.size:
            return None
        self._check_codec(packet)
        return self._sample(packet)

    def _packets(self) -> Iterator[Any]:
        streams: list[Any] = [self._video, *([self._track.stream] if self._track else [])]
        packets = self._container.demux(*streams)
        bad = read = 0
        while True:
            try:
                packet = next(packets, None)
            except av.error.EOFError:
                return
            except av.error.InvalidDataError as exc:
                if read and self._is_over():
                    return
                bad += 1
                if self._spec.address.is_live or bad > _MAX_BAD_READS:
                    raise self._explained(exc, read) from exc
                packets = self._container.demux(*streams)  # the error ended the one before
                continue
            except (av.error.FFmpegError, OSError) as exc:
                raise explain_read(exc, self._spec.address) from exc
            if packet is None:
                return
            read += 1
            yield packet

    def _is_over(self) -> bool:
        """Whether all of a multipart body came: behind its last boundary FFmpeg misses a part."""
        ended = self._pipe is not None and self._pipe.has_ended
        return ended and self._container.format.name == "mpjpeg"

    def _explained(self, exc: Exception, read: int) -> SourceError:
        """Why no more comes after so many packets; in a pipe nobody goes back in an MP4."""
        address = self._spec.address
        if not read and address.scheme in _PIPES and "mp4" in self._container.format.name:
            return explain_index_last(address)
        return explain_read(exc, address)

    def _begin_pace(self) -> Pace | Rush | None:
        """What is behind it, where it has no known end but may be fed from a file."""
        if self._paced or (self._spec.address.scheme not in _PIPES and not self._is_body):
            return None
        if self._is_timeless:
            return Rush(self._clock, self._pacer, was_live=self._spec.was_live)
        more = self._pipe.has_more if self._pipe else None
        return Pace(self._clock, self._pacer, more, was_live=self._spec.was_live)

    def _is_stall(self) -> bool:
        # A pipe itself knows how long it was silent.
        return self._spec.address.scheme not in _PIPES and self._patience.is_over

    def _check_codec(self, packet: Any) -> None:
        address = self._spec.address
        # Others have a connection, which ends with the sender; their keyframes are enough.
        is_looked_at = address.is_listening or (address.is_live and packet.is_keyframe)
        if is_looked_at and self._identity.changes(bytes(packet)):
            raise SourceLost(f"{address.shown} sends another codec than before.")

    def _sample(self, packet: Any) -> Sample:
        base = packet.time_base
        tells = not self._is_timeless or (self._pace is not None and self._pace.is_file)
        pts, dts, duration = (
            _us(ticks, base) if tells else None
            for ticks in (packet.pts, packet.dts, packet.duration or None)
        )
        stamps = self._timeline.place(pts, dts, duration, self._clock.monotonic_us())
        extradata = _new_extradata(packet) if packet.is_keyframe else None
        arrived_us = self._arrivals.handed(self._clock.wall_us())
        return Sample(stamps, arrived_us, packet.is_keyframe, packet=packet, extradata=extradata)

    def _reopen(self) -> None:
        self._container.close()
        how = access_to(self._spec)
        self._container = open_container(self._spec, self._clock, how, self._patience)
        self._timeline.rebase()
        self._video = find_video(self._container, self._spec.address)
        track = find_track(self._container, self._video, self._clock)
        facts = _facts(self._video, self._spec.address, track)
        if _are_alike(facts, self._facts):
            # Who listens goes on listening.
            self._track = track and SoundTrack(track.stream, self._clock, self._facts.sound)
            return
        # It is another file by now.
        self._facts, self._track = facts, track
        self._identity = Identity(facts.codec)
        self._arrivals = Arrivals(self._container.format.name)


def _facts(stream: VideoStream, address: Address, track: SoundTrack | None) -> SourceFacts:
    context = stream.codec_context
    context.options = {"max_pixels": str(MAX_PIXELS)}
    rate = stream.average_rate or stream.guessed_rate
    width, height, aspect = context.width, context.height, stream.sample_aspect_ratio
    if (rotation := rotation_of(stream)) in (90, 270):
        width, height, aspect = height, width, 1 / aspect if aspect else aspect
    return SourceFacts(
        codec=context.codec.canonical_name,
        width=width,
        height=height,
        fps=_plausible(float(rate)) if rate else 0.0,
        extradata=context.extradata,
        sample_aspect=aspect,
        reorders=_reorders(stream, address),
        rotation=rotation,
        context=context,
        sound=track.facts if track else None,
    )


def _are_alike(one: SourceFacts, other: SourceFacts) -> bool:
    """Whether what was begun with the one can go on with the other."""
    sounds = [facts.sound and replace(facts.sound, context=None) for facts in (one, other)]
    rest = [replace(facts, context=None, sound=None) for facts in (one, other)]
    return sounds[0] == sounds[1] and rest[0] == rest[1]


def _reorders(stream: VideoStream, address: Address) -> bool | None:
    if not address.is_live or stream.codec_context.has_b_frames:
        return stream.codec_context.has_b_frames
    # A live join has seen too little to know, and raw formats have no times that could tell.
    return True if stream.container.format.name in _RAW_FORMATS else None


def _new_extradata(packet: Any) -> bytes | None:
    """What a sender that started anew put in the place of the extradata (FLV, Matroska, MP4)."""
    found = packet.get_sidedata("new_extradata")
    return bytes(found) if found.data_size else None


def _plausible(fps: float) -> float:
    return fps if 0 < fps <= 240 else 0.0


def _is_endless_body(container: InputContainer, address: Address) -> bool:
    """Whether it is an HTTP body of no given length, which may go on for ever."""
    is_web = address.scheme in (Scheme.HTTP, Scheme.HTTPS)
    return is_web and container.format.name != "hls" and container.size <= 0


def _is_timeless(container: InputContainer, address: Address) -> bool:
    """Whether nothing but its arrival tells when a picture was taken."""
    is_file = address.scheme in (Scheme.FILE, Scheme.IMAGE)
    return not is_file and container.format.name in _TIMELESS_FORMATS


def _is_fragmented(stream: VideoStream) -> bool:
    """Whether an MP4 says nothing of its length; what it seems to last is what was read of it."""
    return "mp4" in stream.container.format.name and not stream.frames


def _comes_faster_than_life(container: InputContainer, address: Address) -> bool:
    if address.scheme in (Scheme.FILE, Scheme.IMAGE):
        return True
    if address.scheme is Scheme.LISTEN:
        return False
    return container.format.name == "hls" or (container.duration or 0) > 0


def _us(ticks: int | None, base: Any) -> int | None:
    return None if ticks is None or base is None else int(ticks * 1_000_000 * base)
