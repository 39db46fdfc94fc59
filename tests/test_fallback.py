"""A fallback in place of a source that may come back: how it ends."""

import pytest

from streamer.address import SourceSpec
from streamer.hub.state import Phase, State
from streamer.parsing import parse
from tests.supervised import OPENED, Scene, failed, supervised

pytestmark = pytest.mark.anyio
CAMERA = SourceSpec(parse("rtsp://camera/1"))
SECOND = SourceSpec(parse("rtsp://camera/2"))
AWAY = SourceSpec(parse("away.mp4"))
FAILED = failed("The camera is away.")
RETRY_US = 125_000  # with the back-off's chance at its most


async def fall_back(scene: Scene, *sources: SourceSpec) -> None:
    """The sources fail, and the next works."""
    for _ in sources:
        await scene.says(**FAILED)
    assert scene.stream.playing is None
    await scene.says(**OPENED)
    assert scene.state == State(Phase.LIVE)
    assert scene.stream.playing == scene.forge.specs[-1]


async def test_the_camera_is_tried_again_when_its_fallback_has_ended() -> None:
    async with supervised((AWAY,), CAMERA.address.target) as scene:
        await scene.watch()
        for rounds in range(1, 4):
            await fall_back(scene, CAMERA)
            await scene.after(3_500_000)
            await scene.says(type="ended")
            retry_at_us = scene.clock.monotonic_us() + RETRY_US
            assert scene.state == State(Phase.OFFLINE, "The camera is away.", retry_at_us)
            await scene.after(RETRY_US)
            assert scene.forge.specs == [CAMERA, AWAY] * rounds + [CAMERA]


async def test_the_next_follows_a_fallback_that_has_ended() -> None:
    async with supervised((AWAY, SECOND), CAMERA.address.target) as scene:
        await scene.watch()
        await fall_back(scene, CAMERA)
        await scene.says(type="ended")
        assert scene.forge.specs == [CAMERA, AWAY, SECOND]
        await scene.says(**FAILED)
        await scene.after(RETRY_US)
        assert scene.forge.specs[3:] == [CAMERA]


async def test_a_fallback_plays_again_while_the_camera_must_be_left_alone() -> None:
    async with supervised((AWAY,), CAMERA.address.target) as scene:
        await scene.watch()
        await scene.says(**failed("Wrong password.", haste=2))
        for _ in range(3):
            await scene.says(**OPENED)
            await scene.after(4_000_000)
            await scene.says(type="ended")
            assert scene.state.reason == "Wrong password."
            await scene.after(RETRY_US)
        assert scene.forge.specs == [CAMERA] + [AWAY] * 4


async def test_a_stream_whose_camera_is_hopeless_ends_with_its_fallback() -> None:
    async with supervised((AWAY,), CAMERA.address.target) as scene:
        await scene.watch()
        await scene.says(**FAILED | {"retryable": False})
        await scene.says(type="ended")
        await scene.after(60_000_000)
        assert scene.state == State(Phase.ENDED)
        assert scene.forge.specs == [CAMERA, AWAY]
