"""The pauses between two tries, and the worker that is kept for the next one."""

import pytest

from streamer.address import SourceSpec
from streamer.errors import Haste
from streamer.hub.state import Phase, State
from streamer.hub.supply.backoff import FIRST_S, WATCHED_CAP_S
from streamer.parsing import parse
from tests.media_messages import Ear, Eye
from tests.supervised import OPENED, Scene, failed, settle, supervised

pytestmark = pytest.mark.anyio
FAILED = failed(waits=True)
FIRST_US = 125_000  # with the back-off's chance at its most


async def fail(scene: Scene, pause_us: int = FIRST_US) -> None:
    """The source cannot be opened, and the pause that follows is over."""
    await scene.says(**FAILED)
    await scene.after(pause_us)


async def test_a_worker_that_waits_is_asked_again() -> None:
    async with supervised() as scene:
        await scene.watch()
        for tries in range(2, 5):
            await fail(scene, 500_000)
            assert (len(scene.forge.workers), scene.worker.tries) == (1, tries)
            assert scene.state == State(Phase.CONNECTING)
        await scene.says(**OPENED)
        assert (scene.state, scene.worker.stopped) == (State(Phase.LIVE), 0)


async def test_a_worker_that_is_asked_again_has_its_time_to_answer() -> None:
    async with supervised() as scene:
        await scene.watch()
        await fail(scene)
        await scene.after(13_000_000)
        assert scene.worker.stopped == 0
        await scene.after(1)
        assert (scene.worker.stopped, scene.state.phase) == (1, Phase.OFFLINE)


async def test_a_worker_that_died_while_it_waited_is_replaced() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**FAILED)
        scene.worker.closed = True
        await scene.after(FIRST_US)
        assert [worker.stopped for worker in scene.forge.workers] == [1, 0]


async def test_a_worker_waits_for_its_own_source_only() -> None:
    async with supervised((SourceSpec(parse("rtsp://other/")),)) as scene:
        await scene.watch()
        await scene.says(**FAILED)
        assert [worker.stopped for worker in scene.forge.workers] == [1, 0]


async def test_nobody_waits_for_what_nobody_wants() -> None:
    async with supervised() as scene:
        await scene.watch()
        scene.stream.detach(scene.eye)
        await fail(scene, 0)
        assert scene.worker.stopped == 0
        await scene.after(5_000_000)
        assert (scene.state, scene.worker.stopped) == (State(Phase.IDLE), 1)


async def test_who_waited_is_told_what_nobody_demands_any_more() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**OPENED)
        chosen, ear = scene.stream.choose(("h264",), ("avc1",)), Ear()
        assert chosen is not None
        scene.stream.subscribe(chosen[0], ear, "")
        await fail(scene)
        scene.stream.unsubscribe(chosen[0], ear)
        await scene.after(5_000_000)
        assert scene.worker.demands == [{1: "h264"}, {}]


async def test_pauses_stay_short_while_somebody_watches() -> None:
    async with supervised() as scene:
        await scene.watch()
        for _ in range(9):
            await fail(scene, round(WATCHED_CAP_S * 1e6 / 2))
            assert scene.state == State(Phase.CONNECTING)


async def test_a_command_is_not_started_as_often() -> None:
    async with supervised(source="exec:ffmpeg -") as scene:
        await scene.watch()
        for pause_us in (125_000, 250_000, 500_000, 500_000):
            await fail(scene, pause_us - 1)
            assert scene.state.phase is Phase.OFFLINE
            await scene.after(1)
            assert scene.state == State(Phase.CONNECTING)


async def test_a_command_that_has_waited_for_its_peer_is_soon_started_again() -> None:
    """As one for SRT does: how often it is started counts, and it is deaf in between."""
    async with supervised(source="exec:srt-live-transmit srt://cam:5000 file://con") as scene:
        await scene.watch()
        for _ in range(4):
            await scene.after(1_000_000)
            await scene.says(**FAILED)
            assert scene.state.phase is Phase.OFFLINE
            await scene.after(200_000)
            assert scene.state == State(Phase.CONNECTING)


async def test_who_only_listens_listens_again_at_once() -> None:
    async with supervised(source="udp://:5000") as scene:
        await scene.watch()
        for tries in range(2, 6):
            await fail(scene, round(FIRST_S * 1e6 / 2))
            assert scene.worker.tries == tries


async def test_pauses_are_long_while_nobody_watches_and_end_when_somebody_comes() -> None:
    async with supervised(always=True) as scene:
        await settle()
        for pause_us in (125_000, 250_000, 500_000, 1_000_000, 2_000_000, 4_000_000, 5_000_000):
            assert scene.state == State(Phase.CONNECTING)
            await fail(scene, pause_us - 1)
            assert scene.state.phase is Phase.OFFLINE
            await scene.after(1)
        await scene.says(**FAILED)
        tries = scene.worker.tries
        scene.stream.attach(Eye())
        await settle()
        assert scene.worker.tries == tries + 1


