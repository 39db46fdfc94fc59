"""`streamer serve` whose workers give clips of squares their boxes as metadata."""

import sys
from dataclasses import replace
from typing import Any

from streamer import cli
from streamer.hub import worker
from streamer.media.sample import Sample
from streamer.media.source import PacketSource
from tests.integration.squares import metadata

_take = PacketSource._sample


def _labelled(self: PacketSource, packet: Any) -> Sample:
    index = round(packet.pts * packet.time_base * packet.stream.average_rate)
    return replace(_take(self, packet), meta=metadata(index))


# Whoever loads this module labels: that is the helper process that workers are forked from.
PacketSource._sample = _labelled  # type: ignore[method-assign]

if __name__ == "__main__":
    vars(worker)["MAIN"] = "tests.integration.labelling"
    sys.exit(cli.main(sys.argv[1:]))
