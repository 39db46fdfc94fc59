"""The owner of a source: starts, feeds, watches, ends and tries again."""

from typing import Any

import pytest

from streamer.address import SourceSpec
from streamer.errors import MediaError
from streamer.hub.state import Phase, State
from streamer.parsing import parse
from tests.media_messages import Ear, Eye, init, jpeg
from tests.supervised import OPENED, failed, settle, supervised

pytestmark = pytest.mark.anyio
RETRY_US = 125_000  # with the back-off's chance at its most


async def test_nothing_runs_until_somebody_watches() -> None:
    async with supervised() as scene:
        assert scene.forge.workers == []
        await scene.watch()
        assert (scene.state, scene.supervisor.pid) == (State(Phase.CONNECTING), 7)
        await scene.says(**OPENED)
        assert scene.state == State(Phase.LIVE)
        assert len(scene.eye.catalogs) == 1


async def test_the_worker_is_told_what_is_in_demand() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**OPENED)
        assert scene.worker.demands == []
        chosen = scene.stream.choose(("h264",), ("avc1",))
        assert chosen is not None
        scene.stream.subscribe(chosen[0], Ear(), "")
        scene.stream.request_keyframe(chosen[0])
        await settle()
        assert (scene.worker.demands, scene.worker.keyframes) == ([{1: "h264"}], [1])


async def test_media_and_descriptions_reach_the_viewer() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**OPENED)
        ear = Ear()
        scene.stream.subscribe(scene.stream.channels[2], ear, "")
        described = {"codec": "jpeg", "width": 640, "height": 360, "fps": 30.0}
        await scene.says(type="description", rendition=2, **described)
        scene.worker.publish(jpeg(b"1", 2))
        assert ([each["codec"] for each in ear.told], ear.heard) == (["jpeg"], [b"1"])
        await scene.says(type="beat", corrupt=3)
        await scene.says(type="beat", corrupt=5)
        assert scene.stream.tally.corrupt == 5
        await scene.says(type="something new")


async def test_one_worker_may_open_several_sources_and_wait_for_them() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(type="waiting", sentence="Waiting for a publisher.")
        assert scene.state == State(Phase.CONNECTING, "Waiting for a publisher.")
        await scene.says(**OPENED)
        ear = Ear()
        scene.stream.subscribe(scene.stream.channels[2], ear, "")
        scene.worker.publish(jpeg(b"1", 2))
        await scene.says(type="waiting", sentence="Waiting for a publisher.")
        await scene.says(**OPENED | {"codec": "hevc", "width": 320})
        assert (scene.state, scene.stream.lines) == (State(Phase.LIVE), 360)
        late = Ear()
        scene.stream.subscribe(scene.stream.channels[2], late, "")
        assert late.heard == []  # what it was is not shown again
        scene.worker.publish(jpeg(b"2", 2))
        assert (ear.heard, late.heard) == ([b"1", b"2"], [b"2"])
        assert len(scene.forge.workers) == 1


async def test_the_source_is_closed_a_little_after_the_last_viewer() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**OPENED)
        scene.stream.publish(init(b"old"))
        scene.stream.detach(scene.eye)
        await scene.after(4_999_999)
        assert scene.worker.stopped == 0
        await scene.after(1)
        assert (scene.worker.stopped, scene.state) == (1, State(Phase.IDLE))
        ear = Ear()
        scene.stream.channels[0].subscribe(ear)
        assert ear.heard == []
        await scene.watch()
        assert len(scene.forge.workers) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            failed("Over."),
            "Over.",
        ),
        ({"type": "closed"}, "The decoder crashed and is being restarted."),
    ],
)
async def test_what_fails_is_tried_again(body: dict[str, Any], reason: str) -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**body)
        retry_at_us = scene.clock.monotonic_us() + RETRY_US
        assert scene.state == State(Phase.OFFLINE, reason, retry_at_us)
        assert scene.forge.workers[0].stopped == 1
        await scene.after(RETRY_US - 1)
        assert len(scene.forge.workers) == 1
        await scene.after(1)
        assert (len(scene.forge.workers), scene.state) == (2, State(Phase.CONNECTING))
        assert scene.stream.tally.restarts == 1


