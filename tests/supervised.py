"""A supervised stream without processes: fake forge, fake workers, and a manual clock."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import anyio
import anyio.lowlevel

from streamer.address import SourceSpec
from streamer.clock import Clock, ManualClock
from streamer.hub.spec import StreamSpec
from streamer.hub.state import State
from streamer.hub.stream import Stream
from streamer.hub.supply.backoff import Backoff
from streamer.hub.supply.lookout import LOOK_CAP_S, LOOK_FIRST_S, Lookout
from streamer.hub.supply.retry import Retry
from streamer.hub.supply.supervisor import Supervisor
from streamer.hub.supply.worker import Forge, ignore
from streamer.parsing import parse
from tests.media_messages import Eye

# What a worker says of the source that it opened.
OPENED = {
    "type": "opened",
    "codec": "h264",
    "width": 640,
    "height": 360,
    "fps": 30.0,
    "sound": "",
}


async def settle() -> None:
    """Let every task run until it waits for something that only a test can bring about."""
    for _ in range(30):
        await anyio.lowlevel.checkpoint()


def failed(sentence: str = "No.", **more: Any) -> dict[str, Any]:
    """What a worker says of a failure, most often one that may pass."""
    usual = {"retryable": True, "haste": 0, "waits": False}
    return {"type": "failed", "sentence": sentence, **usual, **more}


class FakeWorker:
    """A worker without a process: `says` is what its reader would pass on."""

    def __init__(
        self,
        publish: Callable[[bytearray], None],
        says: Callable[[dict[str, Any]], None],
        clock: Clock,
    ) -> None:
        self.pid = 7
        self.publish = publish
        self.says = says
        self.heard_us = clock.monotonic_us()
        self.demands: list[dict[int, str]] = []
        self.sounds: list[tuple[str, ...]] = []
        self.keyframes: list[int] = []
        self.stopped = 0
        self.tries = 1
        self.closed = False

    def tell(
        self, publish: Callable[[bytearray], None], says: Callable[[dict[str, Any]], None]
    ) -> None:
        self.publish, self.says = publish, says

    def hush(self) -> None:
        self.tell(ignore, ignore)

    def again(self) -> None:
        self.tries += 1

    def demand(self, renditions: dict[int, str], sound: tuple[str, ...]) -> None:
        self.demands.append(renditions)
        self.sounds.append(sound)

    def keyframe(self, index: int) -> None:
        self.keyframes.append(index)

    async def stop(self) -> int:
        await anyio.lowlevel.checkpoint()
        self.stopped += 1
        self.says({"type": "closed"})
        return 0


class FakeForge:
    """Makes fake workers, or raises what it was told to; some are `hasty` to speak."""

    def __init__(self) -> None:
        self.workers: list[FakeWorker] = []
        self.troubles: list[Exception] = []
        self.specs: list[SourceSpec] = []
        self.feeds: list[socket.socket] = []
        self.hasty: list[dict[str, Any]] = []

    async def start(
        self,
        spec: SourceSpec,
        on_media: Callable[[bytearray], None],
        on_control: Callable[[dict[str, Any]], None],
        clock: Clock,
        feed: socket.socket | None = None,
    ) -> FakeWorker:
        if feed is not None:
            self.feeds.append(feed.dup())
        await anyio.lowlevel.checkpoint()
        if self.troubles:
            raise self.troubles.pop(0)
        self.specs.append(spec)
        self.workers.append(FakeWorker(on_media, on_control, clock))
        if self.hasty:
            on_control(self.hasty.pop(0))
        return self.workers[-1]


class Scene:
    """A supervised stream with one viewer, and the hands on its clock."""

    def __init__(self, fallbacks: tuple[SourceSpec, ...], source: str, always: bool) -> None:
        self.clock = ManualClock()
        spec = StreamSpec("cam", SourceSpec(parse(source)), always, fallbacks=fallbacks)
        self.stream = Stream(spec, self.clock)
        self.forge = FakeForge()
        self.eye = Eye()
        forge = cast(Forge, self.forge)
        retry = Retry(self.stream, self.clock, Backoff(lambda: 1.0))
        looks = Backoff(lambda: 0.0, LOOK_FIRST_S, LOOK_CAP_S)
        lookout = Lookout(forge, self.clock, looks)
        self.supervisor = Supervisor(self.stream, forge, self.clock, retry, lookout)

    @property
    def worker(self) -> FakeWorker:
        return self.forge.workers[-1]

    @property
    def state(self) -> State:
        return self.stream.state

    async def after(self, us: int = 0) -> None:
        """Let `us` pass, and everybody act on it."""
        self.clock.advance(us)
        self.stream.poke()
        await settle()

    async def says(self, **body: Any) -> None:
        self.worker.says(body)
        await settle()

    async def watch(self) -> None:
        self.stream.attach(self.eye)
        await settle()


@asynccontextmanager
async def supervised(
    fallbacks: tuple[SourceSpec, ...] = (), source: str = "rtsp://u:pw@cam/", always: bool = False
) -> AsyncIterator[Scene]:
    scene = Scene(fallbacks, source, always)
    async with anyio.create_task_group() as group:
        group.start_soon(scene.supervisor.run)
        await settle()
        yield scene
        group.cancel_scope.cancel()
    for feed in scene.forge.feeds:
        feed.close()
    assert [worker.stopped for worker in scene.forge.workers] == [1] * len(scene.forge.workers)
    assert scene.supervisor.pid is None
