"""Fragments as the boxer makes them, ten to a second and a group, each with its number inside."""

from streamer.media.boxer.fragment import fragment

FRAME_US = 100_000
GROUP = 10


def fragments(count: int, begin: int = 0) -> list[tuple[bytes, bool]]:
    """So many pictures, and whether each is a keyframe; they begin `begin` pictures earlier."""
    return [
        (
            fragment(n, (n - begin) * FRAME_US, FRAME_US, 0, n % GROUP == 0, b"%d" % n),
            n % GROUP == 0,
        )
        for n in range(count)
        if n >= begin
    ]
