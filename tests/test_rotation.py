"""Pictures that lie on their side: they stand upright in every rendition."""

import io
from itertools import islice
from pathlib import Path
from typing import cast

import av
import pytest
from av.video.frame import VideoFrame
from PIL import Image, ImageChops, ImageStat

from streamer.clock import ManualClock
from streamer.media.border_end import BorderEnd
from streamer.media.picture.jpeg import JpegEncoder
from streamer.media.picture.rotation import Rotator, rotation_of, rotation_of_frame
from streamer.media.pipeline import Pipeline
from streamer.media.sample import SourceFacts
from tests.fake_border import SAMPLES, FakeBorder, samples_of
from tests.rotated import ROTATIONS, rotated

TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180}
TURNS |= {270: Image.Transpose.ROTATE_90}


def made(path: Path, rendition: str, count: int = 3) -> tuple[SourceFacts, FakeBorder]:
    """What a pipeline makes of a clip."""
    clock, link = ManualClock(), FakeBorder()
    facts, samples = samples_of(str(path), count, clock)
    pipeline = Pipeline(facts, cast(BorderEnd, link), clock)
    link.ask(_0=rendition)
    for sample in samples:
        pipeline.push(sample)
    pipeline.close()
    return facts, link


def first_frame(data: bytes) -> VideoFrame:
    with av.open(io.BytesIO(data), "r") as container:
        return next(container.decode(video=0))


def image_of(frame: VideoFrame) -> Image.Image:
    return cast(Image.Image, frame.to_image())  # type: ignore[no-untyped-call]


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, from 0 to 255."""
    pair = one.convert("L"), other.convert("L")
    return ImageStat.Stat(ImageChops.difference(*pair)).mean[0]


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_the_container_says_how_its_pictures_lie(tmp_path: Path, rotation: int) -> None:
    with av.open(str(rotated(tmp_path, rotation))) as container:
        assert rotation_of(container.streams.video[0]) == rotation


def test_pictures_that_stand_upright_are_left_alone() -> None:
    for path in SAMPLES.glob("*.*[4imst]"):
        if path.suffix in (".mp4", ".webm", ".avi", ".ts"):
            with av.open(str(path)) as container:
                assert rotation_of(container.streams.video[0]) == 0, path
    frame = VideoFrame(64, 32, "yuv420p")
    assert Rotator().upright(frame) is frame


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("rendition", ["jpeg", "h264"])
def test_what_we_encode_stands_upright(tmp_path: Path, rendition: str, rotation: int) -> None:
    facts, link = made(rotated(tmp_path, rotation), rendition)
    _, lying = made(SAMPLES / "h264.mp4", rendition)
    count = 1 if rendition == "jpeg" else 2
    frame = first_frame(b"".join(link.payloads[:count]))
    wanted = image_of(first_frame(b"".join(lying.payloads[:count])))
    wanted = wanted.transpose(TURNS[rotation])
    assert (frame.width, frame.height) == wanted.size == (facts.width, facts.height)
    assert rotation_of_frame(frame) == 0
    assert difference(image_of(frame), wanted) < 6
    assert difference(image_of(frame).transpose(TURNS[180]), wanted) > 20
    assert [described.width for _, described in link.described] == [facts.width]


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_what_is_passed_on_untouched_says_how_it_lies(tmp_path: Path, rotation: int) -> None:
    facts, link = made(rotated(tmp_path, rotation), "copy")
    frame = first_frame(b"".join(link.payloads))
    assert (frame.width, frame.height) == (320, 180)
    assert rotation_of_frame(frame) == rotation
    ((_, described),) = link.described
    assert (described.width, described.height) == (facts.width, facts.height)
    assert (facts.width < facts.height) is (rotation != 180)


def test_jpegs_that_lie_are_not_passed_on_untouched(tmp_path: Path) -> None:
    source = tmp_path / "motion.mp4"
    with av.open(str(SAMPLES / "mjpeg.avi")) as given, av.open(str(source), "w") as taken:
        stream = taken.add_stream_from_template(given.streams.video[0], opaque=True)
        stream.set_display_rotation(90)
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = stream
                taken.mux(packet)
    facts, link = made(source, "jpeg", 1)
    assert (facts.codec, facts.rotation) == ("mjpeg", 270)
    assert Image.open(io.BytesIO(link.payloads[0])).size == (180, 320)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "nv12", "yuv422p10le", "gray", "rgb24"])
def test_frames_of_any_kind_are_turned(tmp_path: Path, pixels: str) -> None:
    with av.open(str(rotated(tmp_path, 90))) as container:
        frame = next(container.decode(video=0))
    lying = frame.reformat(format=pixels)
    assert rotation_of_frame(lying) == 90
    upright = Image.open(io.BytesIO(JpegEncoder(None, 90).encode(Rotator().upright(lying)).data))
    assert difference(upright, image_of(frame).transpose(TURNS[90])) < 6
    assert difference(upright, image_of(frame).transpose(TURNS[270])) > 20


def test_one_rotator_takes_frames_of_changing_kinds(tmp_path: Path) -> None:
    rotator = Rotator()
    for rotation in (*ROTATIONS, 90):
        with av.open(str(rotated(tmp_path, rotation))) as container:
            for frame in islice(container.decode(video=0), 2):
                turned = rotator.upright(frame)
                assert (turned.width < turned.height) is (rotation != 180)
                small = frame.reformat(64, 32)
                assert rotator.upright(small).width == (64 if rotation == 180 else 32)
