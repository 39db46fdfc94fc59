"""`Publisher`: pictures from a program, without holding it up."""

import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from av.video.frame import VideoFrame
from PIL import Image

import streamer
from streamer import Publisher
from streamer.clock import ManualClock
from streamer.control import ErrorNotice, Keyframe
from streamer.errors import ConfigError, MediaError, StreamerError, Unauthorized
from streamer.wire import Flags
from tests.publish_server import (
    AHEAD_US,
    TIMEOUT_S,
    PublishServer,
    publish_server,
    server_us,
    split,
)

GREY = np.full((48, 64, 3), 128, np.uint8)


@pytest.fixture
def server() -> Iterator[PublishServer]:
    with publish_server() as running:
        yield running
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("streamer-")]


def send(publisher: Publisher, server: PublishServer, count: int) -> None:
    """Send pictures one by one, each when the last has arrived."""
    for _ in range(count):
        send_one(publisher, server, GREY)


def send_one(publisher: Publisher, server: PublishServer, picture: object) -> None:
    before = len(server.packets)
    publisher.send(picture)
    server.wait(lambda: len(server.packets) > before, "picture")


def test_a_picture_with_its_metadata_arrives(server: PublishServer) -> None:
    red = np.zeros((48, 64, 3), np.uint8)
    red[:, :, 2] = 255
    with Publisher(server.url, "cam", quality=95) as publisher:
        publisher.send(red, format="bgr24", meta={"boxes": []}, captured_us=1_000_000)
        red[:] = 0  # it is ours again
        server.wait(lambda: server.packets, "picture")
    meta, jpeg = split(server.packets[0])
    assert meta == b'{"boxes":[]}'
    r, g, b = Image.open(io.BytesIO(jpeg)).convert("RGB").getpixel((30, 20))  # type: ignore[misc]
    assert r > 240
    assert max(g, b) < 15


def test_h264_makes_a_keyframe_when_asked(server: PublishServer) -> None:
    with Publisher(f"{server.url}/cam", codec="h264") as publisher:
        send(publisher, server, 3)
        server.last.say(Keyframe())
        server.wait(publisher._keyframe.is_set, "request")
        send(publisher, server, 1)
    keyframes = [bool(header.flags & Flags.KEYFRAME) for header, _ in server.packets]
    assert keyframes == [True, False, False, True]
    times = [header.pts_us for header, _ in server.packets]
    assert times == sorted(set(times))


def test_everything_that_can_be_sent(server: PublishServer) -> None:
    with Publisher(server.url, "cam") as publisher:
        for picture in (
            GREY[:, :, 0],
            np.dstack([GREY, GREY[:, :, 0]]),
            GREY[::-1, ::-1],
            Image.new("P", (64, 48)),
            VideoFrame(64, 48, "yuv420p"),
        ):
            send_one(publisher, server, picture)
    assert [(form.width, form.height) for form in server.last.forms] == [(64, 48)]


def test_sending_never_waits_and_the_newest_wins(server: PublishServer) -> None:
    server.acknowledges = False
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    with Publisher(server.url, "cam") as publisher:
        assert publisher.wait_connected(TIMEOUT_S)
        for _ in range(40):
            publisher.send(noise)
        stats = publisher.stats
        assert stats.connected
        server.wait(lambda: server.packets, "picture")
        assert publisher.stats.sent < 10
        assert publisher.stats.dropped > 25


def test_bad_pictures_are_refused_at_once_and_the_good_go_on(server: PublishServer) -> None:
    with Publisher(server.url, "cam") as publisher:
        with pytest.raises(TypeError):
            publisher.send("a.png")
        with pytest.raises(ValueError, match="channels last"):
            publisher.send(GREY.transpose(2, 0, 1))
        with pytest.raises(TypeError, match="JSON"):
            publisher.send(GREY, meta={1, 2})
        send(publisher, server, 2)
    assert publisher.stats.sent == 2


def test_what_cannot_be_encoded_is_raised_by_the_next_send(server: PublishServer) -> None:
    with Publisher(server.url, "cam") as publisher:
        publisher.send(VideoFrame(64, 48, "rgbaf32le"))
        assert publisher.wait_connected(TIMEOUT_S)
    with pytest.raises(MediaError, match="rgbaf32le cannot be converted"):
        publisher.send(GREY)


