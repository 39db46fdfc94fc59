"""Run the benchmarks of fan-out and write docs/benchmarks.md: `make bench`.

`--rounds 5` for more rounds, `--full` for every size at every number of viewers and the runs of
ten minutes. For a look: `--parts fanout --contenders ours,bare --sizes 4,20 --viewers 200` and
the like do only that and print the page instead.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from benchmarks import ROOT
from benchmarks.fanout import camera, goals, latency, memory, soak, stalled
from benchmarks.fanout.chart import draw
from benchmarks.fanout.contenders import CHATTY, DEFLATE, OURS, contenders
from benchmarks.fanout.report import CHART, SHOWN, render
from benchmarks.fanout.results import Results
from benchmarks.fanout.rounds import SIZES, Sample, compare, note
from tests.peers import missing_packages

OUTPUT = ROOT / "docs" / "benchmarks.md"
PARTS = ("fanout", "camera", "acks", "latency", "memory", "stalled", "soak")
_FPS = {50: 30.0, 200: 30.0, 1000: 15.0}
_ACKS_VIEWERS, _ACKS_SIZE = 1000, 4096
_FULL_STALLS = 5


def main() -> int:
    """Run, write the report, and say where it is."""
    arguments = parse_arguments()
    require(arguments)
    begin_s = time.monotonic()
    results = run(arguments)
    note("")
    if is_narrow(arguments):
        print(render(results))
        return 0
    write(results)
    taken_min = (time.monotonic() - begin_s) / 60
    print(f"{OUTPUT.relative_to(ROOT)} is written, after {taken_min:.1f} minutes.")
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure fan-out against others.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--full", action="store_true", help="everything, for an hour")
    parser.add_argument("--parts", type=_listed(PARTS), help=f"of {','.join(PARTS)}")
    parser.add_argument(
        "--contenders", type=_listed(("bare", "loop", "asgi", "ws")), help="beside ours"
    )
    parser.add_argument("--sizes", type=_listed(("4", "20", "100")), help="of messages, in KB")
    parser.add_argument("--viewers", type=_listed(("50", "200", "1000")), help="how many")
    return parser.parse_args()


def _listed(known: tuple[str, ...]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        unknown = [each for each in text.split(",") if each not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"'{unknown[0]}' is none of {', '.join(known)}.")
        return text.split(",")

    return parse


def require(arguments: argparse.Namespace) -> None:
    """End with a sentence where something is missing, before minutes were spent."""
    needed = parts_of(arguments)
    if ("memory" in needed or "stalled" in needed) and not shutil.which("ss"):
        sys.exit("The memory of sockets is told by ss; install iproute2.")
    if "camera" in needed or "stalled" in needed:
        missing = " ".join(missing_packages())
        if missing:
            sys.exit(
                f"The camera and the browser need {missing}; on Debian: apt install {missing}"
            )


def parts_of(arguments: argparse.Namespace) -> list[str]:
    """Which parts to run."""
    if arguments.parts:
        return list(arguments.parts)
    if is_narrow(arguments):  # of fan-out, then
        return ["fanout"]
    return [each for each in PARTS if each != "soak" or arguments.full]


def is_narrow(arguments: argparse.Namespace) -> bool:
    """Whether only a part was asked for."""
    narrowed = (arguments.parts, arguments.contenders, arguments.sizes, arguments.viewers)
    return any(narrowed)


def run(arguments: argparse.Namespace) -> Results:
    """Do the parts that were asked for."""
    rounds, full, parts = arguments.rounds, arguments.full, parts_of(arguments)
    results = Results(datetime.now(UTC), rounds)
    if "fanout" in parts:
        results.samples = fan_out(arguments)
    if "camera" in parts:
        results.camera = camera.measure(rounds)
    if "acks" in parts:
        results.acks = compare([OURS, CHATTY], _ACKS_VIEWERS, 30.0, [_ACKS_SIZE], rounds)
    if "latency" in parts:
        results.latency = latency.measure(60 if full else 20)
    if "memory" in parts:
        results.memory = memory.measure(60 if full else 15)
    if "stalled" in parts:
        results.stalls = stalled.measure(_FULL_STALLS if full else 1, stalled.SECONDS)
    if "soak" in parts:
        results.soaks = soak.measure(soak.SECONDS)
    return results


def fan_out(arguments: argparse.Namespace) -> list[Sample]:
    """The contenders at the sizes and numbers of viewers that were asked for."""
    there = contenders()
    names = arguments.contenders or tuple(there)
    chosen = [each for name, each in there.items() if name in names or each is OURS]
    samples = []
    for viewers in map(int, arguments.viewers or ("200", "50", "1000")):
        # Where viewers are few or many, large messages only take time.
        usual = SIZES if viewers == goals.VIEWERS or arguments.full else SIZES[:2]
        sizes = [int(kb) * 1024 for kb in arguments.sizes or ()] or usual
        samples += compare(chosen, viewers, _FPS[viewers], sizes, arguments.rounds)
    if is_narrow(arguments):
        return samples
    # Compression takes so long that only a frame a second is sent, once.
    return samples + compare([DEFLATE], goals.VIEWERS, 1.0, SIZES, 1)


def write(results: Results) -> None:
    """Write the page, its chart, and all figures."""
    shown = {name: each.replace("`", "") for name, each in SHOWN.items() if name != "deflate"}
    (OUTPUT.parent / CHART).write_text(draw(results.samples, goals.VIEWERS, shown))
    OUTPUT.write_text(render(results))
    raw = ROOT / "build" / "benchmarks.json"
    raw.parent.mkdir(exist_ok=True)
    raw.write_text(json.dumps(asdict(results), indent=1, default=str))


if __name__ == "__main__":
    sys.exit(main())
