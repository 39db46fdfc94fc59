"""Two reports side by side: the change of each figure, and whether it is too much. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streamer.errors import ConfigError

# Of these more is better; of all others less is.
MORE_IS_BETTER = frozenset({"fps", "painted"})
SHOWN = (
    "total_p50_ms",
    "total_p90_ms",
    "total_p95_ms",
    "total_p99_ms",
    "total_max_ms",
    "jitter_ms",
    "source_p50_ms",
    "encode_p50_ms",
    "publish_p50_ms",
    "network_p50_ms",
    "decode_p50_ms",
    "paint_p50_ms",
    "fps",
    "dropped",
    "repeated",
    "bitrate_bps",
    "server_cpu_cores",
    "viewer_cpu_cores",
)
JUDGED = ("total_p50_ms", "total_p90_ms", "total_p95_ms", "total_p99_ms", "fps")
_BITS = "bitrate_bps"
# These count from one machine's clock to another's; browsers' clocks tick every 0.1 ms.
_OF_TWO_CLOCKS = ("total", "network")
_TICK_MS = 0.1
_SHARE = re.compile(r"(\d+(?:\.\d+)?)%?\Z")

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Change:
    """How one figure of one case changed.

    `share` is the change relative to before, positive for worse: of bits, what each picture takes,
    as more pictures are not for the worse. `is_noise` says that it is within what the clocks leave
    unknown.
    """

    case: str
    figure: str
    before: float
    after: float
    share: float
    is_noise: bool


def parse_share(text: str) -> float:
    """The share that `10%` or `10` stands for.

    Raises:
        ConfigError: it is none.
    """
    match = _SHARE.match(text.strip())
    if match is None:
        raise ConfigError(f"--fail-over '{text}' is no share; write 10%.")
    return float(match[1]) / 100


def parse_figures(text: str) -> tuple[str, ...]:
    """The figures that a comma-separated list names; the short form leaves total_ and _ms away.

    Raises:
        ConfigError: one is not known.
    """
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        names = (part, f"total_{part}_ms", f"{part}_ms", f"{part}_p50_ms")
        name = next((name for name in names if name in SHOWN), None)
        if name is None:
            raise ConfigError(f"--figures does not know '{part}'; it knows {', '.join(SHOWN)}.")
        found.append(name)
    return tuple(found)


def compare(before: Mapping[str, Figures], after: Mapping[str, Figures]) -> tuple[Change, ...]:
    """Every change of the cases that both reports have.

    Raises:
        ConfigError: they have none in common.
    """
    names = [name for name in before if name in after]
    if not names:
        raise ConfigError(
            "The reports have no case in common; measure the same paths, sizes and links."
        )
    return tuple(
        _change(name, figure, before[name], after[name])
        for name in names
        for figure in SHOWN
        if figure in before[name] and figure in after[name]
    )


def _change(case: str, figure: str, before: Figures, after: Figures) -> Change:
    old, new = before[figure], after[figure]
    share = relative(old, new)
    if figure in MORE_IS_BETTER:
        share = -share
    if figure == _BITS and before.get("fps") and after.get("fps"):
        share = relative(old / before["fps"], new / after["fps"])
    is_noise = figure.endswith("_ms") and abs(new - old) <= _error_ms(figure, before, after)
    return Change(case, figure, old, new, share, is_noise)


def relative(old: float, new: float) -> float:
    """By what share of itself a figure grew; infinite for what there was none of."""
    return 0.0 if new == old else (new - old) / abs(old) if old else float("inf")


def _error_ms(figure: str, before: Figures, after: Figures) -> float:
    """How far two clocks, or else the ticks of one, may falsify the change of a figure."""
    if figure.startswith(_OF_TWO_CLOCKS):
        return before.get("clock_error_ms", 0.0) + after.get("clock_error_ms", 0.0)
    return _TICK_MS


def failures(changes: Sequence[Change], most: float, judged: Sequence[str]) -> tuple[Change, ...]:
    """The changes for the worse of the judged figures that are over `most`, and are no noise."""
    return tuple(
        each
        for each in changes
        if each.figure in judged and each.share > most and not each.is_noise
    )
