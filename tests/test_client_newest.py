"""The newest frame for a program that may be slow, from a server that does what the test wants."""

import threading
from collections.abc import Iterator

import pytest

from streamer import Viewer
from streamer.client.view.frames import FrameDecoder
from streamer.errors import StreamerError
from streamer.wire import Flags, Header, Kind, pack
from tests.fake_server import TIMEOUT_S, FakeServer, server_us
from tests.test_client_frames import h264
from tests.view_server import H264, ViewVisit, media, view_server

Server = FakeServer[ViewVisit]
COUNT = 10
STEP_US = 33_000
PICTURES = h264(COUNT)


@pytest.fixture
def server() -> Iterator[Server]:
    with view_server() as running:
        yield running
    names = [thread.name for thread in threading.enumerate()]
    assert "streamer-decoding" not in names


def begun(server: Server) -> ViewVisit:
    server.wait(lambda: server.visits and server.last.play, "play")
    server.last.say(H264)
    server.last.send(media(Kind.INIT, payload=PICTURES[0].init or b""))
    return server.last


def sent(visit: ViewVisit, *numbers: int, first_us: int | None = None) -> None:
    """Send pictures, which were taken one after the other from `first_us` on, or just now."""
    for number in numbers:
        flags = Flags.NONE if number else Flags.KEYFRAME
        captured_us = server_us() if first_us is None else first_us + number * STEP_US
        header = Header(Kind.FRAGMENT, flags, 0, number, number * STEP_US, captured_us)
        visit.send(pack(header, bytes(PICTURES[number].payload)))


def test_how_slow_a_program_is_the_server_is_not_told(server: Server) -> None:
    with Viewer(server.url, "cam") as viewer:
        visit = begun(server)
        frames = viewer.frames(timeout_s=TIMEOUT_S)
        sent(visit, 0)
        next(frames)
        sent(visit, *range(1, COUNT))
        server.wait(lambda: visit.acks and visit.acks[-1].decoded == COUNT - 1, "ack of the last")
        assert next(frames).message.header.sequence == COUNT - 1
        assert viewer.stats.dropped == {"late": COUNT - 2}


def test_of_a_group_joined_in_its_middle_the_last_picture_alone_is_handed_out(
    server: Server,
) -> None:
    with Viewer(server.url, "cam") as viewer:
        visit = begun(server)
        sent(visit, *range(COUNT - 1), first_us=server_us() - 2_000_000)
        frames = viewer.frames(timeout_s=TIMEOUT_S)
        assert next(frames).message.header.sequence == COUNT - 2
        sent(visit, COUNT - 1)
        assert next(frames).message.header.sequence == COUNT - 1
        assert sum(viewer.stats.dropped.values()) == 0
        assert viewer.stats.shown == 2


def test_with_every_nothing_is_left_out(server: Server) -> None:
    with Viewer(server.url, "cam") as viewer:
        visit = begun(server)
        sent(visit, *range(COUNT), first_us=server_us() - 2_000_000)
        frames = viewer.frames(every=True, timeout_s=TIMEOUT_S)
        found = [next(frames).message.header.sequence for _ in range(COUNT)]
        assert found == list(range(COUNT))


def test_a_surprise_in_decoding_is_raised_where_frames_are_taken(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*_: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(FrameDecoder, "decode", decode)
    with Viewer(server.url, "cam") as viewer:
        sent(begun(server), 0)
        with pytest.raises(StreamerError, match="viewer failed; see its log"):
            next(viewer.frames(timeout_s=TIMEOUT_S))
