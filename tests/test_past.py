"""The past over plain HTTP: which picture is given."""

from contextlib import AsyncExitStack

import anyio
import pytest

from streamer.rendition import Description, Rendition
from streamer.server.capture import past
from streamer.wire import Flags, Kind
from tests.films import INIT
from tests.kept_past import COPY, JPEG, SECOND_US, play, publish, sentence, watched
from tests.media_messages import init
from tests.still_clip import FRAME_US, fragments

pytestmark = pytest.mark.anyio


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[bytes], Rendition, str]]:
    """What a process was asked to make of which messages."""
    asked: list[tuple[list[bytes], Rendition, str]] = []

    async def run(
        _forge: object, _target: object, rendition: Rendition, kind: str, *, parts: list[bytes]
    ) -> bytes:
        asked.append((list(parts), rendition, kind))
        return b"made"

    monkeypatch.setattr(past, "run_errand", run)
    return asked


async def test_a_jpeg_of_the_past_is_given_as_it_was() -> None:
    site = watched(JPEG)
    for name in (b"one", b"two", b"three"):
        publish(site, Kind.JPEG, name, JPEG, Flags.KEYFRAME)
        site.clock.advance(SECOND_US)
    for ago, wanted in (("1", b"three"), ("1.4", b"two"), ("2.9", b"one")):
        found = await site.get(f"/streams/cam/snapshot.jpg?ago={ago}")
        assert (found.status, found.body) == (200, wanted)
    assert found.headers["x-captured-us"] == str(site.clock.wall_us() - 3 * SECOND_US)
    assert found.headers["content-type"] == "image/jpeg"


async def test_a_picture_is_made_of_its_group_up_to_it(
    made: list[tuple[list[bytes], Rendition, str]],
) -> None:
    site = watched(COPY)
    play(site, 30)
    found = await site.get("/streams/cam/snapshot.png?ago=0.75&rendition=jpeg-90")
    assert (found.body, found.headers["content-type"]) == (b"made", "image/png")
    ((parts, rendition, kind),) = made
    assert parts == [INIT, *(each for each, _ in fragments(22)[20:])]
    assert (str(rendition), kind) == ("jpeg-90", "PNG")


async def test_the_largest_is_taken_where_there_are_several(
    made: list[tuple[list[bytes], Rendition, str]],
) -> None:
    site = watched(COPY, JPEG)
    play(site, 11)
    site.cam.channels[JPEG].describe(Description("jpeg", 1280, 720, 30.0))
    publish(site, Kind.JPEG, b"larger", JPEG, Flags.KEYFRAME)
    await site.get("/streams/cam/snapshot.png?ago=0.001")
    site.clock.advance(1000)
    found = await site.get("/streams/cam/snapshot.png?ago=0.001")
    assert (found.status, made[-1][0]) == (200, [b"larger"])


async def test_what_is_not_kept_is_said() -> None:
    nothing = await watched(COPY).get("/streams/cam/snapshot.jpg?ago=3")
    assert nothing.status == 503
    assert sentence(nothing).startswith("Nothing of 'cam' is kept; that begins when")
    site = watched(COPY)
    play(site, 30)
    for path in ("snapshot.jpg?ago=60", "snapshot.png?ago=3", "clip.mp4?ago=4"):
        early = await site.get(f"/streams/cam/{path}")
        assert (early.status, sentence(early)) == (
            400,
            "That is too long ago; the last 3 s are kept.",
        )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("snapshot.jpg?ago=3&rendition=copy", "'copy' is no picture"),
        ("snapshot.png?rendition=x", "'x' is not a rendition"),
        ("snapshot.jpg?ago=x", "'ago' is 'x'"),
        ("clip.mp4?seconds=0", "'seconds' is '0'; give a number more than 0, up to 86400."),
    ],
)
async def test_what_makes_no_sense_is_said(path: str, words: str) -> None:
    site = watched(COPY)
    play(site, 11)
    found = await site.get(f"/streams/cam/{path}")
    assert (found.status, words in sentence(found)) == (400, True)


async def test_a_picture_that_cannot_be_made_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(*_args: object, **_named: object) -> bytes:
        raise EOFError

    monkeypatch.setattr(past, "run_errand", run)
    site = watched(COPY)
    play(site, 11)
    found = await site.get("/streams/cam/snapshot.jpg?ago=0.1")
    assert (found.status, sentence(found)) == (503, "This picture cannot be decoded.")


async def test_the_next_picture_is_awaited(
    made: list[tuple[list[bytes], Rendition, str]],
) -> None:
    site = watched(COPY)
    site.cam.publish(init(INIT, COPY))
    publish(site, Kind.FRAGMENT, b"key", COPY, Flags.KEYFRAME)
    found = await site.get("/streams/cam/snapshot.png")
    assert (found.status, made[0][0]) == (200, [INIT, b"key"])


async def test_the_next_picture_is_not_the_keyframe_of_long_ago(
    made: list[tuple[list[bytes], Rendition, str]],
) -> None:
    site = watched(COPY)
    play(site, 26)
    found = await site.get("/streams/cam/snapshot.png")
    assert made[0][0] == [INIT, *(each for each, _ in fragments(26)[20:])]
    assert found.headers["x-captured-us"] == str(site.clock.wall_us())


async def test_only_so_many_pictures_wait_to_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made = anyio.Event()

    async def run(*_args: object, **_named: object) -> bytes:
        await made.wait()
        return b"made"

    monkeypatch.setattr(past, "run_errand", run)
    monkeypatch.setattr(past, "MAX_WAITING", 1)
    site = watched(COPY)
    play(site, 11)
    async with AsyncExitStack() as stack:
        asked = [
            await stack.enter_async_context(site.exchange("/streams/cam/snapshot.png?ago=0.1"))
            for _ in range(past.MAX_STILLS + 1)
        ]
        await anyio.wait_all_tasks_blocked()
        refused = await site.get("/streams/cam/snapshot.png?ago=0.1")
        assert (refused.status, sentence(refused)) == (
            503,
            "1 pictures wait to be made already; try again.",
        )
        made.set()
        assert [(await each.next())["status"] for each in asked] == [200] * len(asked)


async def test_a_rendition_that_was_left_gives_no_older_picture_than_there_is(
    made: list[tuple[list[bytes], Rendition, str]],
) -> None:
    site = watched(COPY, JPEG)
    publish(site, Kind.JPEG, b"long ago", JPEG, Flags.KEYFRAME)
    play(site, 60)
    found = await site.get("/streams/cam/snapshot.jpg?ago=0.1")
    assert found.headers["x-captured-us"] == str(site.clock.wall_us() - FRAME_US)
    assert (found.body, made[0][0][0]) == (b"made", INIT)


async def test_a_rendition_that_is_new_does_not_hide_what_others_keep(
    made: list[tuple[list[bytes], Rendition, str]],
) -> None:
    site = watched(COPY, JPEG)
    play(site, 60)
    publish(site, Kind.JPEG, b"new", JPEG, Flags.KEYFRAME)
    found = await site.get("/streams/cam/snapshot.jpg?ago=2")
    assert found.headers["x-captured-us"] == str(site.clock.wall_us() - 2 * SECOND_US)
    assert (found.body, made[0][0][0]) == (b"made", INIT)