def test_media_time_goes_on_whatever_clock_took_the_pictures(server: PublishServer) -> None:
    clock = ManualClock()
    clock.advance(1_000_000_000)
    nanoseconds, milliseconds, late_us = 1000, 0.001, 100_000
    with Publisher(server.url, "cam", clock=clock) as publisher:
        for factor, age_us in ((nanoseconds, 0), (1, 0), (milliseconds, 0), (1, 0), (1, late_us)):
            clock.advance(40_000)
            before = len(server.packets)
            publisher.send(GREY, captured_us=round(clock.wall_us() * factor) - age_us)
            server.wait(lambda: len(server.packets) > before, "picture")  # noqa: B023
    times = [header.pts_us for header, _ in server.packets]
    assert [late - early for early, late in pairwise(times)] == [40_000, 40_000, 40_000, 1]


@pytest.mark.parametrize("captured_us", [-1, 2**64])
def test_times_that_cannot_be_are_refused(server: PublishServer, captured_us: int) -> None:
    with (
        Publisher(server.url, "cam") as publisher,
        pytest.raises(ValueError, match="microseconds since 1970"),
    ):
        publisher.send(GREY, captured_us=captured_us)


def test_an_encoder_that_fails_is_told(
    server: PublishServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Publisher(server.url, "cam") as publisher:
        monkeypatch.setattr(publisher._encoder, "encode", lambda *_: 1 // 0)
        publisher.send(GREY)
        publisher._thread.join(TIMEOUT_S)
        with pytest.raises(StreamerError, match="see its log"):
            publisher.send(GREY)
        with pytest.raises(ConfigError, match="make a new one"):
            publisher.send(GREY)
    assert "ZeroDivisionError" in caplog.text


def test_a_refusal_is_raised(server: PublishServer) -> None:
    server.refusal = ErrorNotice(4401, "The token is wrong.")
    publisher = Publisher(server.url, "cam")
    publisher.send(GREY)
    assert not publisher.wait_connected(TIMEOUT_S)
    for _ in range(2):
        with pytest.raises(Unauthorized, match="needs a token; name it with --token"):
            publisher.send(GREY)
    publisher.close()


def test_the_last_picture_is_repeated_where_that_is_wanted(server: PublishServer) -> None:
    with Publisher(server.url, "cam", repeat_s=0.01) as publisher:
        publisher.send(GREY, meta=1, captured_us=5)
        server.wait(lambda: len(server.packets) >= 3, "repetition")
    packets = [split(packet) for packet in server.packets]
    assert len(set(packets)) == 1
    taken = [header.captured_us for header, _ in server.packets]
    assert taken[0] < AHEAD_US + 60_000_000
    assert min(taken[1:]) > server_us() - 60_000_000, "it is shown as of now"


def test_a_closed_publisher_says_so(server: PublishServer) -> None:
    publisher = Publisher(server.url, "cam")
    publisher.send(GREY)
    publisher.close()
    publisher.close()
    assert len(server.packets) == 1, "it was flushed"
    with pytest.raises(ConfigError, match="closed"):
        publisher.send(GREY)


def test_without_a_server_sending_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    with publish_server() as server:
        url = server.url
    with Publisher(url, "cam") as publisher:
        for _ in range(3):
            publisher.send(GREY)
        assert not publisher.wait_connected(0.01)
        assert publisher.stats.sent == 0
        assert not publisher.stats.connected


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("localhost:8000", {"name": "cam"}),
        ("http://localhost:8000", {}),
        ("http://localhost:8000", {"name": "a b"}),
        ("http://localhost:8000/cam", {"codec": "vp8"}),
        ("http://localhost:8000/cam", {"repeat_s": 0}),
    ],
)
def test_what_cannot_be_published_to(url: str, options: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Publisher(url, **options)  # type: ignore[arg-type]


def test_the_package_is_light_until_something_is_published() -> None:
    code = (
        "import sys, streamer, streamer.cli; assert not {'av', 'PIL'} & set(sys.modules);"
        "streamer.Publisher; assert 'av' in sys.modules; print(streamer.__version__)"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == streamer.__version__
    with pytest.raises(AttributeError, match="no attribute 'publisher'"):
        _ = streamer.publisher