async def test_pauses_grow_with_the_outage() -> None:
    async with supervised() as scene:
        await scene.watch()
        pauses_us = {}
        for outage_s in range(0, 800, 10):
            await scene.says(**FAILED)
            retry_at_us = scene.state.retry_at_us or 0
            pauses_us[outage_s] = retry_at_us - scene.clock.monotonic_us()
            await scene.after(10_000_000)
        told = [pauses_us[outage_s] for outage_s in (0, 60, 240, 790)]
        assert told == [FIRST_US, 250_000, 1_000_000, 2_500_000]


@pytest.mark.parametrize(("open_us", "pause_us"), [(1_000_000, 1_004_167), (1_000_001, 250_000)])
async def test_an_outage_ends_where_the_source_works_for_a_second(
    open_us: int, pause_us: int
) -> None:
    async with supervised() as scene:
        await scene.watch()
        for _ in range(24):
            await scene.says(**FAILED)
            await scene.after(10_000_000)
        await scene.says(**OPENED)
        await scene.after(open_us)
        await scene.says(**FAILED)
        assert scene.state.retry_at_us == scene.clock.monotonic_us() + pause_us


async def test_what_is_not_there_after_an_outage_is_asked_for_soon() -> None:
    async with supervised() as scene:
        await scene.watch()
        for _ in range(6):
            await fail(scene, 500_000)
        for pause_us in (125_000, 250_000, 500_000, 1_000_000):
            await scene.says(**FAILED | {"haste": Haste.SLOWLY})
            assert scene.state.retry_at_us == scene.clock.monotonic_us() + pause_us
            await scene.after(pause_us)


async def test_what_is_not_there_is_asked_for_more_and_more_seldom() -> None:
    async with supervised() as scene:
        await scene.watch()
        for pause_us in (125_000, 250_000, 500_000, 1_000_000, 2_000_000, 4_000_000, 5_000_000):
            await scene.says(**FAILED | {"haste": Haste.SLOWLY})
            await scene.after(pause_us - 1)
            assert scene.state.phase is Phase.OFFLINE
            await scene.after(1)
            assert scene.state == State(Phase.CONNECTING)


async def test_who_is_denied_waits_a_minute_whoever_comes_and_goes() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**FAILED | {"haste": Haste.SELDOM})
        scene.stream.detach(scene.eye)
        await scene.after(30_000_000)
        scene.stream.attach(Eye())
        await scene.after(29_999_999)
        assert (scene.worker.tries, scene.state.phase) == (1, Phase.OFFLINE)
        await scene.after(1)
        assert (scene.worker.tries, scene.state.phase) == (2, Phase.CONNECTING)


async def test_a_fallback_that_fails_does_not_hurry_one_that_denies() -> None:
    async with supervised((SourceSpec(parse("rtsp://other/")),)) as scene:
        await scene.watch()
        await scene.says(**FAILED | {"haste": Haste.SELDOM})
        await scene.says(**FAILED)
        await scene.after(59_999_999)
        assert len(scene.forge.workers) == 2
        await scene.after(1)
        assert len(scene.forge.workers) == 3


async def test_who_denies_is_left_alone_while_a_fallback_works() -> None:
    """Whoever comes and goes, and however often that one fails: cameras lock a user."""
    other = SourceSpec(parse("rtsp://other/"))
    async with supervised((other,)) as scene:
        await scene.watch()
        await scene.says(**FAILED | {"haste": Haste.SELDOM})
        for leaves in (True, True, False, False):
            await scene.says(**OPENED)
            assert scene.forge.specs[-1] == other
            await scene.after(4_000_000)
            if leaves:
                scene.stream.detach(scene.eye)
                await scene.after(6_000_000)
                assert scene.state.phase is Phase.IDLE
                await scene.watch()
            else:
                await scene.says(**FAILED)
                await scene.after(500_000)
        assert scene.forge.specs.count(other) == len(scene.forge.specs) - 1
        assert scene.stream.tally.restarts == 3
        await scene.after(40_000_000)
        await scene.says(**FAILED)
        await scene.after(500_000)
        assert scene.forge.specs[-1] != other


async def test_the_log_has_each_reason_once(caplog: pytest.LogCaptureFixture) -> None:
    async with supervised() as scene:
        await scene.watch()
        for sentence in ("No.", "No.", "Refused.", "No."):
            await fail(scene, 500_000)
            await scene.says(**FAILED | {"sentence": sentence})
            await scene.after(500_000)
        assert caplog.text.count("event=offline") == 2
        await scene.says(**OPENED)
        await scene.after(3_000_001)
        await scene.says(**FAILED)
        assert caplog.text.count("event=offline") == 3


async def test_a_long_try_to_open_proves_nothing() -> None:
    async with supervised() as scene:
        await scene.watch()
        for _ in range(2):
            await scene.after(9_000_000)
            await fail(scene, 0)
        assert scene.state.retry_at_us == scene.clock.monotonic_us() + 2 * FIRST_US
