"""Every sample goes on playing in Chromium, on the rendition that it should: B-frames included."""

from pathlib import Path

import av
from playwright.sync_api import Page

from tests.integration.conftest import StartServer
from tests.integration.peeking import CLIPS, SAMPLES
from tests.integration.processes import wait_until
from tests.integration.watching import assert_rendition, open_page

LEAST_FPS, PATIENCE_S = 8, 60
# Chromium on Linux decodes no HEVC; the rest is what `copy` does not carry.
ENCODED = {"hevc", "vp8", "mpeg2"}
ADD_PLAYERS = """(names) => {
  document.body.replaceChildren(...names.map((name) => {
    const player = document.createElement('stream-player');
    player.setAttribute('src', `/ws/streams/${name}`);
    player.setAttribute('aria-label', name);
    player.style = 'width: 240px; height: 135px; display: inline-block';
    return player;
  }));
}"""
PLAYERS = """() => [...document.querySelectorAll('stream-player')].map((player) => ({
  name: player.getAttribute('aria-label'), ...player.stats }))"""


def reordering_clip(path: Path) -> Path:
    """What libx264 makes when it is left alone: High profile, B-frames, one long group."""
    with av.open(str(SAMPLES / "clip.mp4"), "r") as clip, av.open(str(path), "w") as out:
        encoder = out.add_stream("libx264", rate=30)
        encoder.width, encoder.height, encoder.pix_fmt = 1280, 720, "yuv420p"
        for frame in clip.decode(video=0):
            frame.pict_type = 0  # the encoder's choice
            out.mux(encoder.encode(frame.reformat(1280, 720)))
        out.mux(encoder.encode(None))
    return path


def test_every_sample_goes_on_playing(serve: StartServer, page: Page, tmp_path: Path) -> None:
    clips = list(CLIPS)
    clips.append(reordering_clip(tmp_path / "reordering.mp4"))
    server = serve("--loop", *(f"{clip.stem}={clip}" for clip in clips))
    open_page(page, f"{server.url}/embed/clip")
    page.evaluate(ADD_PLAYERS, [clip.stem for clip in clips])

    def wait_for_all(what: str) -> None:
        """Each has played at its pace, if not all at once, as the machine may be busy."""
        played: set[str] = set()

        def all_played() -> bool:
            told = page.evaluate(PLAYERS)
            played.update(each["name"] for each in told if (each.get("fps") or 0) >= LEAST_FPS)
            return played == {clip.stem for clip in clips}

        wait_until(all_played, what, PATIENCE_S, lambda: str(sorted(played)))

    # Twice, with time between: what keeps frames waiting for each other stops after a second.
    wait_for_all("all samples to play")
    page.wait_for_timeout(4_000)
    wait_for_all("all samples to play still")
    for each in page.evaluate(PLAYERS):
        name = each["name"]
        expected = "jpeg" if name == "mjpeg" else "h264" if name in ENCODED else "copy"
        assert_rendition(each, expected, name)
