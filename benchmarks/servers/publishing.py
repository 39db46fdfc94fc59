"""What the Python servers share: a listening socket, the messages, and the timed run."""

import asyncio
import json
import os
import random
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio

# Random, so that whoever compresses gains nothing.
BASE = random.Random(1).randbytes(1 << 17)


def listen() -> socket.socket:
    """A listening socket on loopback, whose port is told to the parent."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    say(port=listener.getsockname()[1])
    return listener


def say(**answer: Any) -> None:
    """Answer the parent."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


class Meter:
    """CPU time of this process, and wall time, from `start` to `stop`."""

    def start(self) -> None:
        """Begin to count."""
        self._wall_ns, self._cpu_ns = time.monotonic_ns(), time.process_time_ns()

    def stop(self) -> dict[str, float]:
        """Microseconds since `start`."""
        cpu_ns = time.process_time_ns() - self._cpu_ns
        wall_ns = time.monotonic_ns() - self._wall_ns
        return {"cpu_us": cpu_ns / 1e3, "wall_us": wall_ns / 1e3}


async def answer_with(work: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]) -> None:
    """Do what the parent asks for, for ever."""
    while True:
        await anyio.wait_readable(0)
        for line in os.read(0, 65536).splitlines():
            say(**await work(json.loads(line)))


async def obey(publish: Callable[[int], object]) -> None:
    """Do the runs that the parent asks for, for ever.

    A run publishes `warm` messages of `size` bytes, then `count` that are measured, then one, at
    `fps` per second.
    """
    await answer_with(partial(_run, publish))


async def _run(publish: Callable[[int], object], run: dict[str, Any]) -> dict[str, float]:
    meter, answer = Meter(), {}
    begin_s = time.monotonic()
    for index in range(run["warm"] + run["count"] + 1):
        await asyncio.sleep(max(0.0, begin_s + index / run["fps"] - time.monotonic()))
        if index == run["warm"]:
            meter.start()
        if index == run["warm"] + run["count"]:
            answer = meter.stop()
        publish(run["size"])
    return answer
