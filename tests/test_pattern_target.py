"""Where the pattern may go, and what is said where it may not."""

from collections.abc import Callable

import pytest

from streamer import cli
from streamer.bench.pattern.encoding import Encoding
from streamer.bench.pattern.target import Codec, Target, Way, check_picture, parse_target
from streamer.errors import ConfigError
from streamer.options import parse_pattern


@pytest.mark.parametrize(
    ("text", "codec", "form", "way", "chosen"),
    [
        ("rtsp://h/cam", Codec.MJPEG, None, Way.RTSP, "rtsp"),
        ("rtmps://h/live/cam", Codec.H264, None, Way.RTMP, "flv"),
        ("udp://239.0.0.1:5000", Codec.HEVC, None, Way.UDP, "mpegts"),
        ("https://h/publish/cam", Codec.H264, None, Way.HTTP, "mpegts"),
        ("http://h/", Codec.MJPEG, None, Way.HTTP, "mpjpeg"),
        ("HTTP://h/", Codec.H264, "matroska", Way.HTTP, "matroska"),
        ("-", Codec.VP8, None, Way.STDOUT, "webm"),
    ],
)
def test_targets(text: str, codec: Codec, form: str | None, way: Way, chosen: str) -> None:
    target = parse_target(text, codec, form)
    assert (target.way, target.form) == (way, chosen)


@pytest.mark.parametrize(
    ("text", "codec", "form", "says"),
    [
        ("clip.ts", Codec.H264, None, "'clip.ts' cannot be sent to; write rtsp://"),
        ("file:///tmp/x", Codec.H264, None, "cannot be sent to"),
        ("rtsp:///x", Codec.H264, None, "names no host; write rtsp://HOST:PORT/PATH"),
        ("http://h:port/x", Codec.H264, None, "names no host"),
        ("udp://h", Codec.H264, None, "names no port"),
        ("http://h/a b", Codec.H264, None, "holds a space"),
        ("rtmp://h/live/x", Codec.VP8, None, "flv does not carry vp8 here; it carries h264"),
        ("rtmp://h/live/x", Codec.H264, "mpegts", "rtmp: takes flv and no other format"),
        ("-", Codec.H264, "avi", "'avi' is not written here; --format is one of mpegts"),
        ("-", Codec.H264, "rtsp", "'rtsp' is not written here"),
        ("srt://me:hunter2@h", Codec.H264, None, "'srt://***@h' cannot be sent to"),
    ],
)
def test_what_cannot_be_sent_to(text: str, codec: Codec, form: str | None, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_target(text, codec, form)
    assert says in caught.value.sentence


def test_passwords_are_not_shown() -> None:
    target = Target(Way.HTTP, "http://me:hunter2@h/publish/x?token=hunter2", "mpegts")
    assert target.shown == "http://***@h/publish/x?token=***"
    assert parse_target("-", Codec.H264, None).shown == "standard output"


def test_encodings() -> None:
    hd = parse_pattern("1280x720@30")
    assert Encoding(Codec.H264, hd, 5_000_000).bits == 5_000_000
    assert Encoding(Codec.H264, hd).bits > 1_000_000
    assert Encoding(Codec.HEVC, hd).shown == "hevc 1280x720 at 30 fps"
    loud = parse_pattern("64x64@1?sound=1")
    wrong: dict[str, Callable[[], Encoding]] = {
        "--bitrate and --gop are not for mjpeg": lambda: Encoding(Codec.MJPEG, hd, 1000),
        "carries nothing": lambda: Encoding(Codec.H264, hd, 0),
        "--gop goes from 1": lambda: Encoding(Codec.H264, hd, None, 0),
        "without sound": lambda: Encoding(Codec.H264, loud),
    }
    for says, order in wrong.items():
        with pytest.raises(ConfigError, match=says):
            order()


def test_jpeg_over_rtsp_has_sides_in_eights() -> None:
    target = parse_target("rtsp://h/x", Codec.MJPEG, None)
    check_picture(target, Codec.MJPEG, 1280, 720)
    check_picture(target, Codec.H264, 320, 180)
    for size in ((320, 180), (2560, 1440)):
        with pytest.raises(ConfigError, match="multiples of 8, of at most 2040"):
            check_picture(target, Codec.MJPEG, *size)


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_said(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["pattern", "--to", "udp://127.0.0.1:9", "--seconds", seconds]) == 2
    assert f"--seconds is {seconds}; it is more than 0." in capsys.readouterr().err
