"""`streamer serve` with an encoder that takes longer: MILLISECONDS, then its arguments.

Each worker process imports the program that it belongs to before it does anything, and with it
what is changed here.
"""

import os
import sys
import time
from typing import Any

from streamer import cli
from streamer.media.picture.transcoder import H264Encoder

DELAY = "SLOW_ENCODER_MS"
encode = H264Encoder.encode


def encode_slowly(self: H264Encoder, *arguments: Any) -> Any:
    """Take so much longer, as a slower processor would."""
    time.sleep(float(os.environ[DELAY]) / 1000)
    return encode(self, *arguments)


H264Encoder.encode = encode_slowly  # type: ignore[assignment,method-assign]

if __name__ == "__main__":
    os.environ[DELAY] = sys.argv[1]
    sys.exit(cli.main(["serve", *sys.argv[2:]]))
