"""The mark is read in the browser from everything that shows pictures."""

import base64
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Page

from streamer.clock import ManualClock
from streamer.media.picture.pattern import Pattern
from tests.integration.conftest import Server

COUNT, FPS = 12, 10
SIZE = (640, 360)
# The sequence that each kind of source says, of each picture of a clip.
READ = """async ([clip, count, fps]) => {
  const { MarkReader } = await import('/mark/reader.js');
  const reader = new MarkReader();
  const bytes = Uint8Array.from(atob(clip), (letter) => letter.charCodeAt(0));
  const video = document.createElement('video');
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([bytes], { type: 'video/mp4' }));
  const canvas = document.createElement('canvas');
  const found = { video: [], frame: [], canvas: [], bitmap: [], image: [] };
  const say = (kind, source) => found[kind].push(reader.read(source)?.sequence ?? null);
  for (let index = 0; index < count; index++) {
    const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    video.currentTime = (index + 0.5) / fps;
    await shown;
    say('video', video);
    const frame = new VideoFrame(video, { timestamp: 0 });
    say('frame', frame);
    frame.close();
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext('2d').drawImage(video, 0, 0);
    say('canvas', canvas);
    const bitmap = await createImageBitmap(canvas);
    say('bitmap', bitmap);
    bitmap.close();
    const jpeg = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.3));
    const image = new Image();
    image.src = URL.createObjectURL(jpeg);
    await image.decode();
    say('image', image);
  }
  return found;
}"""


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    """The marked pattern at half of 720p, at a quality that nobody would choose."""
    path = tmp_path / "clip.mp4"
    pattern = Pattern(1280, 720, FPS, ManualClock())
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        (video.width, video.height), video.pix_fmt = SIZE, "yuv420p"
        video.options = {"crf": "40", "bf": "0"}
        for index in range(COUNT):
            frame = pattern.frame(index, index * 100_000).reformat(*SIZE)
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path.read_bytes()


def test_the_mark_is_read_from_everything_that_shows_it(
    server: Server, page: Page, clip: bytes
) -> None:
    page.goto(f"{server.url}/healthz")
    arguments = [base64.b64encode(clip).decode(), COUNT, FPS]
    found: dict[str, Any] = page.evaluate(READ, arguments)
    expected = list(range(COUNT))
    assert found == dict.fromkeys(("video", "frame", "canvas", "bitmap", "image"), expected)
