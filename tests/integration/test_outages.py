"""Every network source is killed, comes back as another, and is frozen: viewers see it through.

`benchmarks/outages.py` does the same for longer, and measures it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.integration.conftest import Server, StartServer
from tests.integration.counterparts import KINDS, Counterpart, write_clips
from tests.integration.observers import Observer
from tests.integration.outages import Outage, Recovery, suffer
from tests.integration.peeking import assert_calm, workers
from tests.integration.processes import wait_until

STALL_S = 2.0
# What a shared, busy machine is granted on top of what is measured on a quiet one.
TOLD_WITHIN_S = STALL_S + 2.0
BACK_WITHIN_S = 12.0
OUTAGES = (
    Outage("kill", 1.0),
    Outage("kill", 1.0, "small"),
    Outage("kill", 1.0, "other"),
    Outage("kill", STALL_S + 1),
    Outage("freeze", STALL_S + 4),  # longer than anything may wait for an answer meanwhile
)


@pytest.fixture
def counterparts(tmp_path: Path) -> Iterator[list[Counterpart]]:
    """One counterpart of each kind, sending."""
    write_clips(tmp_path)
    made = [Counterpart(kind, tmp_path) for kind in KINDS]
    try:
        for each in made:
            each.start()
        yield made
    finally:
        for each in made:
            each.kill()


def watched(serve: StartServer, made: list[Counterpart]) -> tuple[Server, list[Observer]]:
    """A server of all of them, with a viewer each that has pictures."""
    sources = [f"{each.name}={each.url}" for each in made]
    server = serve("--stall-timeout", str(STALL_S), *sources)
    observers = [Observer(server.port, each.name) for each in made]
    for observer in observers:
        wait_until(partial(observer.moves_since, 0), f"pictures: {observer.told}", 15)
    return server, observers


def processes(server: Server) -> tuple[int, int]:
    """How many workers run, and how many processes in all."""
    return len(workers(server.process)), len(server.process.members())


def test_viewers_are_told_and_see_pictures_again(
    serve: StartServer, counterparts: list[Counterpart]
) -> None:
    server, observers = watched(serve, counterparts)
    before = processes(server)

    def go_through(index: int) -> list[Recovery]:
        return [suffer(counterparts[index], observers[index], outage) for outage in OUTAGES]

    with ThreadPoolExecutor(len(KINDS)) as pool:
        found = dict(zip(KINDS, pool.map(go_through, range(len(KINDS))), strict=True))
    for kind, recoveries in found.items():
        for outage, recovery in zip(OUTAGES, recoveries, strict=True):
            assert recovery.back_s is not None, (kind, outage, recovery)
            assert recovery.back_s < BACK_WITHIN_S, (kind, outage, recovery)
            # Who sends by UDP is missed only after a while, and may be back before.
            if recovery.told_s is not None or outage.away_s > STALL_S:
                assert recovery.told_s is not None, (kind, outage, recovery)
                assert recovery.told_s < TOLD_WITHIN_S, (kind, outage, recovery)
    assert not any(observer.closed for observer in observers)
    assert processes(server) == before
    for observer in observers:
        observer.close()
    assert_calm(server.process)


def test_another_publisher_on_an_rtmp_server_that_stays(
    serve: StartServer, tmp_path: Path
) -> None:
    write_clips(tmp_path)
    rtmp = Counterpart("rtmp", tmp_path)
    try:
        rtmp.start()
        server, (observer,) = watched(serve, [rtmp])
        rtmp.stop_publishing()
        rtmp.publish("small")
        wait_until(lambda: observer.moves_since(0, "avc1.42c00d"), "the other size", 30)
        assert not observer.told_since(0, "offline")
        observer.close()
        assert_calm(server.process)
    finally:
        rtmp.kill()
