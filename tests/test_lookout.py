"""A source is looked for while its fallback runs, and takes over when it is back."""

import asyncio
from typing import Any, cast

import pytest

from streamer.address import SourceSpec
from streamer.clock import ManualClock
from streamer.errors import Haste
from streamer.hub.state import Phase, State
from streamer.hub.supply.backoff import Backoff
from streamer.hub.supply.lookout import LOOK_CAP_S, LOOK_FIRST_S, Lookout
from streamer.hub.supply.turns import Turns
from streamer.hub.supply.worker import Forge
from streamer.parsing import parse
from tests.media_messages import Ear, jpeg
from tests.supervised import OPENED, FakeForge, FakeWorker, Scene, failed, settle, supervised
from tests.test_fallback import AWAY, CAMERA, FAILED, SECOND, fall_back
from tests.test_publication import Publisher

pytestmark = pytest.mark.anyio
FIRST_US = round(LOOK_FIRST_S * 1e6)
LIVE = State(Phase.LIVE)
URL = CAMERA.address.target


async def later(scene: Scene, us: int) -> None:
    """Let `us` pass, in which no worker is silent."""
    for worker in scene.forge.workers:
        worker.heard_us = scene.clock.monotonic_us() + us
    await scene.after(us)


async def look(scene: Scene, us: int = FIRST_US) -> FakeWorker:
    """The fallback runs until a worker tries to open what is missed."""
    before = len(scene.forge.workers)
    await later(scene, us - 1)
    assert len(scene.forge.workers) == before
    await later(scene, 1)
    assert len(scene.forge.workers) == before + 1
    return scene.worker


async def test_a_source_is_looked_for_more_and_more_seldom_and_nobody_sees_it() -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        told, catalogs = len(scene.eye.states), len(scene.eye.catalogs)
        for pause_s in (4, 8, 16, 32, 60, 60):
            await look(scene, round(pause_s * 1e6))
            await scene.says(**FAILED | {"waits": True})
            assert (scene.worker.stopped, scene.worker.demands) == (1, [])
        assert scene.forge.specs == [CAMERA, AWAY] + [CAMERA] * 6
        assert (scene.state, len(scene.eye.states)) == (LIVE, told)
        assert (len(scene.eye.catalogs), scene.stream.tally.restarts) == (catalogs, 1)
        assert scene.forge.workers[1].stopped == 0


async def test_a_source_that_is_back_takes_over_with_its_first_picture() -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        ear = Ear()
        scene.stream.subscribe(scene.stream.channels[2], ear, "")
        scene.worker.publish(jpeg(b"away", 2))
        told, away = len(scene.eye.states), scene.worker
        camera = await look(scene)
        assert camera.demands == [{2: "jpeg"}] == away.demands
        camera.publish(jpeg(b"early", 2))
        camera.says({"type": "beat", "corrupt": 5})
        camera.says({**OPENED, "width": 1280, "height": 720})
        away.publish(jpeg(b"late", 2))
        away.says({"type": "ended"})
        camera.publish(jpeg(b"door", 2))
        assert ear.heard == [b"away", b"door"]
        await settle()
        assert (scene.state, len(scene.eye.states)) == (LIVE, told)
        assert (scene.stream.lines, len(scene.eye.catalogs)) == (720, 2)
        assert (away.stopped, camera.stopped, camera.demands) == (1, 0, [{2: "jpeg"}])
        await later(scene, 600_000_000)
        assert len(scene.forge.workers) == 3
        await scene.says(type="closed")
        assert scene.forge.specs[3:] == [AWAY]


async def test_who_takes_over_is_told_what_is_no_longer_demanded() -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        ear = Ear()
        scene.stream.subscribe(scene.stream.channels[2], ear, "")
        await settle()
        camera = await look(scene)
        scene.stream.unsubscribe(scene.stream.channels[2], ear)
        await later(scene, 5_000_000)
        camera.says(OPENED)
        await settle()
        assert camera.demands == [{2: "jpeg"}, {}]


async def test_a_worker_may_answer_before_it_is_had() -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        scene.forge.hasty.append({**OPENED, "height": 720})
        await look(scene)
        assert (scene.stream.lines, scene.state) == (720, LIVE)
        assert [each.stopped for each in scene.forge.workers] == [1, 1, 0]


async def test_who_opens_and_makes_no_sense_leaves_no_worker() -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        camera = await look(scene)
        camera.says({"type": "opened"})
        await settle()
        assert [each.stopped for each in scene.forge.workers] == [1, 1, 1, 0]
        assert scene.forge.specs[3:] == [AWAY]


async def test_a_source_that_comes_and_goes_is_looked_for_more_and_more_seldom() -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        for pause_us in (FIRST_US, 2 * FIRST_US):
            await look(scene, pause_us)
            await scene.says(**OPENED)
            await later(scene, 13_000_000)  # of which it was silent for ten
            await fall_back(scene, CAMERA)
        await look(scene, 4 * FIRST_US)
        await scene.says(**OPENED)
        await later(scene, 13_000_001)
        await fall_back(scene, CAMERA)
        await look(scene, FIRST_US)


