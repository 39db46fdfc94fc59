"""`streamer push`: sources of every kind to a server."""

import base64
import errno
import queue
import threading
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Self, cast
from unittest.mock import Mock

import av
import pytest
from av.video.codeccontext import VideoCodecContext
from PIL import Image

from streamer.address import SourceSpec
from streamer.app import asset
from streamer.client.publish.push import Feed, Order
from streamer.clock import SystemClock
from streamer.control import ErrorNotice
from streamer.errors import ConfigError, SourceLost, SourceMissing, SourceUnreadable, Unauthorized
from streamer.media.ingest import opening
from streamer.media.picture.card import to_yuv
from streamer.media.picture.marked import read_mark
from streamer.media.sample import Source
from streamer.parsing import parse
from streamer.wire import Flags, Kind
from tests.publish_server import TIMEOUT_S, PublishServer, publish_server
from tests.sounding import FPS, make_clip

SAMPLES = asset("samples")


@pytest.fixture
def server() -> Iterator[PublishServer]:
    with publish_server() as running:
        yield running


class Pushing:
    """A feed in a thread of its own, as the command has it."""

    def __init__(
        self, server: PublishServer, source: str, *, loop: bool = False, **options: str
    ) -> None:
        spec = SourceSpec(parse(source), loop=loop)
        order = Order(spec, f"{server.url}/cam", **options)  # type: ignore[arg-type]
        self.feed = Feed(order, SystemClock())
        self.thread = threading.Thread(target=self.feed.run, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.feed.close()
        self.thread.join(TIMEOUT_S)
        assert not self.thread.is_alive()


def decoded(server: PublishServer, codec: str) -> list[av.VideoFrame]:
    """The pictures of the first session, by what was said of them."""
    visit = server.visits[0]
    context = cast(VideoCodecContext, av.CodecContext.create(codec, "r"))
    if description := visit.forms[0].description:
        context.extradata = base64.b64decode(description)
    return [f for _, data in visit.packets for f in context.decode(av.Packet(data))]


@pytest.mark.parametrize(
    ("sample", "codec"), [("h264.mp4", "h264"), ("vp8.webm", "libvpx"), ("av1.mp4", "libdav1d")]
)
def test_a_file_goes_untouched(server: PublishServer, sample: str, codec: str) -> None:
    with Pushing(server, str(SAMPLES / sample)) as pushing:
        server.wait(lambda: len(server.packets) >= 6, "packets")
        figures = pushing.feed.figures
    frames = decoded(server, codec)
    marks = [found.sequence for frame in frames if (found := read_mark(frame))]
    assert marks[:4] == [0, 1, 2, 3], "from the very beginning: a file waits for the server"
    assert server.packets[0][0].flags & Flags.KEYFRAME
    times = [header.pts_us for header, _ in server.packets]
    assert times[1] - times[0] == pytest.approx(40_000, abs=1000)
    assert figures.dropped == 0


def test_the_files_of_a_directory_follow_each_other(server: PublishServer, tmp_path: Path) -> None:
    for name in ("1.mp4", "2.mp4"):
        make_clip(tmp_path / name, "aac", seconds=1)
    (tmp_path / "3.mp4").write_text("nothing")
    with Pushing(server, str(tmp_path)) as pushing:
        pushing.thread.join(TIMEOUT_S)
        assert not pushing.thread.is_alive()
    assert pushing.feed.failure is None
    packets = [header for header, _ in server.packets]
    times_us = [each.pts_us for each in packets if each.kind is Kind.PACKET]
    steps_us = [after - before for before, after in pairwise(times_us)]
    assert (len(times_us), max(steps_us) < 300_000, min(steps_us) > 0) == (2 * FPS, True, True)


@pytest.mark.parametrize(("name", "codec"), [("vp9-opus.webm", "vp09"), ("mpeg2.ts", "avc1")])
def test_a_looped_file_that_is_replaced_goes_on(
    server: PublishServer, tmp_path: Path, name: str, codec: str
) -> None:
    """As packets of another codec, or through an encoder from then on."""
    path, new = make_clip(tmp_path / "now.mp4", "aac", seconds=1), tmp_path / "new"
    new.write_bytes((SAMPLES / name).read_bytes())
    with Pushing(server, str(path), loop=True) as pushing:
        server.wait(lambda: server.packets, "packet")
        new.replace(path)
        server.wait(lambda: server.last.forms and server.last.forms[-1].width == 320, "the other")
        assert pushing.feed.failure is None
    assert server.visits[0].forms[0].width == 128
    assert server.last.forms[-1].codec.startswith(codec)


def test_pictures_are_encoded(server: PublishServer) -> None:
    with Pushing(server, "pattern:320x180@30"):
        server.wait(lambda: len(server.packets) >= 5, "packets")
    assert server.last.forms[0].codec.startswith("avc1.")
    assert server.last.forms[0].fps == 30
    assert read_mark(decoded(server, "h264")[0]) is not None


def test_a_codec_that_no_browser_takes_is_encoded_anew(server: PublishServer) -> None:
    with Pushing(server, str(SAMPLES / "mpeg2.ts"), codec="jpeg"):
        server.wait(lambda: len(server.packets) >= 5, "packets")
    assert server.last.forms[0].codec == "jpeg"


def test_pixels_that_are_wider_than_high(server: PublishServer, tmp_path: Path) -> None:
    path = tmp_path / "wide.ts"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg2video", 25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        for at in range(30):
            frame = to_yuv(Image.new("RGB", (320, 240)))
            frame.pts = at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with Pushing(server, str(path)):
        server.wait(lambda: server.packets, "packet")
    assert (server.last.forms[0].width, server.last.forms[0].height) == (426, 240)


def test_it_ends_with_the_file_and_loses_nothing(server: PublishServer) -> None:
    with Pushing(server, str(SAMPLES / "mjpeg.avi")) as pushing:
        pushing.thread.join(TIMEOUT_S)
        assert not pushing.thread.is_alive()
    assert pushing.feed.failure is None
    assert len(server.packets) == 30


def test_a_file_waits_while_the_server_is_away(server: PublishServer) -> None:
    with Pushing(server, str(SAMPLES / "mjpeg.avi")) as pushing:
        server.wait(lambda: len(server.packets) >= 3, "packets")
        server.close()
        server.open()
        pushing.thread.join(TIMEOUT_S)
    assert len(server.visits) == 2
    assert len(server.packets) >= 25


def test_what_cannot_be_opened_ends_it(server: PublishServer) -> None:
    with Pushing(server, "nowhere.mp4") as pushing:
        pushing.thread.join(TIMEOUT_S)
    assert isinstance(pushing.feed.failure, SourceMissing)
    assert server.visits == []


def test_pictures_that_cannot_be_published_end_it(server: PublishServer, tmp_path: Path) -> None:
    tiny = tmp_path / "tiny.gif"
    Image.new("RGB", (10, 10)).save(tiny)
    with Pushing(server, str(tiny)) as pushing:
        pushing.thread.join(TIMEOUT_S)
    assert isinstance(pushing.feed.failure, SourceUnreadable)
    assert "10x10" in pushing.feed.failure.sentence


def test_what_nobody_has_foreseen_ends_it_with_a_sentence(
    server: PublishServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_source(*_: object) -> Source:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(opening, "open_source", open_source)
    with Pushing(server, "pattern:320x180@30") as pushing:
        pushing.thread.join(TIMEOUT_S)
    assert pushing.feed.failure is not None
    assert "could not be processed" in pushing.feed.failure.sentence


def test_a_camera_that_is_away_is_tried_again(
    server: PublishServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = threading.Semaphore(0)

    def open_source(*arguments: Any) -> Source:
        opened.release()
        return opened_before(*arguments)

    opened_before = opening.open_source
    monkeypatch.setattr(opening, "open_source", open_source)
    with Pushing(server, f"tcp://127.0.0.1:{server.port + 1}") as pushing:
        for _ in range(2):
            assert opened.acquire(timeout=TIMEOUT_S)
        assert pushing.feed.trouble
        assert "does not answer" in pushing.feed.trouble
    assert pushing.feed.failure is None


def test_what_was_live_is_known_when_it_is_tried_again(
    server: PublishServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: queue.Queue[SourceSpec] = queue.Queue()

    def open_source(spec: SourceSpec, *arguments: Any) -> Source:
        tries.put(spec)
        if spec.was_live:
            raise SourceLost("Not there.")
        opened: Any = opened_before(SourceSpec(parse(str(SAMPLES / "h264.mp4"))), *arguments)
        opened._pace = Mock(is_live=True)
        opened.samples = Mock(side_effect=SourceLost("Stopped."))
        return cast(Source, opened)

    opened_before = opening.open_source

    monkeypatch.setattr(opening, "open_source", open_source)
    with Pushing(server, "tcp://127.0.0.1:1"):
        known = [tries.get(timeout=TIMEOUT_S).was_live for _ in range(3)]
    assert known == [False, True, True]


def test_a_refusal_ends_it(server: PublishServer) -> None:
    server.refusal = ErrorNotice(4401, "The token is wrong.")
    with Pushing(server, "pattern:320x180@30") as pushing:
        pushing.thread.join(TIMEOUT_S)
        assert not pushing.thread.is_alive()
    assert isinstance(pushing.feed.failure, Unauthorized)


def test_a_bad_address() -> None:
    with pytest.raises(ConfigError, match="no address of a server"):
        Feed(Order(SourceSpec(parse("pattern:")), "localhost/cam"), SystemClock())


@pytest.mark.parametrize(
    ("name", "codec", "described"),
    [("a.mp4", "aac", True), ("a.ts", "aac", True), ("a.mkv", "libopus", True)],
)
def test_sound_that_passes_goes_along(
    server: PublishServer, tmp_path: Path, name: str, codec: str, described: bool
) -> None:
    clip = make_clip(tmp_path / name, codec, seconds=3)

    def sounds() -> list[Any]:
        return [header for header, _ in server.packets if header.kind is Kind.AUDIO_PACKET]

    with Pushing(server, str(clip)):
        server.wait(lambda: len(sounds()) >= 10, "sound")
    form = server.visits[0].forms[-1].sound
    assert form is not None
    assert (form.entry, form.rate) == ("opus" if codec == "libopus" else "mp4a", 48_000)
    assert bool(form.description) is described
    steps = [after.pts_us - before.pts_us for before, after in pairwise(sounds())]
    assert all(15_000 < step < 26_000 for step in steps)
    sequences = [header.sequence for header, _ in server.packets]
    assert sequences == sorted(set(sequences))


def test_sound_that_does_not_pass_stays_here(server: PublishServer, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.ts", "mp2", seconds=3)
    with Pushing(server, str(clip)):
        server.wait(lambda: len(server.packets) >= 10, "packets")
    assert {header.kind for header, _ in server.packets} == {Kind.PACKET}
    assert [form.sound for form in server.visits[0].forms] == [None]
