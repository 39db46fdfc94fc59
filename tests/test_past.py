"""The past over plain HTTP: which picture is given, and which messages make a file."""

import json
from contextlib import AsyncExitStack

import anyio
import anyio.lowlevel
import pytest

from streamer.rendition import Description, Rendition
from streamer.server import past
from streamer.wire import Flags, Header, Kind, pack
from tests.asgi import H264, Answer, Event, Site, scope_of
from tests.media_messages import Ear, init
from tests.still_clip import FRAME_US, fragments, groups

pytestmark = pytest.mark.anyio
COPY, H264_INDEX, JPEG = 0, 1, 2
SECOND_US = 1_000_000


def publish(site: Site, kind: Kind, payload: bytes, index: int, flags: Flags = Flags.NONE) -> None:
    header = Header(kind, flags, index, 0, site.clock.wall_us(), site.clock.wall_us())
    site.cam.publish(bytearray(pack(header, payload)))


def watched(*indices: int) -> Site:
    """A site whose stream is watched in these renditions."""
    site = Site()
    site.cam.open(H264)
    site.cam.catalog()
    for index in indices:
        channel = site.cam.channels[index]
        site.cam.subscribe(channel, Ear(), "")
        codec = "jpeg" if index == JPEG else "avc1.42c01f"
        channel.describe(Description(codec, 640, 360, 30.0))
    return site


def play(site: Site, frames: int, index: int = COPY, payload: bytes = b"init") -> None:
    """A second's group every ten pictures, each with its number in it."""
    site.cam.publish(init(payload, index))
    for number, (fragment, key) in enumerate(fragments(frames)):
        publish(site, Kind.FRAGMENT, fragment, index, Flags.KEYFRAME if key else Flags.NONE)
        if number < frames - 1:
            site.clock.advance(FRAME_US)


def sentence(answer: Answer) -> str:
    said: str = json.loads(answer.body)["error"]
    return said


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
    assert parts == [b"init", *(each for each, _ in fragments(22)[20:])]
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
        ("clip.mp4?seconds=0", "'seconds' is '0'"),
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


async def test_a_clip_begins_with_the_keyframe_before_and_at_time_zero() -> None:
    site = watched(COPY)
    play(site, 40)
    found = await site.get("/streams/cam/clip.mp4?seconds=1.5")
    assert found.body == b"init" + groups(40, first=20, last=39, begin=20)
    assert found.headers["content-length"] == str(len(found.body))
    assert found.headers["content-type"] == "video/mp4"
    assert found.headers["content-disposition"].startswith('attachment; filename="cam-2023-11-14-')


async def test_a_clip_may_end_in_the_past_and_is_ten_seconds_long() -> None:
    site = watched(COPY)
    play(site, 140)
    found = await site.get("/streams/cam/clip.mp4?ago=2")
    assert found.body == b"init" + groups(140, first=10, last=119, begin=10)


async def test_a_clip_ends_where_it_cannot_go_on() -> None:
    site = watched(COPY)
    play(site, 20)
    site.cam.restart()
    play(site, 15)
    found = await site.get("/streams/cam/clip.mp4?seconds=60")
    assert found.body == b"init" + groups(15, first=0, last=14, begin=0)
    play(site, 12, payload=b"other")
    found = await site.get("/streams/cam/clip.mp4?seconds=60")
    assert found.body == b"other" + groups(12, first=0, last=11, begin=0)


async def test_a_clip_of_one_rendition() -> None:
    site = watched(COPY, H264_INDEX)
    play(site, 11)
    site.cam.publish(init(b"encoded", H264_INDEX))
    publish(site, Kind.FRAGMENT, fragments(1)[0][0], H264_INDEX, Flags.KEYFRAME)
    found = await site.get("/streams/cam/clip.mp4?rendition=h264")
    assert found.body.startswith(b"encoded")
    assert (await site.get("/streams/cam/clip.mp4?rendition=jpeg")).status == 503


