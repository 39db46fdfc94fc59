"""A stream into MP4 files that are whole at every moment."""

from pathlib import Path

import av
import pytest

from streamer.client.view.message import Message
from streamer.client.view.recording import Recording
from streamer.errors import ConfigError
from tests.test_client_frames import h264, message
from tests.view_server import JPEG

STEP_US = 33_000


def pictures(path: Path) -> list[float]:
    """When each picture of a file is shown, in seconds."""
    with av.open(str(path)) as container:
        return [round(float(frame.time or 0), 3) for frame in container.decode(video=0)]


@pytest.fixture
def told() -> list[str]:
    return []


def saved(path: Path, told: list[str], messages: list[Message]) -> Recording:
    recording = Recording(path, told.append)
    for each in messages:
        recording.write(each)
    return recording


def test_a_file_is_whole_at_every_moment_and_begins_at_zero(
    tmp_path: Path, told: list[str]
) -> None:
    path = tmp_path / "out.mp4"
    recording = Recording(path, told.append)
    for number, each in enumerate(h264(5)[1:], 1):
        recording.write(each)
        with av.open(str(path)) as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
        assert len(packets) == number
        assert packets[0].pts == 0
    recording.close()
    assert (recording.pictures, recording.bytes, told) == (4, path.stat().st_size, [])


def test_another_configuration_takes_another_file(tmp_path: Path, told: list[str]) -> None:
    path = tmp_path / "out.mp4"
    (tmp_path / "out-2.mp4").touch()
    recording = saved(path, told, [*h264(3), *h264(2, size=(32, 32))])
    recording.close()
    second = tmp_path / "out-3.mp4"
    assert recording.files == [path, second]
    assert [len(pictures(each)) for each in recording.files] == [3, 2]
    assert told == [f"Another configuration of the codec: goes on in '{second}'."]


def test_times_that_begin_anew_go_on(tmp_path: Path, told: list[str]) -> None:
    path = tmp_path / "out.mp4"
    saved(path, told, [*h264(3), *h264(3)]).close()
    times = pictures(path)
    assert times == pytest.approx([number * STEP_US / 1e6 for number in range(6)], abs=0.002)


def test_what_cannot_be_opened_is_no_file(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.mp4"
    recording = Recording(path, told.append)

    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigError, match=f"'{path}' cannot be written: Permission denied"):
        recording.write(h264(1)[0])
    assert recording.files == []


def test_what_is_no_video_is_left_out(tmp_path: Path, told: list[str]) -> None:
    recording = saved(tmp_path / "out.mp4", told, [message(b"jpeg", 0, JPEG, None, True)])
    recording.close()
    assert (recording.files, recording.pictures) == ([], 0)


def test_where_nothing_can_be_saved(tmp_path: Path, told: list[str]) -> None:
    there = tmp_path / "there.mp4"
    there.touch()
    with pytest.raises(ConfigError, match="is there already"):
        Recording(there, told.append)
    with pytest.raises(ConfigError, match="There is no folder"):
        Recording(tmp_path / "gone" / "out.mp4", told.append)
    path = tmp_path / "out.mp4"
    recording = Recording(path, told.append)
    path.mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        recording.write(h264(1)[0])
