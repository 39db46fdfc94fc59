import anyio
import pytest

from streamer.hub.delivery import pump as pump_module
from streamer.hub.delivery.pump import Pump


class Waiter:
    """Something that waits for a number of turns."""

    def __init__(self, turns: int, done: anyio.Event) -> None:
        self.left = turns
        self._done = done

    @property
    def waits(self) -> bool:
        return self.left > 0

    def pump(self) -> None:
        self.left -= 1
        if self.left == 0:
            self._done.set()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump_module, "EVERY_S", 0)


def test_whoever_waits_is_pumped_until_nothing_waits() -> None:
    async def run() -> None:
        pump = Pump()
        first, second = anyio.Event(), anyio.Event()
        waiters = Waiter(3, first), Waiter(5, second)
        async with anyio.create_task_group() as group:
            group.start_soon(pump.run)
            for waiter in waiters:
                pump.add(waiter)
            with anyio.fail_after(5):
                await first.wait()
                await second.wait()
            again = anyio.Event()
            late = Waiter(2, again)
            pump.add(late)
            with anyio.fail_after(5):
                await again.wait()
            group.cancel_scope.cancel()
        assert [each.left for each in (*waiters, late)] == [0, 0, 0]

    anyio.run(run)


def test_who_left_is_pumped_no_longer() -> None:
    async def run() -> None:
        pump = Pump()
        done, other = anyio.Event(), anyio.Event()
        gone, stays = Waiter(1, done), Waiter(3, other)
        pump.add(gone)
        pump.add(stays)
        pump.discard(gone)
        pump.discard(gone)
        async with anyio.create_task_group() as group:
            group.start_soon(pump.run)
            with anyio.fail_after(5):
                await other.wait()
            group.cancel_scope.cancel()
        assert gone.left == 1

    anyio.run(run)
