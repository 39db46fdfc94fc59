"""When a slate is given, what it says, and that it is drawn once."""

import io
import os
import signal
from pathlib import Path

import anyio
import pytest
from PIL import Image

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.errors import MediaError
from streamer.hub.spec import StreamSpec
from streamer.hub.state import WAITING, Phase, State
from streamer.hub.stream import Opened, Stream
from streamer.hub.supply import slates
from streamer.hub.supply.slates import AGAIN, NO_MORE, Slates, draw
from streamer.hub.supply.worker import Forge
from streamer.parsing import parse
from streamer.rendition import Description
from streamer.slate import SlateSpec
from streamer.wire import HEADER_SIZE, Kind

pytestmark = pytest.mark.anyio
RETRYING = State(Phase.OFFLINE, "No answer.", 1)


class Board:
    """Slates whose drawing is only written down."""

    def __init__(self, slate: Path | bool = True) -> None:
        clock = ManualClock()
        spec = StreamSpec("cam", SourceSpec(parse("rtsp://cam/")), slate=slate)
        self.stream = Stream(spec, clock)
        self.drawn: list[SlateSpec] = []
        self.trouble: Exception | None = None
        self.slates = Slates(self._draw, clock)

    async def _draw(self, spec: SlateSpec) -> bytes:
        self.drawn.append(spec)
        await anyio.lowlevel.checkpoint()
        if self.trouble is not None:
            raise self.trouble
        return b"jpeg"

    async def payload(self, state: State = RETRYING, rendition: str = "jpeg") -> bytes | None:
        message = await self.slates.message(self.stream, state, rendition)
        if message is None:
            return None
        assert (message.kind, message.is_key, message.is_picture) == (Kind.JPEG, True, True)
        return bytes(message.data[HEADER_SIZE:])


async def test_it_says_why_and_what_comes_next() -> None:
    board = Board()
    assert await board.payload() == b"jpeg"
    assert await board.payload(State(Phase.OFFLINE, "Password.")) == b"jpeg"
    assert board.drawn == [
        SlateSpec("cam", "No answer.", AGAIN, 1280, 720),
        SlateSpec("cam", "Password.", NO_MORE, 1280, 720),
    ]
    await board.payload(WAITING)
    assert board.drawn[-1] == SlateSpec("cam", "Waiting for a publisher.", "", 1280, 720)


async def test_it_is_as_large_as_the_picture_was() -> None:
    board = Board(Path("away.png"))
    board.stream.open(Opened("mjpeg", 640, 480, 25.0))
    board.stream.catalog()
    index = next(c.index for c in board.stream.channels if str(c.rendition) == "jpeg")
    board.stream.describe(index, Description("jpeg", 640, 480, 25.0))
    await board.payload()
    await board.payload(rendition="jpeg-240")
    assert [(each.width, each.height) for each in board.drawn] == [(640, 480), (1280, 720)]
    assert board.drawn[0].background == Path("away.png")


async def test_it_is_drawn_once() -> None:
    board = Board()
    async with anyio.create_task_group() as group:
        for retry_at_us in range(5):
            group.start_soon(board.payload, State(Phase.OFFLINE, "No answer.", retry_at_us))
    assert len(board.drawn) == 1


async def test_only_so_many_are_kept() -> None:
    board = Board()
    for number in range(100):
        await board.payload(State(Phase.OFFLINE, f"{number}", 1))
    assert len(board.slates._drawn) == 32
    await board.payload(State(Phase.OFFLINE, "99", 1))
    assert len(board.drawn) == 100


@pytest.mark.parametrize("phase", [each for each in Phase if each is not Phase.OFFLINE])
async def test_there_is_none_in_other_phases(phase: Phase) -> None:
    assert await Board().payload(State(phase)) is None


async def test_there_is_none_unless_it_is_asked_for() -> None:
    assert await Board(slate=False).payload() is None


@pytest.mark.parametrize("trouble", [OSError(24, "Full"), EOFError(), MediaError("Broken.")])
async def test_trouble_means_no_slate(
    trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    board = Board()
    board.trouble = trouble
    assert await board.payload() is None
    assert "event=no-slate name=cam" in caplog.text
    board.trouble = None
    assert await board.payload() == b"jpeg"


async def test_a_process_draws_it_and_is_gone() -> None:
    picture = await draw(Forge(), SlateSpec("cam", "No answer.", AGAIN, 320, 180))
    assert Image.open(io.BytesIO(picture)).size == (320, 180)


def kill_oneself(_sock: object, _spec: SlateSpec) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def test_a_process_that_dies_is_no_slate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slates, "enter_slate", kill_oneself)
    with pytest.raises(EOFError):
        await draw(Forge(), SlateSpec("cam", "No answer.", AGAIN, 320, 180))