async def test_the_next_try_knows_that_it_was_live() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(type="pace", live=True)
        scene.stream.detach(scene.eye)
        await scene.after(60_000_000)
        scene.stream.attach(scene.eye)
        await settle()
        await scene.says(**failed("Stopped."))
        await scene.after(RETRY_US)
        assert [spec.was_live for spec in scene.forge.specs] == [False, True, True]


async def test_the_first_reason_counts() -> None:
    async with supervised() as scene:
        await scene.watch()
        scene.worker.says(failed("First."))
        scene.worker.says({"type": "closed"})
        await settle()
        assert scene.state.reason == "First."


async def test_retries_end_when_nobody_waits_for_them() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(type="closed")
        scene.stream.detach(scene.eye)
        await scene.after(RETRY_US)
        await scene.says(type="closed")
        await scene.after(5_000_000)
        assert (len(scene.forge.workers), scene.state) == (2, State(Phase.IDLE))


async def test_what_no_retry_can_help_waits_for_the_next_viewer() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**failed("No such file.", retryable=False))
        assert scene.state == State(Phase.OFFLINE, "No such file.")
        await scene.after(60_000_000)
        assert len(scene.forge.workers) == 1
        scene.stream.attach(Eye())
        await settle()
        assert len(scene.forge.workers) == 2


async def test_an_ended_source_does_not_start_again_for_who_saw_it() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**OPENED)
        scene.stream.attach(Eye())
        await scene.says(type="ended")
        await scene.after(1)
        assert (len(scene.forge.workers), scene.state) == (1, State(Phase.ENDED))


async def test_what_does_not_come_back_is_told_in_the_log_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with supervised(source="-", always=True) as scene:
        await scene.says(**failed("Standard input has ended.", retryable=False))
        assert caplog.text.count("event=offline stream=cam reason='Standard input has end") == 1
        await scene.watch()
        await scene.says(**failed("Standard input has ended.", retryable=False))
        assert caplog.text.count("event=offline") == 1


async def test_what_a_worker_logs_is_logged_of_its_stream(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(type="log", text="event=publisher-refused reason='Another name.'")
    assert "event=publisher-refused stream=cam reason='Another name.'" in caplog.text
    assert "WARNING" in caplog.text


async def test_standard_input_that_ended_has_ended_for_all(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with supervised(source="-", always=True) as scene:
        await scene.says(**OPENED)
        await scene.says(type="ended")
        assert "WARNING" in caplog.text
        assert "event=ended stream=cam" in caplog.text
        await scene.watch()
        await scene.after(60_000_000)
        assert (len(scene.forge.workers), scene.state) == (1, State(Phase.ENDED))


async def test_an_ended_source_starts_again_for_who_came_as_it_was_stopped() -> None:
    async with supervised() as scene:
        await scene.watch()
        scene.worker.says({"type": "ended"})
        scene.stream.attach(Eye())
        await settle()
        assert (len(scene.forge.workers), scene.state) == (2, State(Phase.CONNECTING))


@pytest.mark.parametrize("opened", [False, True])
async def test_a_worker_that_says_nothing_is_replaced(opened: bool) -> None:
    async with supervised() as scene:
        await scene.watch()
        if opened:
            await scene.says(**OPENED)
        await scene.after(13_000_000)
        assert scene.worker.stopped == 0
        await scene.after(1)
        assert scene.worker.stopped == 1
        assert scene.state.reason == "The source hangs and is being restarted."


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (OSError(24, "Too many open files"), "Too many open files"),
        (EOFError(), "EOFError"),
        (RuntimeError("can't start new thread"), "RuntimeError"),
    ],
)
async def test_a_process_that_cannot_be_started_is_tried_again(
    trouble: Exception, why: str
) -> None:
    async with supervised() as scene:
        scene.forge.troubles.append(trouble)
        await scene.watch()
        assert scene.state.reason == f"No process can be started for the source ({why})."
        await scene.after(RETRY_US)
        assert (len(scene.forge.workers), scene.state) == (1, State(Phase.CONNECTING))


