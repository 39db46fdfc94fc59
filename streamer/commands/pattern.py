"""`streamer pattern`: send the marked test pattern to any system, to measure it with `probe`."""

import argparse
import importlib

HELP = "send the marked test pattern to any system"
_PATTERN = "streamer.bench.pattern.run"
_CODECS = ("h264", "hevc", "vp8", "mjpeg")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to send where, and how to encode it."""
    parser.add_argument(
        "picture",
        metavar="SIZE@FPS",
        nargs="?",
        default="1280x720@30",
        help="size and rate (default 1280x720@30)",
    )
    parser.add_argument(
        "--to",
        required=True,
        metavar="TARGET",
        help="rtsp://, rtmp://, udp://, http:// or - for standard output",
    )
    parser.add_argument("--codec", choices=_CODECS, default="h264", help="default h264")
    parser.add_argument("--bitrate", type=int, metavar="BPS", help="bits per second at most")
    parser.add_argument("--gop", type=int, metavar="N", help="a keyframe every N pictures")
    parser.add_argument("--format", metavar="NAME", help="container over HTTP or standard output")
    parser.add_argument("--method", choices=("put", "post"), default="put", help="of HTTP")
    parser.add_argument("--seconds", type=float, metavar="N", help="stop after so long")


def run(arguments: argparse.Namespace) -> int:
    """Send until interrupted.

    Raises:
        StreamerError: it cannot be sent, and trying again would not help.
    """
    # By name, as it loads PyAV, which is not needed to read a command line.
    importlib.import_module(_PATTERN).run(
        arguments.to,
        arguments.picture.removeprefix("pattern:"),
        codec=arguments.codec,
        bitrate_bps=arguments.bitrate,
        group=arguments.gop,
        form=arguments.format,
        method=arguments.method.upper(),
        seconds=arguments.seconds,
    )
    return 0
