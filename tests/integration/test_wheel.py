"""The wheel holds all that a server needs: installed alone, the page works."""

import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.integration.conftest import StartProcess, stop_cleanly
from tests.integration.processes import answers, free_port

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a fresh wheel, where `pip install` would put them."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run([*build, str(ROOT)], capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    (wheel,) = folder.glob("streamer-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name != "__pycache__"}


def test_the_wheel_carries_pages_and_clips(installed: Path) -> None:
    assert names(installed / "streamer" / "web") == names(ROOT / "web")
    assert names(installed / "streamer" / "samples") == names(ROOT / "samples")


def test_the_wheel_puts_nothing_beside_the_package(installed: Path) -> None:
    assert {name.split("-")[0] for name in names(installed)} == {"streamer"}


def test_the_installed_page_is_served(installed: Path, start: StartProcess) -> None:
    port = free_port()
    # -P keeps the checkout, in which the tests run, off the import path.
    python = ("env", f"PYTHONPATH={installed}", sys.executable, "-P")
    source = "pattern:320x180@10"
    server = start(*python, "-m", "streamer", "serve", "--port", str(port), source)
    server.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
    for page in ("", "watch/pattern", "player.js"):
        with urlopen(f"http://127.0.0.1:{port}/{page}", timeout=5) as response:
            assert response.status == 200
    with urlopen(f"http://127.0.0.1:{port}/streams/pattern/snapshot.jpg", timeout=15) as picture:
        assert picture.read(2) == b"\xff\xd8"
    stop_cleanly(server)
