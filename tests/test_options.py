"""What may stand behind the name in a source's address."""

import pytest

from streamer.errors import ConfigError
from streamer.options import MAX_PIXELS, check_pixels, parse_pattern


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("", (1280, 720, 30, False)),
        ("640x360", (640, 360, 30, False)),
        ("@60?sound=0", (1280, 720, 60, False)),
        ("64x7680@120", (64, 7680, 120, False)),
        ("?sound=1", (1280, 720, 30, True)),
    ],
)
def test_parse(spec: str, expected: tuple[int, int, int, bool]) -> None:
    assert parse_pattern(spec) == expected


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ("big", "1280x720@30"),
        ("640x", "1280x720@30"),
        ("640x360?sound=2", "1280x720@30"),
        ("640x360@30 ", "1280x720@30"),
        ("641x360", "even"),
        ("62x64", "64 to 7680"),
        ("64x7682", "64 to 7680"),
        ("640x360@0", "1 to 120"),
        ("640x360@121", "1 to 120"),
        ("7680x7680", "at most 50 million pixels"),
        ("99999x99999@30", "64 to 7680"),
    ],
)
def test_parse_refuses(spec: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what) as caught:
        parse_pattern(spec)
    assert f"'pattern:{spec}'" in caught.value.sentence


@pytest.mark.parametrize(("width", "height"), [(0, 480), (10_000, 5_001), (99_999, 99_999)])
def test_a_picture_too_large_is_refused(width: int, height: int) -> None:
    with pytest.raises(ConfigError, match=r"^'cam': a picture has at most 50 million pixels"):
        check_pixels("cam", width, height)
    check_pixels("cam", 10_000, MAX_PIXELS // 10_000)
