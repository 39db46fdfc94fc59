"""Publishers as a source: the worker runs for them, and what happens when either goes."""

from contextlib import AbstractAsyncContextManager

import pytest

from streamer.address import PUBLISHED_BODY, PUBLISHED_MESSAGES, SourceSpec
from streamer.control import Keyframe, StateChange
from streamer.errors import StreamerError, TooManyFailures, UnsupportedMedia
from streamer.hub.state import IDLE, WAITING, Phase, State
from streamer.hub.supply.publication import Publication
from streamer.parsing import parse
from streamer.publishing import Audience
from tests.media_messages import Ear, Eye, fragment
from tests.supervised import OPENED, Scene, failed, settle, supervised
from tests.test_publication import Publisher

pytestmark = pytest.mark.anyio
VP8 = {**OPENED, "codec": "vp8"}
CLIP = SourceSpec(parse("away.mp4"))
RETRY_US = 125_000


def awaiting(*fallbacks: SourceSpec) -> AbstractAsyncContextManager[Scene]:
    return supervised(fallbacks, "publish:")


async def enter(scene: Scene, *, resumes: bool = True) -> Publisher:
    publisher = Publisher(resumes=resumes)
    scene.stream.admit(publisher.publication, takeover=False)
    await settle()
    return publisher


async def leave(scene: Scene, publication: Publication) -> None:
    scene.stream.stage.leave(publication)
    publication.close()
    await settle()


async def test_viewers_wait_for_a_publisher() -> None:
    async with awaiting() as scene:
        assert scene.state is WAITING
        await scene.watch()
        await scene.after(60_000_000)
        assert (scene.forge.workers, scene.eye.states) == ([], [WAITING])
        assert WAITING.message(0) == StateChange("offline", "Waiting for a publisher.", None)


@pytest.mark.parametrize("resumes", [True, False])
async def test_a_publisher_is_what_the_worker_runs_for(resumes: bool) -> None:
    async with awaiting() as scene:
        publisher = await enter(scene, resumes=resumes)
        assert scene.state == State(Phase.CONNECTING)
        (spec,) = scene.forge.specs
        assert spec.address == (PUBLISHED_MESSAGES if resumes else PUBLISHED_BODY)
        await publisher.publication.write(b"abc")
        assert scene.forge.feeds[0].recv(9) == b"abc"
        await scene.says(**OPENED)
        await scene.watch()
        await leave(scene, publisher.publication)
        assert (scene.state, scene.worker.stopped) == (WAITING, 1)
        assert [state.phase for state in scene.eye.states] == ["live", "offline"]
        second = await enter(scene)
        assert len(scene.forge.workers) == 2
        await leave(scene, second.publication)


async def test_a_publisher_is_told_of_the_stream() -> None:
    async with awaiting() as scene:
        publisher = await enter(scene)
        await scene.says(**OPENED)
        other = Eye()
        scene.stream.attach(scene.eye)
        scene.stream.attach(other)
        scene.stream.detach(other)
        assert publisher.told == [
            StateChange("connecting"),
            StateChange("live"),
            Audience(1),
            Audience(2),
            Audience(1),
        ]
        publisher.told.clear()
        copy = scene.stream.channels[0]
        scene.stream.subscribe(copy, Ear(), "")
        assert publisher.told == [Keyframe()]
        scene.clock.advance(1_000_000)
        scene.stream.request_keyframe(copy)
        assert publisher.told == [Keyframe(), Keyframe()]
        assert scene.worker.keyframes == []
        await leave(scene, publisher.publication)


async def test_a_body_that_ends_ends_its_publication() -> None:
    async with awaiting() as scene:
        publisher = await enter(scene, resumes=False)
        await scene.says(**OPENED)
        await scene.says(type="ended")
        assert (publisher.ended, publisher.publication.failure) == (1, None)
        assert (scene.state, scene.stream.stage.publication) == (WAITING, None)
        publisher.publication.close()


@pytest.mark.parametrize("resumes", [True, False])
async def test_what_cannot_be_read_is_refused(resumes: bool) -> None:
    async with awaiting() as scene:
        publisher = await enter(scene, resumes=resumes)
        await scene.says(**failed("No video in it."))
        assert isinstance(publisher.publication.failure, UnsupportedMedia)
        assert publisher.publication.failure.sentence == "No video in it."
        assert (scene.state, scene.stream.stage.publication) == (WAITING, None)
        publisher.publication.close()


async def test_a_body_is_over_when_its_worker_crashes() -> None:
    async with awaiting() as scene:
        publisher = await enter(scene, resumes=False)
        await scene.says(**OPENED)
        await scene.says(type="closed")
        assert type(publisher.publication.failure) is StreamerError
        assert scene.state is WAITING
        publisher.publication.close()


async def test_messages_go_on_in_another_worker_after_a_crash() -> None:
    async with awaiting() as scene:
        publisher = await enter(scene)
        await publisher.publication.describe(b"codec ")
        await scene.says(**OPENED)
        await scene.says(type="closed")
        assert scene.state.retry_at_us == scene.clock.monotonic_us() + RETRY_US
        await scene.after(RETRY_US)
        assert (len(scene.forge.workers), scene.stream.tally.restarts) == (2, 1)
        await publisher.publication.write(b"packet")
        assert scene.forge.feeds[1].recv(99) == b"codec packet"
        assert (publisher.ended, publisher.told.count(Keyframe())) == (0, 1)
        await leave(scene, publisher.publication)


async def test_a_publisher_that_leaves_ends_the_wait_for_a_retry() -> None:
    async with awaiting() as scene:
        publisher = await enter(scene)
        await scene.says(type="closed")
        await leave(scene, publisher.publication)
        assert (scene.state, len(scene.forge.workers)) == (WAITING, 1)


