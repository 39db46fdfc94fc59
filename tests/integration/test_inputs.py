"""Whatever is named as a source: pictures or one clear sentence, and nothing left behind."""

import io
import random
import struct
import subprocess
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from streamer.media.picture import mark
from tests.integration.conftest import StartServer
from tests.integration.peeking import CLIPS, SAMPLES, Answer, ask, assert_calm, described, workers
from tests.integration.processes import answers, wait_until

NAMES = sorted(path.name for path in CLIPS)
SIZES = {"clip.mp4": (640, 360)}
LENGTHS = (1, 100, 2000, 0.3, 0.7, 0.99)  # bytes, or a part of the file
SECRET = "root:"  # in every /etc/passwd
LINGER_S = 5.0
ANSWER_S = 10.0


def snapshots(port: int, names: list[str]) -> dict[str, Answer]:
    """A snapshot of each stream, some at a time."""
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda name: ask(port, f"/streams/{name}/snapshot.jpg"), names)
        return dict(zip(names, found, strict=True))


def picture(answer: Answer) -> Image.Image:
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    image = Image.open(io.BytesIO(answer.body))
    image.load()
    return image


def read_mark(image: Image.Image) -> mark.Mark | None:
    luma = image.convert("L")
    return mark.read(luma.tobytes(), luma.width, luma.width, luma.height)


def assert_one_sentence(answer: Answer, path: Path) -> None:
    """A refusal that names the source, says what is wrong, and shows nothing of our insides."""
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json) == ["error"]
    sentence = answer.json["error"]
    assert str(path) in sentence
    assert 20 < len(sentence.replace(str(path), "")) < 200
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert not any(word in sentence for word in ("Error", "errno", "av.", "0x", "None"))


def test_every_sample_gives_pictures(serve: StartServer) -> None:
    server = serve(*(f"{name}={SAMPLES / name}" for name in NAMES))
    for name, answer in snapshots(server.port, NAMES).items():
        image = picture(answer)
        assert image.size == SIZES.get(name, (320, 180)), name
        if name != "clip.mp4":
            found = read_mark(image)
            assert found is not None, name
            assert found.sequence < 100, name
    assert_calm(server.process)


def headed(folder: Path, name: str) -> bytes:
    """A sample with its index, if it has one, in front of its pictures."""
    if not name.endswith(".mp4"):
        return (SAMPLES / name).read_bytes()
    path = folder.parent / f"headed-{name}"
    command = ["ffmpeg", "-v", "error", "-i", str(SAMPLES / name), "-c", "copy"]
    command += ["-movflags", "+faststart", str(path)]
    subprocess.run(command, check=True, timeout=30)
    return path.read_bytes()


def cut(folder: Path) -> list[Path]:
    """Each sample, cut off after several lengths."""
    paths = []
    for name in NAMES:
        data = headed(folder, name)
        for length in LENGTHS:
            count = length if isinstance(length, int) else int(length * len(data))
            path = folder / f"{count}-{name}"
            path.write_bytes(data[:count])
            paths.append(path)
    unfinished = folder / "unfinished.mp4"
    unfinished.write_bytes((SAMPLES / "h264.mp4").read_bytes()[:-100])
    return [*paths, unfinished]


def damaged(folder: Path) -> list[Path]:
    """Each sample with some bytes in its later half overwritten."""
    chance = random.Random(7)
    paths = []
    for name in NAMES:
        data = bytearray(headed(folder, name))
        for _ in range(50):
            data[chance.randrange(len(data) // 2, len(data))] = chance.randrange(256)
        path = folder / f"damaged-{name}"
        path.write_bytes(data)
        paths.append(path)
    return paths


def no_media(folder: Path) -> list[Path]:
    """Files that are no video at all, and things that are no files."""
    contents = {
        "empty.mp4": b"",
        "text.mp4": b"Dear camera, please send pictures.\n" * 100,
        "zeros.ts": bytes(100_000),
        "random.mkv": random.Random(7).randbytes(100_000),
        "page.html": b"<!doctype html><title>no video</title>",
        "list.m3u8": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "list.mp4": b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n",
        "script.txt": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "session.sdp": b"v=0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "bomb.png": png(16_000),
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    assert len(contents["bomb.png"]) < 50_000
    sound = folder / "sound.mp4"
    sine = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=1", str(sound)]
    subprocess.run(sine, check=True, timeout=30)
    (folder / "folder.mp4").mkdir()
    missing = folder / "missing.mp4"
    return [*(folder / name for name in contents), sound, folder / "folder.mp4", missing]


def png(side: int) -> bytes:
    """A small PNG of a huge black square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(side * (side // 8 + 1)))
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_still_picture_is_shown(serve: StartServer, tmp_path: Path) -> None:
    path = tmp_path / "still.png"
    path.write_bytes(png(320))
    server = serve(f"still={path}")
    for _ in range(3):  # each time, it is over in an instant
        assert picture(ask(server.port, "/streams/still/snapshot.jpg")).size == (320, 320)


@pytest.mark.parametrize("make", [cut, damaged, no_media])
def test_pictures_or_one_sentence(
    serve: StartServer, tmp_path: Path, make: Callable[[Path], list[Path]]
) -> None:
    folder = tmp_path / "inputs"
    folder.mkdir()
    paths = {f"s{index}": path for index, path in enumerate(make(folder))}
    sources = [f"{name}={path}" for name, path in paths.items()]
    server = serve("pattern=pattern:320x180@10", *sources)
    good = 0
    for name, answer in snapshots(server.port, list(paths)).items():
        path = paths[name]
        if answer.status == 200:
            picture(answer)
            good += 1
        else:
            assert_one_sentence(answer, path)
            assert described(server.port, name)["reason"] == answer.json["error"]
    assert good >= len(CLIPS) if make in (cut, damaged) else good == 0
    wait_until(lambda: not workers(server.process), "end of the workers", LINGER_S + 15)
    picture(ask(server.port, "/streams/pattern/snapshot.jpg"))
    assert answers(server.port, "/healthz")
    assert SECRET not in server.process.output
    assert_calm(server.process)
