"""All viewers of a load: spread over the streams and over the load generator's processes."""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from streamer.bench.child import Child, python
from streamer.bench.load.ages import Ages
from streamer.bench.load.outcome import Taken
from streamer.client.closing import Closing
from streamer.client.target import Target
from streamer.control import CODECS, Play, dump
from streamer.descriptors import raise_limit
from streamer.errors import ConfigError
from streamer.wire import SUBPROTOCOL

# As the player does while all is well (`web/engine/acks.js`).
ACKS_PER_S = 1 / 3
_PER_PROCESS = 1000
_AT_ONCE_S = 0.1  # of joins: who waits for each answer alone comes as slowly as it answers
_SLOWLY, _ANYWAY_S = 10, 10.0
_HTTP_PORT = 80


class Fleet(Closing):
    """Viewers of `targets` that want `rendition`; use it as a context."""

    def __init__(
        self,
        targets: Sequence[Target],
        rendition: str,
        offset_us: int,
        processes: int,
        joins_per_s: float,
    ) -> None:
        """Start the load generator's processes; nobody watches yet."""
        self.count = 0
        self._joins_per_s = joins_per_s
        self._ways = [_way(each, rendition, offset_us) for each in targets]
        self._children: list[Child] = []
        self._open: list[set[str]] = []
        raise_limit()
        for number in range(processes):
            name = f"load generator {number + 1}"
            command = python("streamer.bench.load.generator")
            self._children.append(Child(name, command, apart=True))
            self._open.append(set())

    def grow(self, count: int) -> bool:
        """Let more watch, until there are `count`, as evenly as can be, and not all at once.

        False if the server takes them in so slowly that some are left outside.

        Each takes the group so far when it comes, which costs a server more than a second of
        watching does.

        Raises:
            ChildFailed: the server does not take them all.
        """
        many = count - self.count
        self.join(many, self._joins_per_s, _SLOWLY * many / self._joins_per_s + _ANYWAY_S)
        self.spread()
        return self.count == count

    def join(self, many: int, per_s: float, most_s: float = float("inf")) -> None:
        """Let so many more watch, so many a second, or those that come within `most_s`.

        Raises:
            ChildFailed: the server does not take them all.
        """
        begin_s, before = time.monotonic(), self.count
        at_once = max(1, round(per_s * _AT_ONCE_S))
        while (came := self.count - before) < many and time.monotonic() - begin_s <= most_s:
            self._add(min(at_once, many - came))
            due_s = begin_s + (self.count - before) / per_s
            time.sleep(max(0.0, due_s - time.monotonic()))

    def shrink(self, count: int) -> None:
        """Let some go, until there are `count`, as evenly as can be: first who was moved."""
        shares = Counter(self._place(index) for index in range(count, self.count))
        for (number, stream), many in shares.items():
            self._children[number].ask(do="leave", name=str(stream), count=many)
        self.count = count

    def renew(self) -> None:
        """Let others take the place of those that were moved or are gone.

        Raises:
            ChildFailed: the server does not take them.
        """
        for number, opened in enumerate(self._open):
            for name in sorted(opened):
                left = self._children[number].ask(do="leave", name=name, unwell=True)["left"]
                if left:
                    self._open_some(number, int(name), left, max(1, round(left * _AT_ONCE_S)))

    def _place(self, index: int) -> tuple[int, int]:
        """Where the viewer of this number is: each in the next stream, in the next process."""
        stream = index % len(self._ways)
        return index // len(self._ways) % len(self._children), stream

    def _add(self, many: int) -> None:
        """Open viewers at once."""
        shares = Counter(map(self._place, range(self.count, self.count + many)))
        self.count += many
        for (number, stream), count in shares.items():
            self._open_some(number, stream, count, count)

    def _open_some(self, number: int, stream: int, count: int, at_once: int) -> None:
        self._open[number].add(str(stream))
        way = self._ways[stream]
        self._children[number].ask(
            do="open", name=str(stream), count=count, at_once=at_once, **way
        )

    def close(self) -> None:
        """End the processes, and so all viewers."""
        for each in self._children:
            each.end()

    def take(self) -> Taken:
        """What came to all since the last time."""
        for child, opened in zip(self._children, self._open, strict=True):
            child.tell(do="ages", names=sorted(opened))
        said = [child.hear() for child in self._children]
        groups = [group for answer in said for group in answer["groups"]]
        return merge(groups)

    def spread(self) -> None:
        """Let their acknowledgements come one after the other."""
        for child, opened in zip(self._children, self._open, strict=True):
            for name in sorted(opened):
                child.ask(do="watch", name=name, total=0)


def merge(groups: Sequence[dict[str, Any]]) -> Taken:
    """What came to several groups, together."""

    def total(name: str) -> int:
        return sum(each[name] for each in groups)

    parts = (
        Ages({int(bucket): count for bucket, count in each["ages"].items()}) for each in groups
    )
    return Taken(
        delivered=total("delivered"),
        missed=total("missed"),
        late=total("late"),
        lost=total("lost"),
        moved=total("moved"),
        acks=total("acks"),
        bytes=total("bytes"),
        ages=Ages.sum(parts),
        busy=max((each["busy"] for each in groups), default=0.0),
        pause_ms=1000 * max((each["pause_s"] for each in groups), default=0.0),
    )


def processes_for(viewers: int) -> int:
    """How many processes make so many viewers, and leave a core to the server."""
    wanted = -(-viewers // _PER_PROCESS)
    return max(1, min(wanted, (os.cpu_count() or 1) - 1))


def check(targets: Sequence[Target]) -> None:
    """Look whether the load generator can do its work.

    Raises:
        ConfigError: it does not run here, or cannot speak to such a server.
    """
    if sys.platform != "linux":
        raise ConfigError("The load generator needs Linux; run it there, with --url.")
    for target in targets:
        if target.scheme != "ws":
            raise ConfigError(f"{target.shown} speaks TLS; the load generator needs http://.")


def _way(target: Target, rendition: str, offset_us: int) -> dict[str, Any]:
    """How a viewer of this stream is opened."""
    url = urlsplit(target.socket_url("streams"))
    play = Play((rendition,), CODECS)
    return {
        "host": url.hostname,
        "port": url.port or _HTTP_PORT,
        "path": url.path,
        "token": target.token or "",
        "protocol": SUBPROTOCOL,
        "first": dump(play),
        "until": json.dumps({"type": "rendition"})[1:-1].replace(" ", ""),
        "acks_per_s": ACKS_PER_S,
        "timed": True,
        "offset_us": offset_us,
    }