async def test_a_camera_that_denies_a_user_is_asked_once_a_minute() -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await scene.says(**failed("Wrong password.", haste=Haste.SELDOM))
        await scene.says(**OPENED)
        for _ in range(3):
            await look(scene, 60_000_000)
            await scene.says(**failed("Wrong password.", haste=Haste.SELDOM))
        assert scene.forge.specs == [CAMERA, AWAY] + [CAMERA] * 3
        assert (scene.state, scene.forge.workers[1].stopped) == (LIVE, 0)


async def test_a_source_that_will_not_come_back_is_looked_for_no_more() -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        await look(scene)
        await scene.says(**FAILED | {"retryable": False})
        await later(scene, 600_000_000)
        assert len(scene.forge.workers) == 3


@pytest.mark.parametrize("said", [None, {"type": "beat", "corrupt": 0}])
async def test_a_try_that_takes_too_long_is_ended(said: dict[str, Any] | None) -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        camera = await look(scene)
        if said is not None:
            camera.says(said)
        await later(scene, 13_000_000)
        assert camera.stopped == 0
        await later(scene, 1)
        assert (camera.stopped, scene.state) == (1, LIVE)
        await look(scene, 2 * FIRST_US)


async def test_a_process_that_cannot_be_started_is_no_answer() -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        scene.forge.troubles.append(OSError(24, "Too many open files"))
        await later(scene, FIRST_US)
        assert (scene.state, len(scene.forge.workers)) == (LIVE, 2)
        await look(scene, 2 * FIRST_US)


async def test_the_first_that_is_back_takes_over_and_those_before_it_are_looked_for() -> None:
    async with supervised((SECOND, AWAY), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA, SECOND)
        await look(scene)
        assert scene.forge.specs[3:] == [CAMERA]
        await scene.says(**FAILED)
        assert scene.forge.specs[3:] == [CAMERA, SECOND]
        await scene.says(**OPENED)
        assert [each.stopped for each in scene.forge.workers] == [1, 1, 1, 1, 0]
        await look(scene, 2 * FIRST_US)
        assert scene.forge.specs[5:] == [CAMERA]
        await scene.says(**OPENED)
        assert [each.stopped for each in scene.forge.workers[4:]] == [1, 0]


async def test_nobody_is_looked_for_after_one_that_is_back() -> None:
    async with supervised((SECOND, AWAY), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA, SECOND)
        await look(scene)
        await scene.says(**OPENED)
        await later(scene, 600_000_000)
        assert scene.forge.specs == [CAMERA, SECOND, AWAY, CAMERA]


async def test_nobody_is_looked_for_when_nobody_watches() -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        camera = await look(scene)
        scene.stream.detach(scene.eye)
        await later(scene, 5_000_000)
        assert (camera.stopped, scene.state.phase) == (1, Phase.IDLE)
        await scene.after(600_000_000)
        assert len(scene.forge.workers) == 3


async def test_nobody_is_looked_for_while_somebody_publishes() -> None:
    publish = SourceSpec(parse("publish:"))
    async with supervised((publish, AWAY), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        camera = await look(scene)
        publisher = Publisher()
        scene.stream.admit(publisher.publication, takeover=False)
        await settle()
        assert [each.stopped for each in scene.forge.workers] == [1, 1, 1, 0]
        await scene.says(**OPENED)
        camera.says(OPENED)
        await later(scene, 600_000_000)
        assert len(scene.forge.workers) == 4
        scene.stream.stage.leave(publisher.publication)
        publisher.publication.close()
        await settle()
        assert scene.forge.specs[4:] == [AWAY]
        await look(scene, 2 * FIRST_US)


async def test_a_fallback_that_ends_ends_the_try_beside_it() -> None:
    async with supervised((AWAY,), URL) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        camera = await look(scene)
        scene.forge.workers[1].says({"type": "ended"})
        await settle()
        assert (camera.stopped, scene.state.phase) == (1, Phase.OFFLINE)


async def test_who_is_back_too_late_does_not_take_over() -> None:
    turns = Turns(Scene((AWAY,), URL, always=False).stream.spec)
    turns.pass_on(State(Phase.OFFLINE, "No."), retryable=True, now_us=0)
    clock, forge = ManualClock(), FakeForge()
    backoff = Backoff(lambda: 0.0, LOOK_FIRST_S, LOOK_CAP_S)
    lookout = Lookout(cast(Forge, forge), clock, backoff)
    taken: list[object] = []
    async with lookout.posted(turns, lambda: ({}, ()), lambda *found: taken.append(found)):
        await settle()
        clock.advance(FIRST_US)
        lookout.wake()
        await settle()
        (worker,) = forge.workers
        asyncio.get_running_loop().call_soon(worker.says, OPENED)
    assert (taken, worker.stopped) == ([], 1)
