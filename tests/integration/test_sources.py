"""Every way in, from a real counterpart: marked pictures that move, also after a loss."""

import io
import os
import shlex
import signal
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from streamer.media.picture import mark
from tests.integration.conftest import Server, StartProcess, StartRtsp, StartServer
from tests.integration.counterparts import NGINX
from tests.integration.moving import CLIP, FFMPEG, FORMATS, LIVE, assert_moving
from tests.integration.peeking import ask, described, offline_reason, parent_of
from tests.integration.processes import Process, answers, free_port, wait_until

PLAYER = (*["ffplay", "-v", "error", "-noborder", "-left", "0", "-top", "0", "-loop", "0"], CLIP)
BACK_WITHIN_S = 15.0
EDGE_US = 1_500_000


def nginx(start: StartProcess, folder: Path, port: int) -> Process:
    """Nginx with its RTMP module, that takes what is published at /live/..."""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    return start("/usr/sbin/nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"))


@pytest.mark.parametrize("kind", ["udp", "rtp", "tcp", "unix"])
def test_mpegts_from_a_socket(
    serve: StartServer, start: StartProcess, tmp_path: Path, kind: str
) -> None:
    port = free_port()
    ours, theirs, form = {
        "udp": (f"udp://127.0.0.1:{port}", f"udp://127.0.0.1:{port}?pkt_size=1316", "mpegts"),
        "rtp": (f"rtp://127.0.0.1:{port}", f"rtp://127.0.0.1:{port}", "rtp_mpegts"),
        "tcp": (f"tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{port}?listen=1", "mpegts"),
        "unix": (f"unix:{tmp_path}/s", f"unix:{tmp_path}/s", "mpegts"),
    }[kind]
    listens = ("-listen", "1") if kind == "unix" else ()
    command = (*FFMPEG, *LIVE, "-f", form, *listens, theirs)
    sender = start(*command)
    server = serve("--always", f"cam={ours}")
    assert_moving(server, "cam")
    sender.clear()
    (tmp_path / "s").unlink(missing_ok=True)
    wait_until(lambda: described(server.port, "cam")["phase"] != "live", "the loss", 12)
    sender = start(*command)  # in mid-group, and with other times
    assert_moving(server, "cam", BACK_WITHIN_S)


def test_a_rtp_session_that_a_file_describes(
    serve: StartServer, start: StartProcess, tmp_path: Path
) -> None:
    session = tmp_path / "cam.sdp"
    address = f"rtp://127.0.0.1:{free_port()}"
    sender = start(*FFMPEG, *LIVE, "-an", "-f", "rtp", "-sdp_file", str(session), address)
    sender.wait_for(session.exists, "the session's file", 30)
    server = serve(f"sdp:{session}")
    assert_moving(server, "cam")


def test_rtmp(serve: StartServer, start: StartProcess, tmp_path: Path) -> None:
    port = free_port()
    url = f"rtmp://127.0.0.1:{port}/live/cam"
    nginx(start, tmp_path, port)
    server = serve(f"cam={url}")
    refused = ask(server.port, "/streams/cam/snapshot.jpg")
    assert refused.status == 503
    start(*FFMPEG, *LIVE, "-f", "flv", url)
    assert_moving(server, "cam")


def test_rtsp_over_what_the_camera_has(serve: StartServer, rtsp: StartRtsp) -> None:
    camera = rtsp()
    server = serve(f"tcp={camera.url('h264')}", f"udp={camera.url('udp')}")
    for name in ("tcp", "udp"):
        assert_moving(server, name)
    forced = serve("--always", "--rtsp-transport", "tcp", f"udp={camera.url('udp')}")
    wait_until(lambda: described(forced.port, "udp")["phase"] == "offline", "a refusal", 30)


def ffmpeg_to_stdout(name: str) -> str:
    """A command that writes the clip, for ever and at its speed, in one of the formats."""
    return shlex.join((*FFMPEG, *LIVE[:-2], *FORMATS[name].split(), "-"))


def test_every_format_from_a_command(serve: StartServer) -> None:
    sources = [f"{name}=exec:{ffmpeg_to_stdout(name)}" for name in FORMATS]
    server = serve("--allow-exec", *sources)
    for name in FORMATS:
        assert_moving(server, name)