async def test_one_stream_in_trouble_ends_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async with supervised() as scene:
        scene.forge.troubles.append(ZeroDivisionError())
        await scene.watch()
        assert scene.state.reason == "The source failed; see the server's log."
        assert "event=supervisor-failed stream=cam" in caplog.text
        await scene.after(RETRY_US)
        assert len(scene.forge.workers) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "opened", "codec": "h264"},
        {**OPENED, "type": "description", "rendition": 99},
        {**OPENED, "type": "description", "rendition": "x"},
        {"type": "failed"},
        {"type": "beat"},
    ],
)
async def test_a_worker_that_makes_no_sense_is_broken(body: dict[str, Any]) -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**OPENED)
        with pytest.raises(MediaError):
            scene.worker.says(body)


async def test_a_source_that_worked_for_long_is_tried_again_soon() -> None:
    async with supervised() as scene:
        await scene.watch()
        waits = []
        for steady_us in (0, 0, 3_000_001):
            await scene.says(**OPENED)
            await scene.after(steady_us)
            scene.worker.heard_us = scene.clock.monotonic_us()
            await scene.says(type="closed")
            assert scene.state.retry_at_us is not None
            waits.append(scene.state.retry_at_us - scene.clock.monotonic_us())
            await scene.after(waits[-1])
        assert waits == [RETRY_US, 2 * RETRY_US, RETRY_US]


async def test_a_picture_that_stands_still_is_told_and_taken_back() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**OPENED)
        scene.clock.advance(40_000_000)
        scene.worker.heard_us = scene.clock.monotonic_us()
        await scene.says(type="frozen", for_ms=31_000)
        assert scene.state == State(Phase.LIVE, frozen_since_us=9_000_000)
        assert scene.eye.states[-1].message(scene.clock.monotonic_us()).frozen_ms == 31_000
        await scene.says(type="frozen", for_ms=None)
        assert scene.state == State(Phase.LIVE)


FAILED = failed()


async def test_the_next_source_is_tried_at_once_and_the_first_after_the_last() -> None:
    fallback = SourceSpec(parse("pattern:64x64"))
    async with supervised((fallback,)) as scene:
        first = scene.stream.spec.source
        await scene.watch()
        await scene.says(**FAILED)
        assert (scene.forge.specs, scene.state) == ([first, fallback], State(Phase.CONNECTING))
        await scene.says(**OPENED)
        assert scene.state == State(Phase.LIVE)
        await scene.says(**FAILED | {"retryable": False})
        # The first may come back, whatever the last one said.
        assert scene.state.retry_at_us == scene.clock.monotonic_us() + RETRY_US
        await scene.after(RETRY_US)
        assert scene.forge.specs == [first, fallback, first]


async def test_a_stream_of_hopeless_sources_rests() -> None:
    async with supervised((SourceSpec(parse("a.mp4")),)) as scene:
        await scene.watch()
        for _ in range(2):
            await scene.says(**FAILED | {"retryable": False})
        assert (len(scene.forge.specs), scene.state) == (2, State(Phase.OFFLINE, "No."))


async def test_a_stream_that_rested_begins_with_its_first_source() -> None:
    fallback = SourceSpec(parse("a.mp4"))
    async with supervised((fallback,)) as scene:
        await scene.watch()
        await scene.says(**FAILED | {"retryable": False})
        await scene.says(type="ended")
        assert scene.state == State(Phase.ENDED)
        scene.stream.attach(Eye())
        await settle()
        assert scene.forge.specs == [scene.stream.spec.source, fallback, scene.stream.spec.source]


async def test_a_source_that_nobody_can_begin_with_is_encoded_until_it_has_keyframes() -> None:
    async with supervised() as scene:
        await scene.watch()
        await scene.says(**OPENED)
        assert scene.stream.catalog().renditions[0].id == "copy"
        await scene.says(type="starts", found=False)
        assert [each.id for each in scene.stream.catalog().renditions] == ["h264", "jpeg"]
        assert len(scene.eye.catalogs) == 2
        await scene.says(type="starts", found=True)
        assert scene.stream.catalog().renditions[0].id == "copy"
