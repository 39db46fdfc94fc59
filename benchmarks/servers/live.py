"""The real application with three live sources, each in a worker of its own; publishing is timed.

One is the test pattern, which is watched. The others are the clip given as argument, over and
over, so that two workers decode it beside the server.
"""

import sys
import time
from typing import Any

import anyio
import uvicorn

from benchmarks.servers.publishing import answer_with, listen
from streamer.address import SourceSpec
from streamer.app import asset
from streamer.clock import SystemClock
from streamer.hub.hub import Hub
from streamer.hub.spec import StreamSpec
from streamer.hub.stream import Stream
from streamer.parsing import parse
from streamer.server.fanout import Protocol
from streamer.server.routes import build
from streamer.server.tokens import Gate

WATCHED = "watched"
BESIDE = ("beside-1", "beside-2")


class Stopwatch:
    """Times each `publish` of a stream: from the worker's message to the last write's return."""

    def __init__(self, stream: Stream, beside: list[Stream]) -> None:
        self._beside = beside
        self._publish = stream.publish
        self._taken_us: list[float] = []
        stream.publish = self.publish  # type: ignore[method-assign]

    def publish(self, message: bytearray) -> None:
        """Publish, and take the time."""
        begin_ns = time.monotonic_ns()
        self._publish(message)
        self._taken_us.append((time.monotonic_ns() - begin_ns) / 1e3)

    async def measure(self, command: dict[str, float]) -> dict[str, Any]:
        """The times of the next `seconds` in microseconds, and what was decoded meanwhile."""
        self._taken_us.clear()
        before = self._decoded()
        await anyio.sleep(command["seconds"])
        return {"taken_us": self._taken_us, "decoded": self._decoded() - before}

    def _decoded(self) -> int:
        """Pictures that the sources beside have decoded, compressed and sent."""
        return sum(stream.tally.sent for stream in self._beside)


def main() -> None:
    """Serve until killed."""
    pattern, clip = (parse(each) for each in ("pattern:1280x720@30", sys.argv[1]))
    watched = StreamSpec(WATCHED, SourceSpec(pattern))
    beside = [StreamSpec(name, SourceSpec(clip, loop=True)) for name in BESIDE]
    hub = Hub([watched, *beside], SystemClock())
    stopwatch = Stopwatch(hub.stream(WATCHED), [hub.stream(name) for name in BESIDE])
    config = uvicorn.Config(
        build(hub, Gate(None, (), ()), asset("web")),
        ws=Protocol,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_config=None,
        access_log=False,
        lifespan="on",
    )

    async def serve() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(answer_with, stopwatch.measure)
            await uvicorn.Server(config).serve([listen()])

    anyio.run(serve, backend_options={"use_uvloop": True})


if __name__ == "__main__":
    main()
