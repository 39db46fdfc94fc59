"""What real sources are made of, to be killed, frozen and brought back: one of each network kind.

A counterpart keeps its address for life. `start` returns once it sends, or would if somebody
asked; `variant` names what it sends: `usual` H.264, `small` of another size, `other` of another
codec where its kind can carry one. Those of `PUSHES` are encoders that publish to the server, and
call again until they are let in.
"""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.integration.processes import Process, free_port, listens, wait_until
from tests.peers import DEBIAN_PYTHON

HERE = Path(__file__).parent
KINDS = ("rtsp-tcp", "rtsp-udp", "rtmp", "http-mjpeg", "http-ts", "hls", "udp")
PUSHES = ("listen-rtmp", "listen-rtsp", "put")
VARIANTS = ("usual", "small", "other")
FFMPEG = ("ffmpeg", "-v", "error", "-nostdin")
# A keyframe a second, so that the wait for one says little.
CLIPS = {
    "usual": ("640x360", "libx264 -preset ultrafast -tune zerolatency"),
    "small": ("320x240", "libx264 -preset ultrafast -tune zerolatency"),
    "other": ("640x360", "libx265 -preset ultrafast -tune zerolatency -x265-params log-level=0"),
}
RTSP_VARIANTS = {
    "usual": ("--cam", "h264"),
    "small": ("--cam", "h264", "--size", "320x240"),
    "other": ("--cam", "mjpeg"),
}
NGINX = """
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
rtmp {{
  server {{
    listen 127.0.0.1:{port};
    application live {{ live on; wait_key on; }}
  }}
}}
"""


def write_clips(folder: Path) -> None:
    """Make the clips that counterparts send."""
    for variant, (size, codec) in CLIPS.items():
        picture = ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25", "-t", "20")
        encoder = ("-pix_fmt", "yuv420p", "-g", "25", "-c:v", *codec.split())
        subprocess.run(
            (*FFMPEG, "-y", *picture, *encoder, str(folder / f"{variant}.mp4")), check=True
        )