def test_a_command_that_looks_first_is_soon_at_the_live_edge(
    serve: StartServer, start: StartProcess
) -> None:
    """FFmpeg takes five seconds of a stream that it knows nothing of before it passes any on."""
    url = f"udp://127.0.0.1:{free_port()}"
    start(sys.executable, "-m", "streamer", "pattern", "320x240@20", "--to", url, "--gop", "10")
    take = f"ffmpeg -v error -i {url} -c copy -f mpegts -"
    server = serve("--allow-exec", "--always", f"cam=exec:{take}")

    def age_us() -> int:
        """Of the picture that is shown, by its mark."""
        luma = Image.open(io.BytesIO(ask(server.port, "/streams/cam/snapshot.jpg").body))
        found = mark.read(luma.convert("L").tobytes(), luma.width, luma.width, luma.height)
        return mark.age_us(found, time.time_ns() // 1000) if found else EDGE_US

    wait_until(lambda: described(server.port, "cam")["phase"] == "live", "the source", 30)
    wait_until(lambda: age_us() < EDGE_US, "the live edge", 30)
    assert_moving(server, "cam")


def test_a_command_dies_with_its_worker(serve: StartServer) -> None:
    command = ffmpeg_to_stdout("mpegts")
    server = serve("--allow-exec", "--always", f"cam=exec:{command}")
    assert_moving(server, "cam")

    def commands() -> list[int]:
        """The running FFmpegs that the server brought about."""
        return [pid for pid in server.process.members() if is_ffmpeg(pid)]

    (before,) = commands()
    os.kill(parent_of(parent_of(before)), signal.SIGKILL)  # the parent is its keeper
    wait_until(lambda: before not in commands(), "end of the command", 30)
    assert_moving(server, "cam", BACK_WITHIN_S)
    assert len(commands()) == 1


def is_ffmpeg(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "ffmpeg"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_command_that_fails_is_quoted(serve: StartServer) -> None:
    command = "ffmpeg -v error -i rtsp://user:s3cr3t@127.0.0.1:1/x -f mpegts -"
    server = serve("--allow-exec", "--always", f"cam=exec:{command}")
    reason = offline_reason(server.port, "cam")
    assert "it said: " in reason
    assert "Connection refused" in reason
    told = reason + str(described(server.port, "cam"))
    assert "s3cr3t" not in told + server.process.output


@pytest.mark.parametrize("name", ["mpegts", "fmp4"])
def test_standard_input(start: StartProcess, name: str) -> None:
    port = free_port()
    serve = f"{sys.executable} -m streamer serve --port {port} cam=-"
    server = Server(port, start("sh", "-c", f"{ffmpeg_to_stdout(name)} | {serve}"))
    server.process.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
    assert_moving(server, "cam")
    (sender,) = [pid for pid in server.process.members() if is_ffmpeg(pid)]
    os.kill(sender, signal.SIGTERM)
    wait_until(lambda: described(port, "cam")["phase"] == "ended", "the end", 30)


def test_standard_input_from_a_file_is_paced(start: StartProcess) -> None:
    port = free_port()
    serve = f"{sys.executable} -m streamer serve --port {port} cam=-"
    hurried = f"ffmpeg -v error -stream_loop 9 -i {CLIP} -c copy -f mpegts -"
    server = Server(port, start("sh", "-c", f"{hurried} | {serve}"))
    server.process.wait_for(lambda: answers(port, "/healthz"), "an answer to /healthz", 20)
    assert_moving(server, "cam")
    assert described(port, "cam")["phase"] == "live"  # 40 s that came in an instant


@pytest.fixture
def screen(start: StartProcess, tmp_path: Path) -> str:
    """The display of an X server on which a player shows the clip, for ever."""
    numbers = tmp_path / "display"
    server = start("sh", "-c", f"exec Xvfb -displayfd 3 -screen 0 400x300x24 3> {numbers}")
    server.wait_for(lambda: numbers.exists() and numbers.read_text().strip(), "a display", 15)
    display = f":{numbers.read_text().strip()}"
    start("env", f"DISPLAY={display}", "SDL_VIDEODRIVER=x11", *PLAYER)
    return display


def test_a_screen(serve: StartServer, screen: str) -> None:
    server = serve(f"cam=screen:{screen}?fps=15&size=320x180", "--always")
    assert_moving(server, "cam")


def test_a_picture_at_a_rate(serve: StartServer, tmp_path: Path) -> None:
    path = tmp_path / "still %d.png"
    put(path, picture("red"))
    server = serve(f"cam=image:{path}?fps=10", "--always")

    def colour() -> tuple[int, ...]:
        answer = ask(server.port, "/streams/cam/snapshot.jpg")
        pixel = Image.open(io.BytesIO(answer.body)).getpixel((10, 10))
        assert isinstance(pixel, tuple)
        return pixel

    assert colour()[0] > 200
    put(path, picture("blue"))
    wait_until(lambda: colour()[2] > 200, "the new picture", 30)
    path.unlink()
    wait_until(lambda: described(server.port, "cam")["phase"] == "offline", "the loss", 30)
    put(path, picture("red"))
    wait_until(lambda: described(server.port, "cam")["phase"] == "live", "its return", 30)


def put(path: Path, data: bytes) -> None:
    """Replace a file at once, as nobody may see half of it."""
    fresh = path.with_name("fresh")
    fresh.write_bytes(data)
    fresh.rename(path)


def picture(colour: str) -> bytes:
    """A PNG of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "PNG")
    return file.getvalue()


def test_another_source_where_the_first_fails(serve: StartServer) -> None:
    absent = f"rtsp://127.0.0.1:{free_port()}/x"
    server = serve("--loop", f"cam={absent}", "--fallback", f"cam={CLIP}")
    assert_moving(server, "cam")
