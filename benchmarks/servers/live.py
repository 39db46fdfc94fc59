"""The real application with two live sources, each in a worker of its own; publishing is timed."""

import time

import anyio
import uvicorn

from benchmarks.servers.publishing import answer_with, listen
from streamer.address import SourceSpec, parse
from streamer.app import asset
from streamer.clock import SystemClock
from streamer.hub.hub import Hub
from streamer.hub.stream import Stream, StreamSpec
from streamer.server.fanout import Protocol
from streamer.server.routes import build
from streamer.server.tokens import Gate

WATCHED, BESIDE = "watched", "beside"


class Stopwatch:
    """Times each `publish` of a stream: from the worker's message to the last write's return."""

    def __init__(self, stream: Stream) -> None:
        self._publish = stream.publish
        self._taken_us: list[float] = []
        stream.publish = self.publish  # type: ignore[method-assign]

    def publish(self, message: bytearray) -> None:
        """Publish, and take the time."""
        begin_ns = time.monotonic_ns()
        self._publish(message)
        self._taken_us.append((time.monotonic_ns() - begin_ns) / 1e3)

    async def measure(self, command: dict[str, float]) -> dict[str, list[float]]:
        """The times of the next `seconds`, in microseconds."""
        self._taken_us.clear()
        await anyio.sleep(command["seconds"])
        return {"taken_us": self._taken_us}


def main() -> None:
    """Serve until killed."""
    address = parse("pattern:1280x720@30")
    hub = Hub([StreamSpec(name, SourceSpec(address)) for name in (WATCHED, BESIDE)], SystemClock())
    stopwatch = Stopwatch(hub.stream(WATCHED))
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
