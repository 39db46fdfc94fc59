"""One publisher: the way of what it sends into the worker, and its one place on a stream."""

import socket
from collections.abc import AsyncIterator

import anyio
import pytest

from streamer.address import PUBLISHED_BODY, PUBLISHED_MESSAGES
from streamer.clock import ManualClock
from streamer.control import Keyframe, Pong
from streamer.errors import GoingDown, PublisherExists, UnsupportedMedia
from streamer.hub.supply.publication import Feed, Publication
from streamer.hub.supply.stage import Stage
from streamer.publishing import ServerMessage
from tests.supervised import settle

pytestmark = pytest.mark.anyio
LARGE = bytes(4_000_000)


class Publisher:
    """A publication, what it was told, and how often it was ended."""

    def __init__(self, *, resumes: bool = True) -> None:
        self.told: list[ServerMessage] = []
        self.ended = 0
        self.publication = Publication(self.told.append, self._end, resumes=resumes)

    def _end(self) -> None:
        self.ended += 1


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    made = Publisher()
    yield made
    made.publication.close()


def read(sock: socket.socket) -> bytes:
    """What lies there; b"" at the end."""
    sock.settimeout(5)
    return sock.recv(1 << 20)


async def test_bytes_wait_for_a_worker(publisher: Publisher) -> None:
    publication = publisher.publication
    async with anyio.create_task_group() as group:
        group.start_soon(publication.write, b"abc")
        await settle()
        with publication.open_feed() as feed:
            await settle()
            assert read(feed) == b"abc"
    assert (publication.received, publisher.told) == (3, [])


async def test_each_worker_is_told_first_what_it_must_know(publisher: Publisher) -> None:
    publication = publisher.publication
    with publication.open_feed() as feed:
        await publication.describe(b"H264 ")
        await publication.write(b"one ")
        await publication.write(b"two")
        assert read(feed) == b"H264 one two"
        await publication.describe(b"VP8 ")
        assert read(feed) == b"VP8 "
    await publication.write(b"lost")  # the worker is gone
    async with anyio.create_task_group() as group:
        group.start_soon(publication.write, b"three")
        await settle()
        with publication.open_feed() as feed:
            await settle()
            assert read(feed) == b"VP8 three"
    assert publisher.told == [Keyframe()]


async def test_a_worker_that_is_behind_slows_its_publisher(publisher: Publisher) -> None:
    publication = publisher.publication
    with publication.open_feed() as feed:
        async with anyio.create_task_group() as group:
            group.start_soon(publication.write, LARGE)
            await settle()
            taken = len(read(feed))
            assert taken < 1_000_000  # it waits rather than to pile up
            feed.setblocking(False)
            while taken < len(LARGE):
                await settle()
                taken += len(feed.recv(1 << 20))


async def test_a_write_ends_with_its_worker(publisher: Publisher) -> None:
    publication = publisher.publication
    async with anyio.create_task_group() as group:
        with publication.open_feed() as feed:
            group.start_soon(publication.write, LARGE)
            await settle()
            feed.shutdown(socket.SHUT_RDWR)
    with publication.open_feed() as feed:
        await publication.write(b"next")
        assert read(feed) == b"next"


async def test_another_worker_ends_a_write_to_the_one_before(publisher: Publisher) -> None:
    publication = publisher.publication
    with publication.open_feed() as old:
        async with anyio.create_task_group() as group:
            group.start_soon(publication.write, LARGE)
            await settle()
            with publication.open_feed() as new:
                await settle()
                assert old.fileno() >= 0
                await publication.write(b"fresh")
                assert read(new) == b"fresh"


async def test_a_feed_that_is_closed_while_it_writes_closes_afterwards() -> None:
    feed = Feed()

    async def write() -> None:
        with pytest.raises(OSError):  # noqa: PT011  # whichever the system says
            await feed.write(LARGE)

    with feed.theirs:
        async with anyio.create_task_group() as group:
            group.start_soon(write)
            await settle()
            feed.close()
        with pytest.raises(OSError):  # noqa: PT011
            await feed.write(b"x")
        feed.finish()  # nothing is left to say


async def test_the_end_is_read_after_all_bytes(publisher: Publisher) -> None:
    publication = publisher.publication
    with publication.open_feed() as feed:
        await publication.write(b"abc")
        await publication.finish()
        assert (read(feed), read(feed)) == (b"abc", b"")


def test_the_first_end_counts() -> None:
    publisher = Publisher()
    publication = publisher.publication
    publication.end()
    publication.end(GoingDown("x."))
    assert (publisher.ended, publication.failure, publication.is_over) == (1, None, True)
    publication.close()


def test_a_worker_is_told_which_form_it_reads() -> None:
    forms = [Publisher(resumes=resumes).publication.address for resumes in (True, False)]
    assert forms == [PUBLISHED_MESSAGES, PUBLISHED_BODY]


class Bench:
    """A stage, and how often it changed."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.changes = 0
        self.stage = Stage("cam", self.clock, self._change)

    def _change(self) -> None:
        self.changes += 1


def test_a_stage_takes_one_publisher_at_a_time() -> None:
    bench, first, second = Bench(), Publisher(), Publisher()
    bench.clock.advance(7)
    assert bench.stage.empty_us() == 7
    bench.stage.enter(first.publication, takeover=False)
    with pytest.raises(PublisherExists, match="Another publishes to 'cam'"):
        bench.stage.enter(second.publication, takeover=False)
    assert (bench.stage.publication, first.ended) == (first.publication, 0)
    bench.clock.advance(5)
    assert bench.stage.empty_us() == 0
    bench.stage.leave(first.publication)
    bench.stage.leave(second.publication)  # it was never there
    bench.clock.advance(3)
    assert (bench.stage.publication, bench.stage.empty_us(), bench.changes) == (None, 3, 2)


def test_a_takeover_sends_the_first_away() -> None:
    bench, first, second = Bench(), Publisher(), Publisher()
    first.publication.received, second.publication.received = 3, 4
    bench.stage.enter(first.publication, takeover=True)
    bench.stage.enter(second.publication, takeover=True)
    assert first.ended == 1
    assert isinstance(first.publication.failure, PublisherExists)
    assert "has taken over 'cam'" in first.publication.failure.sentence
    bench.stage.leave(first.publication)
    assert (bench.stage.publication, bench.stage.received) == (second.publication, 7)


def test_a_publisher_is_asked_for_a_keyframe_once_a_second() -> None:
    bench, publisher = Bench(), Publisher()
    bench.stage.ask_keyframe()  # of nobody
    bench.stage.enter(publisher.publication, takeover=False)
    for after_us in (0, 999_999, 1):
        bench.clock.advance(after_us)
        bench.stage.ask_keyframe()
    assert publisher.told == [Keyframe(), Keyframe()]
    bench.stage.tell(Pong(1, 2, 3))
    assert publisher.told[-1] == Pong(1, 2, 3)


def test_a_publisher_can_be_dismissed() -> None:
    bench, publisher = Bench(), Publisher()
    bench.stage.dismiss(UnsupportedMedia("Nobody."))
    bench.stage.enter(publisher.publication, takeover=False)
    bench.stage.dismiss(UnsupportedMedia("x."))
    assert isinstance(publisher.publication.failure, UnsupportedMedia)
