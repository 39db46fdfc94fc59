"""Have the programs that the tests drive: a browser, FFmpeg, RTSP and RTMP servers, a screen.

`python tests/peers.py` installs from Debian's packages what is missing, when it may; otherwise it
says in one sentence what is missing and how to get it, and fails.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

DEBIAN_PYTHON = "/usr/bin/python3"
NGINX_RTMP = "/usr/lib/nginx/modules/ngx_rtmp_module.so"
GSTREAMER = """
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
raise SystemExit(not all(Gst.ElementFactory.find(name) for name in {elements!r}.split()))
"""
ELEMENTS = {
    "gstreamer1.0-plugins-base": "appsrc videoconvert decodebin",
    "gstreamer1.0-plugins-good": "jpegenc rtpjpegpay rtph264pay rtph265pay",
    "gstreamer1.0-plugins-bad": "h264parse h265parse x265enc",
    "gstreamer1.0-plugins-ugly": "x264enc",
    "gstreamer1.0-libav": "avdec_h264",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """Debian packages, and the command that succeeds where they are installed."""

    packages: tuple[str, ...]
    probe: tuple[str, ...]


def peers() -> list[Peer]:
    """List all that the tests need beside Python and Node."""
    bindings = ("python3-gi", "gir1.2-gst-rtsp-server-1.0")
    listed = [
        Peer(("chromium",), ("chromium", "--version")),
        Peer(("firefox-esr",), ("firefox-esr", "--version")),
        Peer(("ffmpeg",), ("ffmpeg", "-hide_banner", "-version")),
        Peer(("ffmpeg",), ("ffprobe", "-hide_banner", "-version")),
        Peer(("curl",), ("curl", "--version")),
        Peer(("openssl",), ("openssl", "version")),
        # Playwright's driver brings its own Node, which wants this library.
        Peer(("libatomic1",), (sys.executable, "-m", "playwright", "--version")),
        Peer(("fontconfig", "fonts-dejavu-core"), ("fc-match", "-f", "%{file}", "sans")),
        Peer(("nginx", "libnginx-mod-rtmp"), ("test", "-e", NGINX_RTMP)),
        Peer(("xvfb",), ("Xvfb", "-help")),
        Peer(("srt-tools",), ("srt-live-transmit", "-version")),
        Peer(bindings, gstreamer_probe("")),
    ]
    return listed + [Peer((package,), gstreamer_probe(ELEMENTS[package])) for package in ELEMENTS]


def gstreamer_probe(elements: str) -> tuple[str, ...]:
    """Ask Debian's own Python, the one that has the bindings, for GStreamer's elements."""
    return (DEBIAN_PYTHON, "-c", GSTREAMER.format(elements=elements))


def is_there(peer: Peer) -> bool:
    """Whether the peer's probe succeeds."""
    if shutil.which(peer.probe[0]) is None:
        return False
    done = subprocess.run(peer.probe, capture_output=True, check=False, timeout=60)
    return done.returncode == 0


def missing_packages() -> list[str]:
    """Name the packages that are not there, each once."""
    packages = [package for peer in peers() if not is_there(peer) for package in peer.packages]
    return list(dict.fromkeys(packages))


def install(packages: list[str]) -> None:
    """Install Debian packages, asking nothing."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    subprocess.run([*apt, "update"], check=True, env=environment)
    subprocess.run(
        [*apt, "-y", "install", "--no-install-recommends", *packages], check=True, env=environment
    )


def main() -> int:
    """Install what is missing; 0 when everything is there."""
    packages = missing_packages()
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        try:
            install(packages)
        except subprocess.CalledProcessError as exc:
            print(f"apt-get ended with {exc.returncode}.", file=sys.stderr)
        packages = missing_packages()
    if not packages:
        return 0
    names = " ".join(packages)
    print(f"The tests need {names}; on Debian: apt install {names}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
