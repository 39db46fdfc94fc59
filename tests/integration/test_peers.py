"""The peers themselves: what they promise to the other integration tests."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.integration.conftest import StartProcess, StartRtsp, stop_cleanly
from tests.integration.processes import free_port, wait_until

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("ready", child.pid, flush=True)
time.sleep(600)
"""


def codec_of(url: str, transport: str) -> str:
    command = ["ffprobe", "-v", "error", "-rtsp_transport", transport, "-of", "json"]
    done = subprocess.run(
        [*command, "-show_entries", "stream=codec_name", url],
        capture_output=True,
        check=True,
        timeout=20,
    )
    codec: str = json.loads(done.stdout)["streams"][0]["codec_name"]
    return codec


@pytest.mark.parametrize("mount", ["h264", "hevc", "mjpeg"])
def test_rtsp_serves_each_codec(rtsp: StartRtsp, mount: str) -> None:
    peer = rtsp()
    assert [codec_of(peer.url(mount), transport) for transport in ("tcp", "udp")] == [mount] * 2


def test_rtsp_comes_back_on_its_port(rtsp: StartRtsp) -> None:
    first = rtsp()
    first.process.stop(signal.SIGKILL)
    assert rtsp(port=first.port).port == first.port


def test_chromium_has_what_the_player_needs(page: Page) -> None:
    page.goto("about:blank")
    assert page.evaluate("typeof OffscreenCanvas + typeof createImageBitmap") == "function" * 2


def test_a_process_that_ends_early_is_told(start: StartProcess) -> None:
    process = start(sys.executable, "-c", "print('no luck'); raise SystemExit(3)")
    with pytest.raises(
        AssertionError, match=r"ended with 3 before the line 'ready'(.|\n)*no luck"
    ):
        process.wait_for_line("ready")


def test_what_a_process_left_is_found_and_cleared(start: StartProcess) -> None:
    process = start(sys.executable, "-c", PARENT)
    child = int(process.wait_for_line("ready "))
    assert sorted(process.members()) == sorted([process.pid, child])
    with pytest.raises(pytest.fail.Exception, match=rf"processes \[{child}\] outlived"):
        stop_cleanly(process, grace_s=0)
    wait_until(lambda: process.members() == [], "end of the child", 5)


def test_a_process_that_leaves_nothing_passes(start: StartProcess) -> None:
    process = start(sys.executable, "-c", "print('ready', flush=True); import time; time.sleep(9)")
    process.wait_for_line("ready")
    stop_cleanly(process)


def test_a_second_start_reads_only_its_own_output(start: StartProcess, tmp_path: Path) -> None:
    (tmp_path / "process-0.log").write_text("ready 1\n")
    process = start(sys.executable, "-c", "print('ready 2', flush=True)")
    assert process.wait_for_line("ready ") == "2"


def test_a_free_port_is_free() -> None:
    assert 1024 <= free_port() <= 65535