class Counterpart:
    """One source of a kind, with the clips of `folder`."""

    def __init__(self, kind: str, folder: Path, server_port: int | None = None) -> None:
        """Nothing runs yet; `server_port` is where the server is, for those who publish there."""
        self.kind = kind
        self._clips = folder
        self._folder = folder / kind
        self._folder.mkdir()
        self._port = free_port()
        self._server_port = server_port
        self._processes: list[Process] = []
        self._starts = 0

    @property
    def name(self) -> str:
        """A name for a stream of it."""
        return self.kind

    @property
    def url(self) -> str:
        """Where it is."""
        form = {
            "rtsp-tcp": "rtsp://127.0.0.1:{}/cam",
            "rtsp-udp": "rtsp://127.0.0.1:{}/cam",
            "rtmp": "rtmp://127.0.0.1:{}/live/cam",
            "http-mjpeg": "http://127.0.0.1:{}/video.mjpg",
            "http-ts": "http://127.0.0.1:{}/video.ts",
            "hls": "http://127.0.0.1:{}/hls/live.m3u8",
            "udp": "udp://127.0.0.1:{}",
            "srt": "exec:srt-live-transmit srt://127.0.0.1:{} file://con",
            "listen-rtmp": "listen:rtmp://127.0.0.1:{}/live/cam",
            "listen-rtsp": "listen:rtsp://127.0.0.1:{}/cam",
            "put": "publish:",
        }
        return form[self.kind].format(self._port)

    def start(self, variant: str = "usual") -> None:
        """Start it, and wait until it sends."""
        starts: dict[str, Callable[[Path, str], None]] = {
            "rtmp": self._start_rtmp,
            "hls": self._start_hls,
            "udp": self._start_udp,
            "srt": self._start_srt,
            "listen-rtmp": self._start_push,
            "listen-rtsp": self._start_push,
            "put": self._start_push,
        }
        start = self._start_rtsp if self.kind.startswith("rtsp") else self._start_http
        starts.get(self.kind, start)(self._clips / f"{variant}.mp4", variant)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        for process in self._processes:
            process.clear()
        self._processes = []

    def freeze(self) -> None:
        """Stop it where it is."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        for process in self._processes:
            for pid in process.members():
                os.kill(pid, what)

    def _run(self, *command: str) -> Process:
        process = Process(command, self._folder / f"process-{self._starts}.log")
        self._starts += 1
        self._processes.append(process)
        return process

    def _start_rtsp(self, _clip: Path, variant: str) -> None:
        command = (DEBIAN_PYTHON, str(HERE / "rtsp_server.py"), "--port", str(self._port))
        self._run(*command, *RTSP_VARIANTS[variant]).wait_for_line("ready ", 30)

    def _start_http(self, clip: Path, _variant: str) -> None:
        command = (sys.executable, str(HERE / "media_http.py"), "--port", str(self._port))
        folders = ("--clip", str(clip), "--folder", str(self._folder))
        self._run(*command, *folders).wait_for_line("ready ", 30)

    def _start_rtmp(self, _clip: Path, variant: str) -> None:
        config = self._folder / "nginx.conf"
        config.write_text(NGINX.format(folder=self._folder, port=self._port))
        self._run("/usr/sbin/nginx", "-p", str(self._folder), "-c", str(config))
        wait_until(lambda: listens(self._port), "listening nginx", 20)
        self.publish(variant)

    def stop_publishing(self) -> None:
        """End the publisher of an RTMP server, which stays."""
        self._processes.pop().clear()

    def publish(self, variant: str) -> None:
        """Publish to the RTMP server."""
        self._run(*FFMPEG, *self._film_for_flv(variant), self.url)

    def _film_for_flv(self, variant: str) -> tuple[str, ...]:
        # FFmpeg 5 has no HEVC in FLV; Sorenson's H.263 is what else it can carry.
        other = ("-c:v", "flv1") if variant == "other" else ()
        clip = "usual" if variant == "other" else variant
        return (*self._read(self._clips / f"{clip}.mp4"), *other, "-f", "flv")

    def _start_push(self, clip: Path, variant: str) -> None:
        film = (*self._read(clip), "-f", "mpegts", "-method", "PUT")
        target = f"http://127.0.0.1:{self._server_port}/publish/{self.name}"
        if self.kind != "put":
            target = self.url.removeprefix("listen:")
            is_rtsp = self.kind == "listen-rtsp"
            film = (*self._read(clip), "-f", "rtsp") if is_rtsp else self._film_for_flv(variant)
        call = shlex.join((*FFMPEG, *film, target))
        self._run("sh", "-c", f"while :; do {call}; sleep 0.1; done")

    def _start_udp(self, clip: Path, _variant: str) -> None:
        self._send(clip, "-f", "mpegts", f"{self.url}?pkt_size=1316")

    def _start_srt(self, clip: Path, _variant: str) -> None:
        film = " ".join((*FFMPEG, *self._read(clip), "-f", "mpegts", "-"))
        listener = f"srt://127.0.0.1:{self._port}?mode=listener"
        self._run("sh", "-c", f"{film} | exec srt-live-transmit file://con '{listener}'")

    def _start_hls(self, clip: Path, variant: str) -> None:
        playlist = self._folder / "live.m3u8"
        for old in (playlist, *self._folder.glob("*.ts")):
            old.unlink(missing_ok=True)
        form = ("-f", "hls", "-hls_time", "1", "-hls_list_size", "4")
        self._send(clip, *form, "-hls_flags", "delete_segments", str(playlist))
        wait_until(playlist.exists, "first segment", 20)
        self._start_http(clip, variant)

    def _send(self, clip: Path, *output: str) -> None:
        self._run(*FFMPEG, *self._read(clip), *output)

    @staticmethod
    def _read(clip: Path) -> tuple[str, ...]:
        return ("-re", "-stream_loop", "-1", "-i", str(clip), "-c", "copy")
