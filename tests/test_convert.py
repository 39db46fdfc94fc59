from fractions import Fraction

import pytest

from streamer.media.picture.convert import fit


@pytest.mark.parametrize(
    ("size", "height", "aspect", "expected"),
    [
        ((1280, 720), None, None, (1280, 720)),
        ((1280, 720), 480, None, (854, 480)),
        ((1280, 720), 1080, None, (1280, 720)),
        ((321, 181), None, None, (320, 180)),
        ((720, 576), None, Fraction(16, 11), (1048, 576)),
        ((1440, 1080), 540, Fraction(4, 3), (960, 540)),
        ((704, 480), 240, Fraction(10, 11), (320, 240)),
        ((640, 480), None, Fraction(0), (640, 480)),
        ((640, 480), None, Fraction(1, 900), (640, 480)),
        ((640, 480), None, Fraction(900), (640, 480)),
        ((2, 7000), 64, None, (2, 64)),
    ],
)
def test_fit(
    size: tuple[int, int], height: int | None, aspect: Fraction | None, expected: tuple[int, int]
) -> None:
    assert fit(*size, height, aspect) == expected
