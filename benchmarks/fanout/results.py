"""Everything that was measured in one run; what was left out is empty."""

from dataclasses import dataclass, field
from datetime import datetime

from benchmarks.fanout.camera import Taken
from benchmarks.fanout.latency import Latency
from benchmarks.fanout.memory import Memory
from benchmarks.fanout.rounds import Sample
from benchmarks.fanout.soak import Soak
from benchmarks.fanout.stalled import Stall


@dataclass
class Results:
    """By part of the run."""

    when: datetime
    rounds: int
    samples: list[Sample] = field(default_factory=list)
    acks: list[Sample] = field(default_factory=list)
    camera: list[Taken] = field(default_factory=list)
    latency: Latency | None = None
    memory: Memory | None = None
    stalls: list[Stall] = field(default_factory=list)
    soaks: list[Soak] = field(default_factory=list)
