"""`streamer push`: publish a source to a server."""

import argparse
import importlib
import sys

from streamer import config
from streamer.address import Address, Scheme, SourceSpec
from streamer.commands.source import own_source

HELP = "publish a source to a server"
_PUSH = "streamer.client.publish.push"
_ENCODER = "streamer.client.publish.encoder"
_ANY_FPS = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to publish where, and how to encode what has to be."""
    parser.add_argument("source", metavar="SOURCE", help="what `serve` takes, too")
    parser.add_argument("url", metavar="URL", help="server and stream: http://HOST:PORT/NAME")
    parser.add_argument("--token", metavar="SECRET", help="the server's token")
    parser.add_argument(
        "--codec", choices=("h264", "jpeg"), default="h264", help="for what has to be encoded"
    )
    parser.add_argument("--bitrate", type=int, metavar="BPS", help="bits per second of h264")
    parser.add_argument("--quality", type=int, metavar="1-95", help="of jpeg (default 80)")
    parser.add_argument("--allow-exec", action="store_true", help="let exec: run its command")
    parser.add_argument("--loop", action="store_true", help="start a file again at its end")
    parser.add_argument("--rtsp-transport", default="auto", metavar="auto|tcp|udp")


def run(arguments: argparse.Namespace) -> int:
    """Publish until the source ends.

    Raises:
        StreamerError: it cannot be opened or published, and trying again would not help.
    """
    address = own_source(arguments.source, allow_exec=arguments.allow_exec)
    transport = config.transport(arguments.rtsp_transport)
    _check_encoding(arguments, address)
    # By name, as it loads PyAV, which a server's process never does.
    importlib.import_module(_PUSH).run(
        SourceSpec(address, arguments.loop, transport),
        arguments.url,
        token=arguments.token,
        codec=arguments.codec,
        quality=arguments.quality,
        bitrate_bps=arguments.bitrate,
    )
    return 0


def _check_encoding(arguments: argparse.Namespace, address: Address) -> None:
    """Refuse what cannot be before the source is opened, and say where it changes nothing."""
    given = arguments.quality, arguments.bitrate
    if given == (None, None):
        return
    importlib.import_module(_ENCODER).open_encoder(arguments.codec, _ANY_FPS, *given)
    if address.scheme is not Scheme.PATTERN:
        option = "--bitrate" if arguments.quality is None else "--quality"
        print(
            f"streamer: {option} holds only for what has to be encoded; H.264, HEVC, VP8, VP9, "
            "AV1 and MJPEG go as they are.",
            file=sys.stderr,
        )
