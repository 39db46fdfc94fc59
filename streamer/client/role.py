"""What differs between those who publish and those who watch, where they are alike otherwise."""

from collections.abc import Callable
from dataclasses import dataclass

from streamer.client.refusal import (
    PUBLISHING,
    WATCHING,
    Refusal,
    publisher_bears,
    viewer_bears,
)
from streamer.errors import PeerError


@dataclass(frozen=True, slots=True)
class Role:
    """One of the two.

    `folder` is where the server takes it; `doing` and `done_to` name what it does, as in "not
    watching" and "refuses to be watched". `on_demand` connects only while something is to be sent.
    Tries are at most `pause_s` apart. `final` endings are not tried again unless it `bears` them.
    """

    folder: str
    doing: str
    done_to: str
    on_demand: bool
    max_message: int
    pause_s: float
    final: tuple[type[PeerError], ...]
    bears: Callable[[Refusal], bool]


PUBLISHER = Role(
    folder="publish",
    doing="publishing",
    done_to="published to",
    on_demand=True,  # the server lets go of who publishes nothing
    max_message=64 * 1024,
    pause_s=0.5,
    final=PUBLISHING,
    bears=publisher_bears,
)
VIEWER = Role(
    folder="streams",
    doing="watching",
    done_to="watched",
    on_demand=False,
    max_message=64 * 1024 * 1024,
    pause_s=2.0,  # a server may have many viewers, which all come back to it
    final=WATCHING,
    bears=viewer_bears,
)
