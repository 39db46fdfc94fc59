"""A real RTSP server for the tests: GStreamer's, run by the Python that Debian's packages serve.

`/usr/bin/python3 rtsp_server.py [--port PORT] [--file CLIP] [--pass CLIP] [--cam CODEC]
[--size WxH]` listens on loopback, says `ready PORT` and serves /h264, /hevc and /mjpeg, each a
moving test picture made live, /udp, which refuses to send over TCP, and /file, the clip once
through as H.264, which then ends. /pass is an MP4 file's H.264 passed on as it is, once, to all
who ask. /cam is what `--cam` says: h264, hevc or mjpeg, of `--size` like all of them.
"""

import argparse
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

PICTURE = (
    "videotestsrc is-live=true pattern=smpte horizontal-speed=4"
    " ! video/x-raw,format=I420,width=640,height=360,framerate=30/1"
)
USUAL_SIZE = "width=640,height=360"
X264 = "x264enc tune=zerolatency speed-preset=ultrafast bitrate=1500 key-int-max=30"
X265 = (
    "x265enc tune=zerolatency speed-preset=ultrafast bitrate=1500 key-int-max=30"
    " option-string=log-level=none"
)
PAY_H264 = "h264parse ! rtph264pay name=pay0 pt=96 config-interval=1"
MOUNTS = {
    "/h264": f"{PICTURE} ! {X264} ! {PAY_H264}",
    "/hevc": f"{PICTURE} ! {X265} ! h265parse ! rtph265pay name=pay0 pt=96 config-interval=1",
    "/udp": f"{PICTURE} ! {X264} ! {PAY_H264}",
    "/mjpeg": f"{PICTURE} ! jpegenc quality=80 ! rtpjpegpay name=pay0 pt=26",
}


def file_mount(clip: Path) -> str:
    """Describe a pipeline that plays `clip` once."""
    location = f'filesrc location="{clip.resolve()}"'
    return f"{location} ! decodebin ! videoconvert ! {X264} ! {PAY_H264}"


def pass_mount(clip: Path) -> str:
    """Describe a pipeline that passes the H.264 of an MP4 file on."""
    return f'filesrc location="{clip.resolve()}" ! qtdemux ! {PAY_H264}'


def open_server(port: int, mounts: dict[str, str]) -> int:
    """Serve each pipeline at its path and return the port; 0 asks for a free one."""
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=str(port))
    for path, pipeline in mounts.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {pipeline} )")
        factory.set_shared(True)
        if path == "/udp":
            factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
        server.get_mount_points().add_factory(path, factory)
    if not server.attach(None):
        raise SystemExit(f"Port {port} on 127.0.0.1 is taken.")
    return int(server.get_bound_port())


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--pass", dest="passed", type=Path)
    parser.add_argument("--cam", default="h264")
    parser.add_argument("--size", default="640x360")
    options = parser.parse_args()
    Gst.init(None)
    size = "width={},height={}".format(*options.size.split("x"))
    mounts = {path: text.replace(USUAL_SIZE, size) for path, text in MOUNTS.items()}
    mounts["/cam"] = mounts[f"/{options.cam}"]
    if options.file:
        mounts["/file"] = file_mount(options.file)
    if options.passed:
        mounts["/pass"] = pass_mount(options.passed)
    print("ready", open_server(options.port, mounts), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