async def test_a_takeover_starts_another_worker() -> None:
    async with awaiting() as scene:
        first = await enter(scene)
        await scene.says(**OPENED)
        second = Publisher()
        scene.stream.admit(second.publication, takeover=True)
        await settle()
        assert (first.ended, scene.forge.workers[0].stopped) == (1, 1)
        assert len(scene.forge.workers) == 2
        first.publication.close()
        await leave(scene, second.publication)


async def test_what_never_begins_is_refused() -> None:
    async with awaiting() as scene:
        publisher = await enter(scene)
        scene.worker.heard_us = 12_000_000
        await scene.after(12_000_000)
        assert publisher.ended == 0
        await scene.after(1)
        assert isinstance(publisher.publication.failure, UnsupportedMedia)
        assert "within 12 s" in publisher.publication.failure.sentence
        publisher.publication.close()


async def test_another_codec_in_mid_session_is_a_discontinuity() -> None:
    async with awaiting() as scene:
        publisher = await enter(scene)
        await scene.watch()
        await scene.says(**OPENED)
        ear = Ear()
        scene.stream.subscribe(scene.stream.channels[0], ear, "")
        scene.worker.publish(fragment(b"1", key=True))
        await scene.says(**VP8)
        assert (scene.state.phase, len(scene.eye.catalogs)) == (Phase.LIVE, 2)
        late = Ear()
        scene.stream.subscribe(scene.stream.channels[0], late, "")
        assert late.heard == []
        scene.worker.publish(fragment(b"2", key=True))
        assert ear.headers[-1].flags == 3
        await leave(scene, publisher.publication)


async def test_a_fallback_runs_while_nobody_publishes() -> None:
    async with awaiting(CLIP) as scene:
        assert scene.state is IDLE
        await scene.watch()
        assert [spec.address for spec in scene.forge.specs] == [CLIP.address]
        publisher = await enter(scene)
        assert scene.forge.specs[-1].address == PUBLISHED_MESSAGES
        await scene.says(**OPENED)
        await leave(scene, publisher.publication)
        assert scene.forge.specs[-1] == CLIP
        assert Phase.IDLE not in [state.phase for state in scene.eye.states][1:]
        await scene.says(type="ended")
        assert scene.state == State(Phase.ENDED)
        last = await enter(scene)
        assert scene.forge.specs[-1].address == PUBLISHED_MESSAGES
        scene.stream.detach(scene.eye)
        await scene.after(60_000_000)
        await leave(scene, last.publication)
        assert scene.state is IDLE


async def test_a_publisher_does_not_wait_for_a_fallbacks_retry() -> None:
    async with awaiting(SourceSpec(parse("rtsp://cam/"))) as scene:
        await scene.watch()
        await scene.says(**failed("No answer."))
        publisher = await enter(scene)
        assert [state.phase for state in scene.eye.states[-2:]] == ["offline", "connecting"]
        await leave(scene, publisher.publication)


async def test_the_worker_that_waits_for_a_fallback_goes_for_a_publisher() -> None:
    async with awaiting(SourceSpec(parse("rtsp://cam/"))) as scene:
        await scene.watch()
        await scene.says(**failed("No answer.", waits=True))
        assert scene.worker.stopped == 0
        publisher = await enter(scene)
        assert [worker.stopped for worker in scene.forge.workers] == [1, 0]
        assert (len(scene.forge.feeds), scene.worker.tries) == (1, 1)
        await leave(scene, publisher.publication)


async def test_the_worker_of_a_publisher_is_never_asked_again() -> None:
    async with awaiting() as scene:
        await scene.watch()
        publisher = await enter(scene)
        await scene.says(**failed(waits=True))
        await leave(scene, publisher.publication)
        publisher = await enter(scene)
        assert [worker.tries for worker in scene.forge.workers] == [1, 1]
        assert len(scene.forge.feeds) == 2
        await leave(scene, publisher.publication)


async def test_no_process_for_a_publisher_is_our_failure() -> None:
    async with awaiting() as scene:
        scene.forge.troubles = [OSError(12, "Cannot allocate memory")]
        publisher = await enter(scene, resumes=False)
        assert type(publisher.publication.failure) is StreamerError
        publisher.publication.close()


async def fail(scene: Scene, sentence: str) -> None:
    publisher = await enter(scene, resumes=False)
    await scene.says(**failed(sentence))
    await leave(scene, publisher.publication)


async def test_one_whose_bodies_fail_again_and_again_has_to_wait(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with awaiting() as scene:
        for sentence in ("No picture.", "Damaged.", "No picture."):
            await fail(scene, sentence)
        workers = len(scene.forge.workers)
        with pytest.raises(TooManyFailures, match="3 times in a row; send it as one body"):
            await enter(scene, resumes=False)
        assert len(scene.forge.workers) == workers
        await scene.after(2_000_000)
        await fail(scene, "No picture.")
        assert [each.getMessage() for each in caplog.records if "failed" in each.message] == [
            "event=publisher-failed stream=cam reason='No picture.'",
            "event=publisher-failed stream=cam reason='Damaged.'",
        ]
        with pytest.raises(TooManyFailures, match="4 times"):
            await enter(scene, resumes=False)
        await scene.after(2_000_000)
        publisher = await enter(scene, resumes=False)
        await scene.says(**OPENED)
        await scene.says(type="ended")
        await leave(scene, publisher.publication)
        await fail(scene, "No picture.")
        publisher = await enter(scene, resumes=False)
        await leave(scene, publisher.publication)
