"""Real worker processes: started, fed, ended and killed, with nothing left behind."""

import os
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import anyio.lowlevel
import pytest

from streamer.address import SourceSpec
from streamer.clock import SystemClock
from streamer.errors import MediaError
from streamer.hub.supply.worker import Forge, Worker
from streamer.parsing import parse
from streamer.wire import Header, Kind, unpack

pytestmark = pytest.mark.anyio
TIMEOUT_S = 60
SAMPLES = Path(__file__).parent.parent / "samples"
PATTERN = SourceSpec(parse("pattern:128x96@30"))


class Hearing:
    """What a worker says, and waiting for it."""

    def __init__(self, on_media: Callable[[], None] = lambda: None) -> None:
        self.said: list[dict[str, Any]] = []
        self.headers: list[Header] = []
        self._on_media = on_media
        self._news = anyio.Event()

    def media(self, message: bytearray) -> None:
        self._on_media()
        self.headers.append(unpack(message)[0])
        self._news.set()

    def control(self, body: dict[str, Any]) -> None:
        self.said.append(body)
        self._news.set()

    async def until(self, happened: Callable[[], bool]) -> None:
        with anyio.fail_after(TIMEOUT_S):
            while not happened():
                self._news = anyio.Event()
                await self._news.wait()

    async def until_said(self, kind: str) -> dict[str, Any]:
        await self.until(lambda: any(body["type"] == kind for body in self.said))
        return next(body for body in self.said if body["type"] == kind)


async def start(hearing: Hearing, spec: SourceSpec = PATTERN) -> Worker:
    return await Forge().start(spec, hearing.media, hearing.control, SystemClock())


def is_alive(pid: int | None) -> bool:
    assert pid is not None
    return Path(f"/proc/{pid}").exists()


async def until_stopped(pid: int) -> None:
    """Until a signal to stop has come through, which takes a moment."""
    with anyio.fail_after(30):
        while state(pid) != "T":
            await anyio.lowlevel.checkpoint()


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def test_a_worker_makes_what_is_demanded_until_it_is_stopped() -> None:
    hearing = Hearing()
    worker = await start(hearing)
    opened = await hearing.until_said("opened")
    assert (opened["codec"], opened["width"], opened["height"]) == ("rawvideo", 128, 96)
    assert hearing.headers == []
    worker.demand({3: "jpeg", 4: "h264"})
    await hearing.until(lambda: {header.rendition for header in hearing.headers} == {3, 4})
    await hearing.until(lambda: hearing.headers[-1].kind is Kind.FRAGMENT)
    seen = len(hearing.headers)
    worker.keyframe(4)
    await hearing.until(lambda: any(h.flags for h in hearing.headers[seen:] if h.rendition == 4))
    assert worker.heard_us > 0
    pid = worker.pid
    assert is_alive(pid)
    assert await worker.stop() in (0, -signal.SIGKILL)
    assert not is_alive(pid)
    assert worker.closed
    worker.demand({})  # nobody hears it, and nothing breaks


async def test_others_may_be_told_what_a_worker_says_and_nobody() -> None:
    first, second = Hearing(), Hearing()
    worker = await start(first)
    await first.until_said("opened")
    worker.tell(second.media, second.control)
    worker.demand({3: "jpeg"})
    await second.until(lambda: len(second.headers) > 1)
    await second.until_said("description")
    worker.hush()
    seen = len(second.headers)
    heard_us = worker.heard_us
    await worker_speaks(worker, heard_us)
    await worker.stop()
    assert (first.headers, len(second.headers)) == ([], seen)
    assert "closed" not in [body["type"] for body in first.said + second.said]


async def worker_speaks(worker: Worker, since_us: int) -> None:
    """Until it has said something more, heard or not."""
    with anyio.fail_after(TIMEOUT_S):
        while worker.heard_us == since_us:
            await anyio.lowlevel.checkpoint()


async def test_a_killed_worker_is_told_as_closed() -> None:
    hearing = Hearing()
    worker = await start(hearing)
    await hearing.until_said("opened")
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await hearing.until_said("closed")
    assert await worker.stop() == -signal.SIGKILL
    assert not is_alive(pid)


async def test_a_worker_that_does_not_listen_is_killed() -> None:
    hearing = Hearing()
    worker = await start(hearing)
    await hearing.until_said("opened")
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    await until_stopped(pid)
    assert await worker.stop() == -signal.SIGKILL
    assert not is_alive(pid)


async def test_a_source_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    hearing = Hearing()
    worker = await start(hearing, SourceSpec(parse(str(tmp_path / "none.mp4"))))
    failed = await hearing.until_said("failed")
    assert (failed["sentence"][-31:], failed["retryable"]) == (
        "does not exist; check the path.",
        False,
    )
    await hearing.until_said("closed")
    assert await worker.stop() == 0


async def test_standard_input_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with (SAMPLES / "mpeg2.ts").open("rb") as pipe:
        monkeypatch.setattr("streamer.hub.supply.worker.STDIN", pipe.fileno())
        hearing = Hearing()
        worker = await start(hearing, SourceSpec(parse("-")))
        assert (await hearing.until_said("opened"))["codec"] == "mpeg2video"
        worker.demand({0: "jpeg"})
        await hearing.until_said("ended")
        await worker.stop()


async def test_what_makes_no_sense_ends_the_worker() -> None:
    def refuse() -> None:
        raise MediaError("No.")

    hearing = Hearing(refuse)
    worker = await start(hearing)
    worker.demand({0: "jpeg"})
    await hearing.until_said("closed")
    assert hearing.headers == []
    await worker.stop()


async def test_a_start_that_is_cancelled_leaves_no_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pids: list[int | None] = []
    fork = Forge._fork

    def fork_and_cancel(forge: Forge, *how: Any) -> BaseProcess:
        process = fork(forge, *how)
        pids.append(process.pid)
        anyio.from_thread.run_sync(scope.cancel)
        return process

    monkeypatch.setattr(Forge, "_fork", fork_and_cancel)
    hearing = Hearing()
    with anyio.CancelScope() as scope:
        await start(hearing)
    assert scope.cancelled_caught
    assert [is_alive(pid) for pid in pids] == [False]


async def test_a_process_that_cannot_be_made_leaves_no_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise OSError(24, "Too many open files")

    before = descriptors()
    monkeypatch.setattr(Forge, "_fork", fail)
    with pytest.raises(OSError, match="Too many open files"):
        await start(Hearing())
    assert descriptors() <= before


async def test_nothing_is_left_of_many_workers() -> None:
    async def live() -> None:
        hearing = Hearing()
        worker = await start(hearing)
        await hearing.until_said("opened")
        await worker.stop()

    await live()
    before = descriptors()
    for _ in range(3):
        await live()
    assert descriptors() <= before


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir() if path.exists()}
