"""Cameras that do not give the sound which they name, and how often the others are asked."""

from typing import Any

import av
import pytest

from streamer.address import SourceSpec
from streamer.clock import ManualClock, SystemClock
from streamer.errors import SourceDenied, SourceError, SourceMissing, SourceUnknown
from streamer.media.ingest.source import PacketSource
from streamer.parsing import parse
from tests.fake_border import pictures
from tests.fake_camera import Camera, camera


def opened(at: Camera) -> PacketSource:
    return PacketSource(SourceSpec(parse(at.url)), SystemClock(), lambda: None)


def test_a_camera_is_opened_with_its_sound() -> None:
    with camera() as there:
        source = opened(there)
        sound = source.facts.sound
        source.close()
    assert sound is not None
    assert sound.codec == "pcm_mulaw"
    assert there.asked.count("DESCRIBE") == 1


@pytest.mark.parametrize(
    "status", ["404 Not Found", "461 Unsupported Transport", "500 Error", "200 OK"]
)
def test_a_camera_that_refuses_its_sound_is_opened_without(status: str) -> None:
    with camera(SOUND=status) as there:  # 200 without a transport is none that can be read
        for _ in range(2):  # and again, when it comes back
            source = opened(there)
            seen = next(iter(pictures(source.samples())))
            source.close()
            assert (source.facts.codec, source.facts.sound, seen.keyframe) == ("h264", None, True)
    assert (there.asked.count("DESCRIBE"), there.asked.count("SOUND")) == (4, 2)


@pytest.mark.parametrize(
    ("method", "status", "error"),
    [
        ("DESCRIBE", "404 Not Found", SourceUnknown),
        ("DESCRIBE", "503 Busy", SourceMissing),
        ("DESCRIBE", "403 Forbidden", SourceDenied),
        ("SETUP", "403 Forbidden", SourceDenied),
        ("SOUND", "401 Unauthorized", SourceDenied),
        ("SOUND", "403 Forbidden", SourceDenied),
    ],
)
def test_who_denies_or_has_nothing_is_asked_once(
    method: str, status: str, error: type[SourceError]
) -> None:
    with camera(**{method: status}) as there, pytest.raises(error):
        opened(there)
    assert there.asked.count("DESCRIBE") == 1


def test_two_tries_take_no_longer_than_one_might(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    tries: list[tuple[str, float]] = []

    def fake_open(_url: str, *, options: dict[str, str], timeout: Any, **_: object) -> None:
        tries.append((options["allowed_media_types"], timeout[0]))
        clock.advance(3_000_000)
        raise av.error.InvalidDataError(1, "Bad", "rtsp://cam.lan/1")

    monkeypatch.setattr(av, "open", fake_open)
    for open_timeout_s in (5.0, 3.0):
        spec = SourceSpec(parse("rtsp://cam.lan/1"), open_timeout_s=open_timeout_s)
        with pytest.raises(SourceMissing, match="no answer in time"):
            PacketSource(spec, clock, lambda: None)
    # The last try used up all its time.
    assert tries == [("video+audio", 5.0), ("video", 3.5), ("video+audio", 3.0)]
