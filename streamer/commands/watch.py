"""`streamer watch`: a stream's figures in the terminal."""

import argparse
import importlib
from pathlib import Path

HELP = "show a stream's figures in the terminal, or save it"
_WATCH = "streamer.client.view.watch"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to watch, how and for how long."""
    parser.add_argument("url", metavar="URL", help="server and stream: http://HOST:PORT/NAME")
    parser.add_argument("--token", metavar="SECRET", help="the server's token")
    parser.add_argument(
        "--rendition", default="auto", metavar="NAME", help="copy, h264-720, jpeg ... (auto)"
    )
    parser.add_argument("--seconds", type=float, metavar="N", help="stop after so long")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write it to an MP4 file, too")


def run(arguments: argparse.Namespace) -> int:
    """Watch until the stream ends, or until interrupted.

    Raises:
        StreamerError: it cannot be watched, and trying again would not help.
    """
    # By name, as it loads PyAV, which a server's process never does.
    importlib.import_module(_WATCH).run(
        arguments.url,
        token=arguments.token,
        rendition=arguments.rendition,
        seconds=arguments.seconds,
        save=arguments.save,
    )
    return 0
