"""Which rendition a viewer gets, and why."""

import pytest

from streamer.errors import BadMessage
from streamer.hub.delivery.choice import choose, offered, untouched

ALL = ("avc1", "hvc1", "vp09", "av01", "jpeg")


@pytest.mark.parametrize(
    ("wanted", "able", "source", "rendition", "words"),
    [
        ("auto", ALL, "h264", "copy", "h264 is sent untouched"),
        ("auto", ALL, "hevc", "copy", "hevc is sent untouched"),
        ("auto", ALL, "vp9", "copy", "vp9"),
        ("auto", ALL, "av1", "copy", "av1"),
        ("auto", ("avc1", "jpeg"), "hevc", "h264", "does not decode hevc"),
        ("auto", ("jpeg",), "h264", "jpeg", "does not decode h264"),
        ("auto", ALL, "mjpeg", "jpeg", "pictures are sent untouched"),
        ("auto", ("avc1",), "mjpeg", "h264", "mjpeg, which is encoded as H.264"),
        ("auto", ALL, "vp8", "h264", "vp8, which is encoded as H.264"),
        ("auto", ("jpeg",), "rawvideo", "jpeg", "decodes JPEG only"),
        ("jpeg-480-q60", ALL, "h264", "jpeg-480-q60", "As asked for"),
        ("copy h264", ("avc1",), "hevc", "h264", "As asked for"),
        ("copy auto", ("jpeg",), "vp8", "jpeg", "JPEG only"),
    ],
)
def test_the_first_that_fits(
    wanted: str, able: tuple[str, ...], source: str, rendition: str, words: str
) -> None:
    chosen, reason = choose(wanted.split(), able, source)
    assert str(chosen) == rendition
    assert words in reason


@pytest.mark.parametrize(
    ("wanted", "able", "source"),
    [
        ("copy", ALL, "vp8"),
        ("copy", ALL, "mjpeg"),
        ("copy", ("jpeg",), "h264"),
        ("h264", ("jpeg",), "h264"),
        ("auto", (), "h264"),
        ("auto", ("hvc1",), "h264"),
    ],
)
def test_nothing_fits(wanted: str, able: tuple[str, ...], source: str) -> None:
    with pytest.raises(BadMessage, match=f"None of the renditions {wanted} .*; the source is"):
        choose([wanted], able, source)


def test_what_is_no_rendition_is_refused() -> None:
    with pytest.raises(BadMessage, match="'h265' is not a rendition"):
        choose(["h265", "auto"], ALL, "h264")


@pytest.mark.parametrize(
    ("source", "names"),
    [("h264", "copy h264 jpeg"), ("vp8", "h264 jpeg"), ("mjpeg", "h264 jpeg")],
)
def test_what_a_stream_offers(source: str, names: str) -> None:
    assert [str(each) for each in offered(source)] == names.split()


@pytest.mark.parametrize(
    ("wanted", "able", "rendition"),
    [("auto", ALL, "h264"), ("copy", ALL, "h264"), ("copy", ("hvc1", "jpeg"), "jpeg")],
)
def test_a_source_that_no_decoder_can_begin_with_is_encoded(
    wanted: str, able: tuple[str, ...], rendition: str
) -> None:
    chosen, reason = choose([wanted], able, "h264", starts=False)
    assert str(chosen) == rendition
    assert reason == "This source has no keyframes to begin with, so it is encoded."
    assert choose(["jpeg-480"], ALL, "h264", starts=False)[1] == "As asked for."


def test_what_no_decoder_can_begin_with_is_not_offered() -> None:
    assert [str(each) for each in offered("h264", starts=False)] == ["h264", "jpeg"]
    assert untouched("h264", starts=False) is None
