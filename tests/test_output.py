"""Each kind of output: what it makes of packets or frames."""

from fractions import Fraction
from typing import cast

import pytest
from av.video.frame import VideoFrame

from streamer.clock import ManualClock
from streamer.errors import MediaError
from streamer.media.border_end import BorderEnd
from streamer.media.output import (
    CopyOutput,
    Gate,
    H264Output,
    JpegOutput,
    MjpegOutput,
    Picture,
    Sender,
)
from streamer.media.picture.mjpeg import jpeg_size
from streamer.media.picture.pattern import Pattern
from streamer.media.sample import RAW, SourceFacts
from streamer.rendition import Description, parse
from streamer.wire import Flags, Kind
from tests.fake_border import FakeBorder, samples_of

FACTS = SourceFacts(RAW, 128, 96, 10.0)


@pytest.fixture
def border() -> FakeBorder:
    return FakeBorder()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def sender(border: FakeBorder, clock: ManualClock) -> Sender:
    return Sender(5, cast(BorderEnd, border), clock)


def picture(index: int, width: int = 128, height: int = 96) -> Picture:
    clock = ManualClock()
    frame: VideoFrame = Pattern(width, height, 10, clock).frame(index, clock.wall_us())
    return Picture(frame, index * 100_000, clock.wall_us())


def test_a_message_says_when_it_was_encoded(
    sender: Sender, border: FakeBorder, clock: ManualClock
) -> None:
    captured_us = clock.wall_us()
    clock.advance(1_500)
    sender.send(Kind.JPEG, Flags.KEYFRAME, b"x", 7, captured_us)
    (header,) = border.headers
    assert (header.rendition, header.pts_us, header.captured_us) == (5, 7, captured_us)
    assert (header.encoded_us, header.published_us, border.payloads) == (1_500, 0, [b"x"])


def test_a_description_is_sent_when_it_changes(sender: Sender, border: FakeBorder) -> None:
    for width in (64, 64, 128, 64):
        sender.describe(Description("jpeg", width, 48, 5.0))
    assert [described.width for _, described in border.described] == [64, 128, 64]


def test_copy_boxes_packets_as_they_are(
    sender: Sender, border: FakeBorder, clock: ManualClock
) -> None:
    facts, samples = samples_of("h264.mp4", 3, clock)
    output = CopyOutput(sender, facts)
    for sample in samples:
        output.push(sample)
    assert border.kinds(5) == "iKff"
    assert border.payloads[0][4:8] == b"ftyp"
    assert all(payload[4:8] == b"moof" for payload in border.payloads[1:])
    (described,) = border.described
    assert described == (5, Description(described[1].codec, 320, 180, 25.0))


def test_copy_begins_with_a_keyframe(
    sender: Sender, border: FakeBorder, clock: ManualClock
) -> None:
    facts, samples = samples_of("h264.mp4", 3, clock)
    output = CopyOutput(sender, facts)
    output.push(samples[1])
    assert border.headers == []


def test_copy_of_another_codec_is_refused(sender: Sender) -> None:
    with pytest.raises(MediaError):
        CopyOutput(sender, FACTS)


def test_mjpeg_is_passed_on_and_mended(
    sender: Sender, border: FakeBorder, clock: ManualClock
) -> None:
    facts, (sample, *_) = samples_of("mjpeg.avi", 1, clock)
    MjpegOutput(sender, facts).push(sample)
    assert (border.kinds(5), jpeg_size(border.payloads[0])) == ("j", (320, 180))
    assert border.payloads[0].endswith(b"\xff\xd9")
    assert border.described == [(5, Description("jpeg", 320, 180, 10.0))]


def test_frames_become_jpeg(sender: Sender, border: FakeBorder) -> None:
    output = JpegOutput(sender, parse("jpeg-64"), FACTS)
    output.push(picture(0), False)
    output.push(picture(1), True)
    output.close()
    assert (border.kinds(5), jpeg_size(border.payloads[1])[1]) == ("jj", 64)
    assert [header.pts_us for header in border.headers] == [0, 100_000]


def test_wide_pixels_are_made_square(sender: Sender, border: FakeBorder) -> None:
    facts = SourceFacts(RAW, 128, 96, 10.0, sample_aspect=Fraction(2))
    JpegOutput(sender, parse("jpeg"), facts).push(picture(0), False)
    width, height = jpeg_size(border.payloads[0])
    assert width / height == pytest.approx(2 * 128 / 96, rel=0.02)


def test_frames_become_h264(sender: Sender, border: FakeBorder) -> None:
    output = H264Output(sender, parse("h264"), FACTS)
    for index, keyframe in enumerate((False, False, True, False)):
        output.push(picture(index), keyframe)
    output.close()
    assert border.kinds(5) == "iKfKf"
    ((_, described),) = border.described
    assert (described.codec[:5], described.width, described.fps) == ("avc1.", 128, 10.0)


def test_another_size_starts_another_encoder(sender: Sender, border: FakeBorder) -> None:
    output = H264Output(sender, parse("h264"), FACTS)
    output.push(picture(0), False)
    output.push(picture(1, 160, 128), False)
    output.close()
    assert border.kinds(5) == "iKiK"
    assert [described.width for _, described in border.described] == [128, 160]


def test_an_output_that_made_nothing_can_be_closed(sender: Sender) -> None:
    H264Output(sender, parse("h264"), FACTS).close()


@pytest.mark.parametrize(("name", "kinds"), [("jpeg-r5", "jjj"), ("h264-r5", "iKff")])
def test_fewer_frames_per_second(
    sender: Sender, border: FakeBorder, name: str, kinds: str
) -> None:
    rendition = parse(name)
    output = (JpegOutput if name.startswith("jpeg") else H264Output)(sender, rendition, FACTS)
    for index in range(5):
        output.push(picture(index), False)
    output.close()
    assert border.kinds(5) == kinds
    assert [described.fps for _, described in border.described] == [5.0]


@pytest.mark.parametrize("fps", [1, 2, 3])
def test_a_gate_lets_few_through(fps: int) -> None:
    gate = Gate(fps)
    times = [us for us in range(0, 20_000_000, 40_000) if gate.admits(us)]
    assert len(times) == pytest.approx(20 * fps, abs=1)
    assert gate.admits(90_000_000)
    assert gate.admits(5)


def test_a_gate_lets_through_its_rate_and_survives_jumps() -> None:
    gate = Gate(10)
    times = [us for us in range(0, 990_000, 33_333) if gate.admits(us)]
    assert len(times) == 10
    assert gate.admits(90_000_000)
    assert not gate.admits(90_010_000)
    assert gate.admits(5)
    assert all(Gate(None).admits(us) for us in (0, 0, 1))
