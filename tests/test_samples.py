"""The clips are what samples/README.md says they are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest
from av.packet import Packet
from av.video.frame import VideoFrame

from streamer.media.picture.decoder import Decoder
from streamer.media.picture.mark import PERIOD_US, Mark
from streamer.media.picture.marked import read_mark

FOLDER = Path(__file__).parent.parent / "samples"
START_US = 1_700_000_000_000_000
DECODERS = {"libdav1d": "av1"}


@dataclass(frozen=True)
class Row:
    file: str
    codec: str
    size: str
    fps: str
    frames: int
    has_b_frames: bool
    audio: str


def table() -> list[Row]:
    lines = (FOLDER / "README.md").read_text().splitlines()
    cells = [[c.strip(" `") for c in line.split("|")[1:-1]] for line in lines if "| `" in line]
    return [Row(f, c, s, r, int(n), b == "yes", a) for f, c, s, r, n, b, a in cells]


ROWS = {row.file: row for row in table()}
PATTERNS = [name for name in ROWS if name != "clip.mp4"]


def decode(name: str) -> tuple[list["Packet[Any]"], list[VideoFrame]]:
    with av.open(FOLDER / name, "r") as container:
        stream = container.streams.video[0]
        decoder = Decoder(stream.codec_context)
        packets = [packet for packet in container.demux(stream) if packet.size]
        frames = [frame for packet in packets for frame in decoder.decode(packet)]
        return list(packets), frames + decoder.flush()


def test_every_clip_is_in_the_table() -> None:
    media = {
        path.name for path in FOLDER.iterdir() if path.suffix in {".mp4", ".webm", ".ts", ".avi"}
    }
    assert media == set(ROWS)


def test_all_together_are_small() -> None:
    assert sum((FOLDER / name).stat().st_size for name in ROWS) < 2_000_000


@pytest.mark.parametrize("name", ROWS)
def test_a_clip_is_what_the_table_says(name: str) -> None:
    row = ROWS[name]
    with av.open(FOLDER / name, "r") as container:
        context = container.streams.video[0].codec_context
        codec = DECODERS.get(context.name, context.name)
        rate = container.streams.video[0].average_rate
        audio = [stream.codec_context.name for stream in container.streams.audio]
        assert (codec, f"{context.width}x{context.height}") == (row.codec, row.size)
        assert str(rate) == row.fps
        assert audio == ([row.audio] if row.audio else [])


@pytest.mark.parametrize("name", ROWS)
def test_a_clip_decodes_completely(name: str) -> None:
    row = ROWS[name]
    packets, frames = decode(name)
    assert len(packets) == len(frames) == row.frames
    assert any(packet.pts != packet.dts for packet in packets) == row.has_b_frames
    keys = [index for index, packet in enumerate(packets) if packet.is_keyframe]
    assert keys[0] == 0
    assert len(keys) >= 2


@pytest.mark.parametrize("name", PATTERNS)
def test_every_picture_says_its_number_and_time(name: str) -> None:
    fps = int(ROWS[name].fps)
    for index, frame in enumerate(decode(name)[1]):
        found = read_mark(frame)
        made_us = (START_US + index * 1_000_000 // fps) % PERIOD_US
        assert found == Mark(made_us // 100 * 100, index)


def test_hevc_is_tagged_for_players() -> None:
    with av.open(FOLDER / "hevc.mp4", "r") as container:
        assert container.streams.video[0].codec_context.codec_tag == "hvc1"


def test_the_demo_clip_loops_without_a_seam() -> None:
    frames = decode("clip.mp4")[1]
    lumas = [bytes(frames[index].planes[0]) for index in (0, 1, len(frames) - 1)]

    def difference(a: bytes, b: bytes) -> int:
        return sum(abs(x - y) for x, y in zip(a[::37], b[::37], strict=True))

    step, seam = difference(lumas[0], lumas[1]), difference(lumas[2], lumas[0])
    assert 0 < seam < step * 3
