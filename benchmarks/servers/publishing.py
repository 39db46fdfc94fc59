"""What the Python servers share: a listening socket, the messages, and the timed run."""

import asyncio
import json
import os
import random
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from benchmarks.system import Meter

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


async def answer_with(work: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]) -> None:
    """Do what the parent asks for, for ever."""
    while True:
        await anyio.wait_readable(0)
        for line in os.read(0, 65536).splitlines():
            say(**await work(json.loads(line)))


async def obey(
    publish: Callable[[int], object], figures: Callable[[], dict[str, Any]] = dict
) -> None:
    """Do the runs that the parent asks for, for ever.

    A run publishes `warm` messages of `size` bytes, then `count` that are measured, then one, at
    `fps` per second. Its answer has the CPU time, `late_us`, by how much the latest message was
    late, and the `figures`.
    """

    async def run(command: dict[str, Any]) -> dict[str, Any]:
        return await _run(publish, command) | figures()

    await answer_with(run)


async def _run(publish: Callable[[int], object], run: dict[str, Any]) -> dict[str, float]:
    meter, answer, late_s = Meter(), {}, 0.0
    begin_s = time.monotonic()
    for index in range(run["warm"] + run["count"] + 1):
        due_s = begin_s + index / run["fps"]
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        late_s = max(late_s, time.monotonic() - due_s)
        if index == run["warm"]:
            meter.start()
        if index == run["warm"] + run["count"]:
            answer = meter.stop()
        publish(run["size"])
    return answer | {"late_us": late_s * 1e6}