async def test_only_so_many_clips_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "MAX_CLIPS", 0)
    site = watched(COPY)
    play(site, 11)
    assert (await site.get("/streams/cam/clip.mp4")).status == 503


async def test_the_next_picture_is_awaited(
    made: list[tuple[list[bytes], Rendition, str]],
) -> None:
    site = watched(COPY)
    site.cam.publish(init(b"init", COPY))
    publish(site, Kind.FRAGMENT, b"key", COPY, Flags.KEYFRAME)
    found = await site.get("/streams/cam/snapshot.png")
    assert (found.status, made[0][0]) == (200, [b"init", b"key"])


async def test_the_next_picture_is_not_the_keyframe_of_long_ago(
    made: list[tuple[list[bytes], Rendition, str]],
) -> None:
    site = watched(COPY)
    play(site, 26)
    found = await site.get("/streams/cam/snapshot.png")
    assert made[0][0] == [b"init", *(each for each, _ in fragments(26)[20:])]
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


async def test_a_clip_that_is_not_taken_to_its_end_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(past, "MAX_CLIPS", 1)
    site = watched(COPY)
    play(site, 11)
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)
        if len(sent) == 2:
            await anyio.sleep_forever()

    async def leave() -> Event:
        while len(sent) < 2:
            await anyio.lowlevel.checkpoint()
        return {"type": "http.disconnect"}

    served = past.Past(site.hub)
    left = served.clip(site.cam, "auto", 10.0, 0.0)
    await left(scope_of("/streams/cam/clip.mp4"), leave, send)
    assert served.clip(site.cam, "auto", 10.0, 0.0).status_code == 200


async def test_a_rendition_that_was_left_gives_no_older_picture_than_there_is(
    made: list[tuple[list[bytes], Rendition, str]],
) -> None:
    site = watched(COPY, JPEG)
    publish(site, Kind.JPEG, b"long ago", JPEG, Flags.KEYFRAME)
    play(site, 60)
    found = await site.get("/streams/cam/snapshot.jpg?ago=0.1")
    assert found.headers["x-captured-us"] == str(site.clock.wall_us() - FRAME_US)
    assert (found.body, made[0][0][0]) == (b"made", b"init")


async def test_a_rendition_that_is_new_does_not_hide_what_others_keep(
    made: list[tuple[list[bytes], Rendition, str]],
) -> None:
    site = watched(COPY, JPEG)
    play(site, 60)
    publish(site, Kind.JPEG, b"new", JPEG, Flags.KEYFRAME)
    found = await site.get("/streams/cam/snapshot.jpg?ago=2")
    assert found.headers["x-captured-us"] == str(site.clock.wall_us() - 2 * SECOND_US)
    assert (found.body, made[0][0][0]) == (b"made", b"init")


async def test_a_clip_is_not_of_a_rendition_that_was_left() -> None:
    site = watched(COPY, H264_INDEX)
    play(site, 11)
    site.cam.channels[H264_INDEX].describe(Description("avc1.42c01f", 320, 180, 30.0))
    site.clock.advance(2 * SECOND_US)
    play(site, 11, H264_INDEX, b"smaller")
    found = await site.get("/streams/cam/clip.mp4")
    assert found.body.startswith(b"smaller")


async def test_a_clip_does_not_stand_still_for_the_time_in_which_nobody_watched() -> None:
    site = watched(COPY)
    play(site, 40)
    site.clock.advance(20 * SECOND_US)
    play(site, 15)
    found = await site.get("/streams/cam/clip.mp4")
    assert found.body == b"init" + groups(15, first=0, last=14, begin=0)


async def test_a_clip_of_a_slow_camera_is_whole() -> None:
    site = watched(COPY)
    site.cam.publish(init(b"init", COPY))
    for fragment, key in fragments(12):
        publish(site, Kind.FRAGMENT, fragment, COPY, Flags.KEYFRAME if key else Flags.NONE)
        site.clock.advance(4 * SECOND_US)
    found = await site.get("/streams/cam/clip.mp4?seconds=60")
    assert found.body == b"init" + groups(12, first=0, last=11, begin=0)
