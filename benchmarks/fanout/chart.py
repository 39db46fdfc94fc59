"""The costs of fan-out as bars, user and system time apart: an SVG that follows dark and light."""

import statistics
from collections.abc import Iterator
from html import escape

from benchmarks.fanout.rounds import Sample

_WIDTH, _LABEL, _BAR, _STEP, _GAP, _HEAD = 760, 150, 18, 25, 34, 64
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; } .quiet { fill: #57606a; } .ours { font-weight: 600; }
  .user { fill: #8c6bd8; } .system { fill: #c9bdf0; }
  .ours-user { fill: #0b7a5c; } .ours-system { fill: #7fcdb4; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9198a1; }
    .user { fill: #8c6bd8; } .system { fill: #57468a; }
    .ours-user { fill: #2fb590; } .ours-system { fill: #1c6b55; }
  }"""


def draw(samples: list[Sample], viewers: int, names: dict[str, str]) -> str:
    """Bars of every contender of `names` at so many viewers, one group for each size."""
    here = [each for each in samples if each.viewers == viewers and each.contender in names]
    most = max(_split(here, each.contender, each.size)[2] for each in here)
    scale = (_WIDTH - _LABEL - 60) / most
    parts, y = list(_legend(viewers)), float(_HEAD)
    for size in sorted({each.size for each in here}):
        parts.append(_text(0, y + 13, f"{size // 1024} KB", "title"))
        for name, shown in names.items():
            if any((each.contender, each.size) == (name, size) for each in here):
                parts += _bar(y, name, shown, _split(here, name, size), scale)
                y += _STEP
        y += _GAP - _STEP + _BAR
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y - 10:.0f}" '
        f'viewBox="0 0 {_WIDTH} {y - 10:.0f}" role="img">\n<style>{_STYLE}\n</style>\n'
        f"{body}\n</svg>\n"
    )


def _split(samples: list[Sample], name: str, size: int) -> tuple[float, float, float]:
    """User, system and both, in microseconds; medians."""
    found = [each.cost for each in samples if (each.contender, each.size) == (name, size)]
    whole = statistics.median(each.total_us for each in found)
    user = statistics.median(each.user_us / each.total_us for each in found) * whole
    return user, whole - user, whole


def _legend(viewers: int) -> Iterator[str]:
    title = f"Server CPU per delivered message, {viewers} viewers, microseconds"
    yield _text(0, 16, title, "title")
    x = float(_LABEL)
    for kind, said in (("user", "in user space"), ("system", "in the kernel")):
        for prefix in ("ours-", ""):
            yield _rect(x, 30, 12, 12, f"{prefix}{kind}")
            x += 15
        yield _text(x + 3, 41, said, "quiet")
        x += 120


def _bar(
    y: float, name: str, shown: str, cost: tuple[float, float, float], scale: float
) -> Iterator[str]:
    user, system, whole = cost
    prefix = "ours-" if name == "ours" else ""
    yield _text(_LABEL - 10, y + 13, shown, "ours" if prefix else "", 'text-anchor="end"')
    yield _rect(_LABEL, y, user * scale, _BAR, f"{prefix}user")
    yield _rect(_LABEL + user * scale, y, system * scale, _BAR, f"{prefix}system")
    yield _text(_LABEL + whole * scale + 8, y + 13, f"{whole:.1f}", "ours" if prefix else "quiet")


def _text(x: float, y: float, said: str, kind: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" {more}>{escape(said)}</text>'


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height}" '
        f'class="{kind}"/>'
    )
