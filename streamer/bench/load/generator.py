"""The load generator: one process that opens many WebSocket viewers and throws away what comes.

It never waits for a message but looks for what has come, every two milliseconds. Otherwise every
`send` of the server would have to wake it, more often the slower the server is, and on a network
there is nobody to be woken. Viewers do not begin all at once. What it does is told on its standard
input, as lines of JSON; it ends with it.
"""

import json
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from streamer.bench.load.opening import connect
from streamer.bench.load.reading import Group, Reader, Viewer, acknowledge

_GIVE_UP_S = 3.0
_LOOK_EVERY_S = 0.25
_FORGET_EVERY_S = 10.0
_NAP_S = 0.002


class Load:
    """All groups, by name, and the loop."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._reader = Reader()
        self._viewers: dict[int, Viewer] = {}
        self._groups: dict[str, Group] = {}
        self._reporting: tuple[Group, float] | None = None
        self._cpu_s = self._wall_s = self._look_again_s = self._forget_s = 0.0
        self._turn_s, self._pause_s = time.monotonic(), 0.0
        self._commands: dict[str, Callable[..., None]] = {
            "open": self._open,
            "stall": self._stall,
            "close": self._close,
            "leave": self._leave,
            "watch": self._watch,
            "report": self._report_soon,
            "count": self._count,
            "delays": self._delays,
            "ages": self._ages,
        }
        self._poll.register(0, select.EPOLLIN)

    def run(self) -> None:
        """Obey the parent and read, for ever."""
        while True:
            time.sleep(_NAP_S)
            for fd, _event in self._poll.poll(0):
                if fd == 0:
                    self._obey()
                elif (viewer := self._viewers.get(fd)) is not None:
                    self._read(viewer)  # what came before it may have closed this one
            self._acknowledge_late()
            self._note_pause()
            if self._reporting is not None:
                self._report(*self._reporting)

    def _obey(self) -> None:
        data = os.read(0, 65536)
        if not data:
            sys.exit()
        for line in data.splitlines():
            command: dict[str, Any] = json.loads(line)
            self._commands[command.pop("do")](**command)

    def _open(
        self,
        name: str,
        count: int,
        at_once: int = 1,
        acks_per_s: float = 0.0,
        timed: bool = False,
        offset_us: int = 0,
        **target: Any,
    ) -> None:
        """Open viewers, beside the loop: those that are open must not wait for an answer."""
        group = self._groups.setdefault(
            name, Group(acks_per_s=acks_per_s, timed=timed, offset_us=offset_us)
        )
        order = (group, count, at_once, target)
        threading.Thread(target=self._add_all, args=order, daemon=True).start()

    def _add_all(self, group: Group, count: int, at_once: int, target: dict[str, Any]) -> None:
        """What goes wrong is told; the viewers before it stay."""
        before = len(group.viewers)
        failures: list[str] = []
        turns = iter(range(count))
        threads = [
            threading.Thread(
                target=self._add_some, args=(group, turns, target, failures), daemon=True
            )
            for _ in range(at_once)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        say(opened=len(group.viewers) - before, failure="".join(failures[:1]))

    def _add_some(
        self, group: Group, turns: Iterator[int], target: dict[str, Any], failures: list[str]
    ) -> None:
        """Add viewers as long as it is anybody's turn and nothing goes wrong."""
        try:
            for _ in turns:
                self._add(group, target)
        except OSError as exc:
            failures.append(str(exc))

    def _add(self, group: Group, target: dict[str, Any]) -> None:
        sock = connect(answers=group.acks_per_s > 0, **target)
        viewer = Viewer(sock, group, due_s=time.monotonic())
        group.viewers.append(viewer)
        self._viewers[sock.fileno()] = viewer
        self._poll.register(sock.fileno(), select.EPOLLIN)

    def _stall(self, name: str) -> None:
        """Read and say nothing more for these viewers."""
        group = self._groups[name]
        group.acks_per_s = 0.0
        for viewer in group.viewers:
            self._poll.unregister(viewer.sock.fileno())
        say(stalled=len(group.viewers))

    def _close(self, name: str) -> None:
        """Take leave for all viewers of a group."""
        group = self._groups.pop(name)
        self._part(group.viewers)
        say(closed=len(group.viewers))

    def _leave(self, name: str, count: int = 0, *, unwell: bool = False) -> None:
        """Take leave for all viewers of a group that are unwell, or for so many, these first."""
        group = self._groups[name]
        ailing = [each for each in group.viewers if each.is_unwell]
        well = [each for each in group.viewers if not each.is_unwell]
        leaving = ailing if unwell else [*ailing, *well][:count]
        gone = set(map(id, leaving))
        group.viewers = [each for each in group.viewers if id(each) not in gone]
        group.lost -= sum(each.is_gone for each in leaving)
        self._part(leaving)
        say(left=len(leaving))

    def _part(self, viewers: list[Viewer]) -> None:
        for viewer in viewers:
            if self._viewers.pop(viewer.sock.fileno(), None) is not None:
                self._poll.unregister(viewer.sock.fileno())
            viewer.sock.close()

    def _count(self, name: str) -> None:
        """Say what has come since the last count."""
        group = self._groups[name]
        say(delivered=group.delivered, **self._figures(group))
        self._restart(group)

    def _delays(self, name: str) -> None:
        """Say how long the messages since the last count were on their way, in microseconds."""
        group = self._groups[name]
        delays = sorted(group.delays_us)
        at = [delays[int(len(delays) * share)] for share in (0.5, 0.99)] if delays else [0, 0]
        say(messages=len(delays), p50_us=at[0], p99_us=at[1], **self._figures(group))
        self._restart(group)

    def _ages(self, names: list[str]) -> None:
        """Say of several groups what has come since the last count, and how old it was."""
        groups = [self._groups[name] for name in names]
        said = [
            {
                "viewers": len(group.viewers),
                "delivered": group.delivered,
                "bytes": group.bytes,
                "ages": group.ages.counts,
                **self._figures(group),
            }
            for group in groups
        ]
        say(groups=said)
        for group in groups:
            self._restart(group)

    def _restart(self, group: Group) -> None:
        """Count from now on."""
        group.restart()
        self._wall_s, self._cpu_s = time.monotonic(), time.process_time()
        self._turn_s, self._pause_s = self._wall_s, 0.0

    def _figures(self, group: Group) -> dict[str, float]:
        """What was not as it should be, and whether it was for want of time here."""
        busy = (time.process_time() - self._cpu_s) / (time.monotonic() - self._wall_s)
        return {
            "lost": group.lost,
            "missed": group.missed,
            "late": group.late,
            "moved": group.moved,
            "acks": group.acks,
            "busy": busy,
            "pause_s": self._pause_s,
        }

    def _note_pause(self) -> None:
        """Keep the longest time between two looks at the sockets."""
        now_s = time.monotonic()
        self._pause_s = max(self._pause_s, now_s - self._turn_s)
        self._turn_s = now_s

    def _watch(self, name: str, **run: Any) -> None:
        group = self._groups[name]
        for key, value in run.items():
            setattr(group, key, value)
        self._restart(group)
        now_s = time.monotonic()
        each_s = 1 / max(group.acks_per_s, 1e-9)
        for index, viewer in enumerate(group.viewers):
            if viewer.has_news and group.acks_per_s:
                self._acknowledge(viewer, now_s)  # what is due now would come too late
            viewer.due_s = now_s + index / len(group.viewers) * each_s
            viewer.closely_until_s, viewer.least_us = 0.0, float("inf")
            viewer.least_lately_us = float("inf")
        say(watching=len(group.viewers))

    def _read(self, viewer: Viewer) -> None:
        try:
            self._reader.read(viewer)
        except BlockingIOError:
            return  # the server takes no acknowledgement now; the next one says the same
        except ConnectionError:
            self._lose(viewer)

    def _acknowledge_late(self) -> None:
        """Acknowledge what was due when nothing more came."""
        now_s = time.monotonic()
        if now_s < self._look_again_s:
            return
        self._look_again_s = now_s + _LOOK_EVERY_S
        if now_s >= self._forget_s:
            self._forget_s = now_s + _FORGET_EVERY_S
            for each in list(self._viewers.values()):  # others may come
                each.forget()
        for group in self._groups.values():
            for viewer in group.viewers if group.acks_per_s else ():
                if viewer.has_news and now_s > viewer.due_s + _LOOK_EVERY_S:
                    self._acknowledge(viewer, now_s)

    def _acknowledge(self, viewer: Viewer, now_s: float) -> None:
        try:
            acknowledge(viewer, now_s)
        except BlockingIOError:
            return
        except ConnectionError:
            self._lose(viewer)

    def _lose(self, viewer: Viewer) -> None:
        self._poll.unregister(viewer.sock.fileno())
        del self._viewers[viewer.sock.fileno()]
        viewer.sock.close()
        viewer.has_news = False
        viewer.group.lost += 1

    def _report_soon(self, name: str) -> None:
        self._reporting = (self._groups[name], time.monotonic())

    def _report(self, group: Group, since_s: float) -> None:
        """Answer once every viewer has everything, or nothing more is to be expected."""
        now_s = time.monotonic()
        short = len(group.viewers) - group.complete
        if short and now_s - since_s < _GIVE_UP_S:
            return
        self._reporting = None
        say(delivered=group.delivered, short=short, **self._figures(group))


def say(**answer: Any) -> None:
    """Answer the parent."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    Load().run()
