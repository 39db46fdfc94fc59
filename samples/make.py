"""Make the clips in this folder: `python samples/make.py`.

Every clip but `clip.mp4` shows the test pattern with its time mark: picture N has sequence N and
was made N / fps seconds after `START_US`, so that a test knows what it must see.
"""

import array
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from scene import Scene

from streamer.clock import ManualClock
from streamer.media.picture.pattern import Pattern

START_US = 1_700_000_000_000_000
SIZE = (320, 180)
AUDIO_RATE = 48_000
AUDIO_CHUNK = 960


@dataclass(frozen=True, slots=True)
class Audio:
    """A track that hums softly and beeps at every full second."""

    encoder: str
    sample_format: str
    bitrate_bps: int = 32_000


@dataclass(frozen=True, slots=True)
class Clip:
    """How one clip is made; a keyframe every two seconds unless `options` say otherwise."""

    name: str
    encoder: str
    options: dict[str, str] = field(default_factory=dict)
    b_frames: int = 0
    fps: int = 25
    frames: int = 100
    tag: str = ""
    pixels: str = "yuv420p"
    matrix: int = Colorspace.ITU709
    audio: Audio | None = None


X264 = {"threads": "1", "preset": "veryslow", "profile": "main", "crf": "27"}
X265 = "log-level=error:bframes=3:open-gop=0:keyint=50:min-keyint=50:scenecut=0"
VPX = {"deadline": "good", "cpu-used": "1", "auto-alt-ref": "0"}
CLIPS = (
    Clip("h264.mp4", "libx264", X264),
    Clip("h264-bframes.mp4", "libx264", X264 | {"b-pyramid": "normal"}, b_frames=3),
    Clip("h264-aac.mp4", "libx264", X264, audio=Audio("aac", "fltp")),
    Clip("hevc.mp4", "libx265", {"crf": "27", "x265-params": X265}, tag="hvc1"),
    Clip("vp9.mp4", "libvpx-vp9", VPX | {"crf": "34", "b": "0"}),
    Clip("vp9-opus.webm", "libvpx-vp9", VPX | {"crf": "34", "b": "0"},
         audio=Audio("libopus", "flt", 24_000)),
    Clip("av1.mp4", "libsvtav1", {"preset": "6", "crf": "32"}),
    Clip("vp8.webm", "libvpx", VPX | {"crf": "12", "b": "700k"}, matrix=Colorspace.ITU601),
    Clip("mpeg2.ts", "mpeg2video", {"qmin": "5", "qmax": "7", "b": "2M"}, b_frames=2),
    Clip("mjpeg.avi", "mjpeg", {"qmin": "5", "qmax": "5"}, fps=10, frames=30, pixels="yuvj420p",
         matrix=Colorspace.ITU601),
)  # fmt: skip
DEMO = Clip(
    "clip.mp4", "libx264", {"threads": "1", "preset": "veryslow", "crf": "18"}, fps=30, frames=180
)


def main(folder: Path) -> None:
    """Write all clips into `folder`."""
    for clip in CLIPS:
        pattern = Pattern(*SIZE, clip.fps, ManualClock())
        times = (index * 1_000_000 // clip.fps for index in range(clip.frames))
        pictures = (pattern.frame(index, START_US + at) for index, at in enumerate(times))
        write(folder, clip, SIZE, pictures)
    scene = Scene(640, 360)
    pictures = (scene.frame(index / DEMO.frames) for index in range(DEMO.frames))
    write(folder, DEMO, (scene.width, scene.height), pictures)


def write(folder: Path, clip: Clip, size: tuple[int, int], pictures: Iterable[VideoFrame]) -> None:
    """Encode the pictures, and the sound if the clip has any, into one file."""
    path = folder / clip.name
    with av.open(path, "w", options={"fflags": "+bitexact"}) as output:
        video = output.add_stream(clip.encoder, clip.fps, options=clip.options)
        assert isinstance(video, VideoStream)
        context = video.codec_context
        context.width, context.height, context.pix_fmt = *size, clip.pixels
        context.gop_size, context.max_b_frames = clip.fps * 2, clip.b_frames
        context.colorspace = 1 if clip.matrix == Colorspace.ITU709 else 6
        context.color_primaries = context.color_trc = 1
        context.color_range = color_range(clip)
        if clip.tag:
            context.codec_tag = clip.tag
        sound = Sound(output, clip.audio) if clip.audio else None
        for index, picture in enumerate(pictures):
            output.mux(video.encode(prepared(picture, clip, index)))
            if sound:
                sound.write_until(Fraction(index + 1, clip.fps))
        output.mux(video.encode(None))
        if sound:
            sound.close()
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} KB")


def prepared(picture: VideoFrame, clip: Clip, index: int) -> VideoFrame:
    """The picture in the clip's pixel format and matrix, with its time."""
    picture = picture.reformat(
        format=clip.pixels, dst_colorspace=clip.matrix, dst_color_range=color_range(clip)
    )
    picture.pts, picture.time_base = index, Fraction(1, clip.fps)
    return picture


def color_range(clip: Clip) -> int:
    """Full for JPEG, limited for all else."""
    return ColorRange.JPEG if clip.pixels == "yuvj420p" else ColorRange.MPEG


class Sound:
    """The audio track of one file."""

    def __init__(self, output: OutputContainer, audio: Audio) -> None:
        self._output = output
        stream = output.add_stream(audio.encoder, AUDIO_RATE)
        assert isinstance(stream, AudioStream)
        stream.codec_context.layout = "mono"
        stream.codec_context.bit_rate = audio.bitrate_bps
        self._stream = stream
        self._format = audio.sample_format
        self._chunks = tones()
        self._written = 0

    def write_until(self, seconds: Fraction) -> None:
        """Encode as much sound as belongs before `seconds`."""
        while self._written < seconds * AUDIO_RATE:
            frame = AudioFrame(self._format, "mono", AUDIO_CHUNK)
            frame.planes[0].update(next(self._chunks))
            frame.sample_rate, frame.pts = AUDIO_RATE, self._written
            frame.time_base = Fraction(1, AUDIO_RATE)
            self._written += AUDIO_CHUNK
            self._mux(frame)

    def close(self) -> None:
        """Write what the encoder still holds."""
        self._mux(None)

    def _mux(self, frame: AudioFrame | None) -> None:
        for packet in self._stream.encode(frame):
            self._output.mux(packet)


def tones() -> Iterator[bytes]:
    """An A at 220 Hz, and one at 880 Hz for the first 80 ms of every second."""
    at = 0
    while True:
        chunk = array.array("f")
        for index in range(at, at + AUDIO_CHUNK):
            turn = math.tau * index / AUDIO_RATE
            beeps = index % AUDIO_RATE < AUDIO_RATE * 8 // 100
            chunk.append(0.03 * math.sin(220 * turn) + 0.25 * beeps * math.sin(880 * turn))
        at += AUDIO_CHUNK
        yield chunk.tobytes()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
