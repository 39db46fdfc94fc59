"""Many viewers for ten minutes: does every one get every frame, and does memory stay flat?

`python -m benchmarks.fanout.soak [--seconds 600]` from the root of the tree; also in
`make bench FULL=1`.
"""

import argparse
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.fanout.contenders import OURS
from benchmarks.fanout.rounds import LOAD_CORE, SERVER_CORE, note
from streamer.bench.child import Child, python
from streamer.bench.processes import Cpu, cpu_of, resident
from streamer.descriptors import raise_limit

SECONDS = 600.0
CASES = ((1000, 4096), (200, 20480))
_FPS = 30.0
_LOOK_EVERY_S = 10.0
_WARM_S = 3.0


@dataclass(frozen=True)
class Soak:
    """One run. `resident` is what the server had in memory, in bytes, every ten seconds.

    `missed` frames show in the viewers' sequences; `dropped` is what the server says of them, by
    reason. `server_late_s` and `load_pause_s` are the longest times that either was kept from
    its work, `busy` the load generator's share of its core.
    """

    viewers: int
    size: int
    seconds: float
    resident: list[int]
    cpu: Cpu
    delivered: int
    missed: int
    lost: int
    dropped: dict[str, int]
    busy: float
    server_late_s: float
    load_pause_s: float

    @property
    def due(self) -> int:
        """How many messages the viewers should have got."""
        return self.viewers * round(self.seconds * _FPS)

    @property
    def growth(self) -> float:
        """Bytes from the second third to the last, as medians."""
        third = len(self.resident) // 3
        second, last = self.resident[third : 2 * third], self.resident[2 * third :]
        return statistics.median(last) - statistics.median(second)

    @property
    def share(self) -> float:
        """The server's share of a core."""
        return self.cpu.total_us / 1e6 / self.seconds


def measure(seconds: float, cases: Iterable[tuple[int, int]] = CASES) -> list[Soak]:
    """Every case for so long."""
    return [_soak(viewers, size, seconds) for viewers, size in cases]


def _soak(viewers: int, size: int, seconds: float) -> Soak:
    raise_limit()
    server = Child("ours", OURS.command, SERVER_CORE)
    load = Child("the load generator", python("streamer.bench.load.generator"), LOAD_CORE)
    try:
        port = server.hear()["port"]
        note(f"soak: opening {viewers} viewers")
        load.ask(do="open", name="ours", port=port, count=viewers, **OURS.target)
        run = {"size": size, "fps": _FPS, "warm": 0}
        server.ask(**run, count=round(_WARM_S * _FPS))
        return _watch(server, load, run, viewers, seconds)
    finally:
        load.end()
        server.end()


def _watch(
    server: Child, load: Child, run: dict[str, float], viewers: int, seconds: float
) -> Soak:
    count = round(seconds * _FPS)
    # The last message of a run comes after the time that is measured.
    load.ask(do="watch", name="ours", total=count)
    cpu, begin_s = cpu_of(server.pid), time.monotonic()
    server.tell(**run, count=count - 1)
    memory = _look(server.pid, begin_s, seconds)
    answer = server.hear(within_s=60)
    cpu = cpu_of(server.pid) - cpu
    report = load.ask(do="report", name="ours")
    return Soak(
        viewers=viewers,
        size=round(run["size"]),
        seconds=seconds,
        resident=memory,
        cpu=cpu,
        delivered=report["delivered"],
        missed=report["missed"],
        lost=report["lost"],
        dropped=answer["dropped"],
        busy=report["busy"],
        server_late_s=answer["late_us"] / 1e6,
        load_pause_s=report["pause_s"],
    )


def _look(pid: int, begin_s: float, seconds: float) -> list[int]:
    """The process's memory every ten seconds, or oftener in a short run."""
    found = []
    every_s = min(_LOOK_EVERY_S, seconds / 9)
    for number in range(1, int(seconds / every_s) + 1):
        time.sleep(max(0.0, begin_s + number * every_s - time.monotonic()))
        found.append(resident(pid))
        note(f"soak: {number * every_s:.0f} of {seconds:.0f} s, {found[-1] / 1e6:.1f} MB")
    return found


def tell(soak: Soak) -> str:
    """What a run showed, in a few lines."""
    reasons = ", ".join(f"{name} {number}" for name, number in soak.dropped.items()) or "none"
    return (
        f"{soak.viewers} viewers, {soak.size // 1024} KB, {soak.seconds:.0f} s: "
        f"{soak.delivered} of {soak.due} messages, {soak.missed} missed, {soak.lost} viewers "
        f"lost; dropped by the server: {reasons}.\n"
        f"Memory {soak.resident[0] / 1e6:.1f} to {soak.resident[-1] / 1e6:.1f} MB, last third "
        f"{soak.growth / 1e3:+.0f} KB; server {soak.share:.0%} of a core, load generator "
        f"{soak.busy:.0%}; longest delay of the server {soak.server_late_s * 1e3:.0f} ms, of the "
        f"load generator {soak.load_pause_s * 1e3:.0f} ms."
    )


def main() -> None:
    """Run every case and print what it showed."""
    parser = argparse.ArgumentParser(description="Serve many viewers for a long time.")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="per case")
    for soak in measure(parser.parse_args().seconds):
        note("")
        print(tell(soak), flush=True)


if __name__ == "__main__":
    main()
