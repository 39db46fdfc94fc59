"""What a viewer costs in memory: one that is there, and one that has stopped reading."""

from dataclasses import dataclass

from benchmarks.fanout.contenders import OURS
from benchmarks.fanout.rounds import LOAD_CORE, SERVER_CORE, note
from benchmarks.fanout.system import in_kernel
from streamer.bench.child import Child, python
from streamer.bench.processes import resident
from streamer.descriptors import raise_limit

IDLE, STALLED = 500, 50
_SIZE, _FPS = 20480, 30.0


@dataclass(frozen=True)
class Memory:
    """Bytes per viewer: the server process's own, the kernel's for its sockets, the peer's."""

    idle: float
    stalled: float
    stalled_kernel: float
    stalled_peer: float


def measure(seconds: float) -> Memory:
    """Open idle viewers, then some that stop reading while a stream goes on for `seconds`."""
    raise_limit()
    server = Child("ours", OURS.command, SERVER_CORE)
    load = Child("the load generator", python("streamer.bench.load.generator"), LOAD_CORE)
    try:
        port = server.hear()["port"]
        load.ask(do="open", name="first", port=port, count=50, **OURS.target)
        before = resident(server.pid)
        note("memory: idle viewers")
        load.ask(do="open", name="idle", port=port, count=IDLE, **OURS.target)
        idle = resident(server.pid)
        load.ask(do="open", name="stalled", port=port, count=STALLED, **OURS.target)
        server.ask(size=_SIZE, fps=_FPS, warm=0, count=60)
        opened, kernel, peer = resident(server.pid), *in_kernel(port)
        note(f"memory: viewers that do not read, {seconds:g} s")
        load.ask(do="stall", name="stalled")
        frames = round(seconds * _FPS)
        server.ask(within_s=seconds + 30, size=_SIZE, fps=_FPS, warm=0, count=frames)
        stalled, (kernel_after, peer_after) = resident(server.pid), in_kernel(port)
    finally:
        load.end()
        server.end()
    return Memory(
        (idle - before) / IDLE,
        (stalled - opened) / STALLED,
        (kernel_after - kernel) / STALLED,
        (peer_after - peer) / STALLED,
    )
