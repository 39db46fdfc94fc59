"""Rendition names, in and out."""

import pytest

from streamer.errors import ConfigError
from streamer.rendition import Description, Format, Rendition, h264_bitrate_bps, parse

NAMES = [
    ("copy", Rendition(Format.COPY)),
    ("h264", Rendition(Format.H264)),
    ("h264-720", Rendition(Format.H264, height=720)),
    ("jpeg", Rendition(Format.JPEG)),
    ("jpeg-480", Rendition(Format.JPEG, height=480)),
    ("jpeg-q60", Rendition(Format.JPEG, quality=60)),
    ("jpeg-480-q60", Rendition(Format.JPEG, height=480, quality=60)),
    ("jpeg-64-q1", Rendition(Format.JPEG, height=64, quality=1)),
    ("jpeg-4320-q95", Rendition(Format.JPEG, height=4320, quality=95)),
]


@pytest.mark.parametrize(("name", "rendition"), NAMES)
def test_parse(name: str, rendition: Rendition) -> None:
    assert parse(name) == rendition


@pytest.mark.parametrize(("name", "rendition"), NAMES)
def test_name(name: str, rendition: Rendition) -> None:
    assert str(rendition) == name


def test_the_default_quality_is_not_said() -> None:
    assert str(parse("jpeg-q80")) == "jpeg"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "is not a rendition"),
        ("auto", "is not a rendition"),
        ("H264", "is not a rendition"),
        ("h264-", "is not a rendition"),
        ("h264-7200000", "is not a rendition"),
        ("jpeg-q60-480", "is not a rendition"),
        ("jpeg-480\n", "is not a rendition"),
        (" jpeg", "is not a rendition"),
        ("copy-720", "takes no options"),
        ("copy-q60", "takes no options"),
        ("h264-q60", "belongs to jpeg only"),
        ("h264-720-q60", "belongs to jpeg only"),
        ("jpeg-q0", "from 1 to 95"),
        ("jpeg-q96", "from 1 to 95"),
        ("h264-63", "from 64 to 4320"),
        ("jpeg-4321", "from 64 to 4320"),
    ],
)
def test_parse_refuses(name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse(name)


def test_description_starts_unknown() -> None:
    assert Description().as_json() == {"codec": "", "width": 0, "height": 0, "fps": 0.0}


def test_description_as_json() -> None:
    description = Description("avc1.42c01f", 1280, 720, 29.97)
    assert description.as_json() == {
        "codec": "avc1.42c01f",
        "width": 1280,
        "height": 720,
        "fps": 29.97,
    }


def test_bitrate_follows_the_picture() -> None:
    assert h264_bitrate_bps(1280, 720, 30) == 4_000_000
    assert 6_500_000 < h264_bitrate_bps(1920, 1080, 30) < 9_000_000
    assert h264_bitrate_bps(320, 180, 8) < 70_000
    assert h264_bitrate_bps(64, 64, 5) == 60_000
    assert h264_bitrate_bps(7680, 4320, 120) == 25_000_000
