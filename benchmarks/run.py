"""Run all benchmarks of fan-out and write docs/benchmarks.md: `make bench`.

`--rounds 5` for more rounds, `--full` for every size at every number of viewers.
"""

import argparse
import json
import shutil
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime

from benchmarks import latency, memory
from benchmarks.child import ROOT
from benchmarks.contenders import ASGI, BARE, CHATTY, DEFLATE, OURS, Contender, node_ws
from benchmarks.fanout import SIZES, Sample, compare, note
from benchmarks.report import Results, render

OUTPUT = ROOT / "docs" / "benchmarks.md"
_FPS = {50: 30.0, 200: 30.0, 1000: 15.0}
_ACKS_VIEWERS, _ACKS_SIZE = 1000, 4096


def fan_out(rounds: int, *, full: bool) -> list[Sample]:
    """All contenders at all numbers of viewers."""
    contenders: list[Contender] = [OURS, BARE, ASGI]
    peer = node_ws()
    if peer is not None:
        contenders.append(peer)
    samples = compare(contenders, 200, _FPS[200], SIZES, rounds)
    sizes = SIZES if full else SIZES[:2]
    for viewers in (50, 1000):
        samples += compare(contenders, viewers, _FPS[viewers], sizes, rounds)
    # Compression takes so long that only a frame a second is sent, once.
    return samples + compare([DEFLATE], 200, 1.0, SIZES, 1)


def main() -> int:
    """Run, write the report, and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--full", action="store_true")
    arguments = parser.parse_args()
    if not shutil.which("ss"):
        sys.exit("The memory of sockets is told by ss; install iproute2.")
    begin_s = time.monotonic()
    results = Results(
        when=datetime.now(UTC),
        rounds=arguments.rounds,
        samples=fan_out(arguments.rounds, full=arguments.full),
        acks=compare([OURS, CHATTY], _ACKS_VIEWERS, 30.0, [_ACKS_SIZE], arguments.rounds),
        latency=latency.measure(60 if arguments.full else 20),
        memory=memory.measure(60 if arguments.full else 15),
    )
    OUTPUT.write_text(render(results))
    raw = ROOT / "build" / "benchmarks.json"
    raw.parent.mkdir(exist_ok=True)
    raw.write_text(json.dumps([asdict(each) for each in results.samples + results.acks], indent=1))
    note("")
    taken_min = (time.monotonic() - begin_s) / 60
    print(f"{OUTPUT.relative_to(ROOT)} is written, after {taken_min:.1f} minutes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
