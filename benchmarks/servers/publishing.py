"""What the Python servers share: a listening socket, the messages, and the timed run."""

import asyncio
import json
import os
import random
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from benchmarks.fanout.system import Meter

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
    """Do what the parent asks for, as long as there is one."""
    while True:
        await anyio.wait_readable(0)
        asked = os.read(0, 65536)
        if not asked:
            signal.raise_signal(signal.SIGTERM)
            return
        for line in asked.splitlines():
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
    # A timer alone, as a task of its own would cost more than a worker's message does.
    loop = asyncio.get_running_loop()
    begin_s, last, done = loop.time(), run["warm"] + run["count"], anyio.Event()

    def turn(index: int) -> None:
        nonlocal answer, late_s
        late_s = max(late_s, loop.time() - begin_s - index / run["fps"])
        if index == run["warm"]:
            meter.start()
        if index == last:
            answer = meter.stop()
            done.set()
        else:
            loop.call_at(begin_s + (index + 1) / run["fps"], turn, index + 1)
        publish(run["size"])

    turn(0)
    await done.wait()
    return answer | {"late_us": late_s * 1e6}
