"""A real RTSP server for the tests: GStreamer's, run by the Python that Debian's packages serve.

`/usr/bin/python3 rtsp_server.py [--port PORT] [--file CLIP] [--copy CLIP] [--cam CODEC]
[--size WxH]` listens on loopback, says `ready PORT` and serves /h264, /hevc and /mjpeg, each of
moving pictures with the time mark, made live, /sound, where a clock ticks beside them in G.711 as
with many cameras, /udp, which refuses to send over TCP, /file, the clip once through, encoded
anew, which then ends, and /copy, an MP4 clip of H.264 as it is. /cam is what `--cam` says: h264,
hevc or mjpeg, of `--size` like all of them.
"""

import argparse
import sys
import time
from itertools import count
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

# Debian's Python knows nothing of this tree.
sys.path.append(str(Path(__file__).parents[2]))
from tests.integration.marked_bars import MarkedBars

PICTURE = (
    "appsrc name=pictures is-live=true format=time"
    " max-buffers=2 leaky-type=downstream"
    " caps=video/x-raw,format=I420,width=640,height=360,framerate=30/1"
)
RATE = 30
LOOK_MS = 3  # whether a picture is due
USUAL_SIZE = "width=640,height=360"
X264 = "x264enc tune=zerolatency speed-preset=ultrafast bitrate=1500 key-int-max=30"
X265 = (
    "x265enc tune=zerolatency speed-preset=ultrafast bitrate=1500 key-int-max=30"
    " option-string=log-level=none"
)
TICKS = "audiotestsrc is-live=true wave=ticks ! audio/x-raw,rate=8000,channels=1"
PAY_H264 = "h264parse ! rtph264pay name=pay0 pt=96 config-interval=1"
MOUNTS = {
    "/h264": f"{PICTURE} ! {X264} ! {PAY_H264}",
    "/hevc": f"{PICTURE} ! {X265} ! h265parse ! rtph265pay name=pay0 pt=96 config-interval=1",
    "/udp": f"{PICTURE} ! {X264} ! {PAY_H264}",
    "/mjpeg": f"{PICTURE} ! jpegenc quality=80 ! rtpjpegpay name=pay0 pt=26",
    "/sound": f"{PICTURE} ! {X264} ! {PAY_H264}  {TICKS} ! alawenc ! rtppcmapay name=pay1 pt=8",
}


def file_mount(clip: Path) -> str:
    """Describe a pipeline that plays `clip` once."""
    location = f'filesrc location="{clip.resolve()}"'
    return f"{location} ! decodebin ! videoconvert ! {X264} ! {PAY_H264}"


def copy_mount(clip: Path) -> str:
    """Describe a pipeline that plays the H.264 of `clip` once, at its own pace."""
    return f'filesrc location="{clip.resolve()}" ! qtdemux ! {PAY_H264}'


def feed(_factory: GstRtspServer.RTSPMediaFactory, media: GstRtspServer.RTSPMedia) -> None:
    """Give a pipeline that takes pictures a new one whenever it is due, for as long as it lives.

    Their times are even, as a camera's are; one that could not be made in time is left out.
    """
    if (source := media.get_element().get_by_name("pictures")) is None:
        return
    caps = source.get_property("caps").get_structure(0)
    bars, numbers, last = (
        MarkedBars(caps.get_value("width"), caps.get_value("height")),
        count(),
        -1,
    )

    def push() -> bool:
        nonlocal last
        if source.get_state(0).state != Gst.State.PLAYING:
            return True
        now = source.get_clock().get_time() - source.get_base_time()
        due = now * RATE // Gst.SECOND
        if due > last:
            last = due
            picture = Gst.Buffer.new_wrapped(bars.draw(next(numbers), time.time_ns() // 1000))
            picture.pts = picture.dts = due * Gst.SECOND // RATE
            picture.duration = Gst.SECOND // RATE
            source.emit("push-buffer", picture)
        return True

    timer = GLib.timeout_add(LOOK_MS, push)
    media.connect("unprepared", lambda _: GLib.source_remove(timer))


def open_server(address: str, port: int, mounts: dict[str, str]) -> int:
    """Serve each pipeline at its path and return the port; 0 asks for a free one."""
    server = GstRtspServer.RTSPServer(address=address, service=str(port))
    for path, pipeline in mounts.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {pipeline} )")
        factory.set_shared(True)
        factory.connect("media-configure", feed)
        if path == "/udp":
            factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
        server.get_mount_points().add_factory(path, factory)
    if not server.attach(None):
        raise SystemExit(f"Port {port} on {address} is taken.")
    return int(server.get_bound_port())


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--copy", type=Path)
    parser.add_argument("--cam", default="h264")
    parser.add_argument("--size", default="640x360")
    options = parser.parse_args()
    Gst.init(None)
    size = "width={},height={}".format(*options.size.split("x"))
    mounts = {path: text.replace(USUAL_SIZE, size) for path, text in MOUNTS.items()}
    mounts["/cam"] = mounts[f"/{options.cam}"]
    if options.file:
        mounts["/file"] = file_mount(options.file)
    if options.copy:
        mounts["/copy"] = copy_mount(options.copy)
    print("ready", open_server(options.address, options.port, mounts), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
