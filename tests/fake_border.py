"""The worker's side of the border without a socket, for the tests of outputs and pipeline."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from streamer.address import SourceSpec
from streamer.clock import Clock
from streamer.media.ingest.source import PacketSource
from streamer.media.sample import Sample, SoundSample, SourceFacts
from streamer.parsing import parse
from streamer.rendition import Description, Rendition
from streamer.rendition import parse as parse_rendition
from streamer.sound import Form, SoundDescription
from streamer.wire import Flags, Header, Kind, unpack, unpack_meta

SAMPLES = Path(__file__).parent.parent / "samples"


class FakeBorder:
    """Keeps what an output sends: headers, metadata, pictures (`payloads`), descriptions."""

    def __init__(self) -> None:
        self.demand: Mapping[int, Rendition] = {}
        self.sound_demand: frozenset[Form] = frozenset()
        self.sounds: list[tuple[Form, SoundDescription]] = []
        self.wanted: set[int] = set()
        self.described: list[tuple[int, Description]] = []
        self.headers: list[Header] = []
        self.metas: list[bytes | None] = []
        self.payloads: list[bytes] = []
        self.corrupt = 0

    def ask(self, **renditions: str) -> None:
        """Demand renditions: `_0="copy"`."""
        self.demand = {int(key[1:]): parse_rendition(name) for key, name in renditions.items()}

    def listen(self, *forms: Form) -> None:
        """Demand forms of sound."""
        self.sound_demand = frozenset(forms)

    def send_media(self, message: bytes) -> None:
        header, payload = unpack(message)
        meta, picture = unpack_meta(header, payload)
        self.headers.append(header)
        self.metas.append(None if meta is None else bytes(meta))
        self.payloads.append(bytes(picture))

    def describe(self, index: int, description: Description) -> None:
        self.described.append((index, description))

    def describe_sound(self, form: Form, description: SoundDescription) -> None:
        self.sounds.append((form, description))

    def count_corrupt(self) -> None:
        self.corrupt += 1

    def take_keyframes(self) -> set[int]:
        taken, self.wanted = self.wanted, set()
        return taken

    def kinds(self, index: int) -> str:
        """What was sent of a rendition: `i`nit, `K`eyframe, `f`ragment, `j`peg."""
        return "".join(_letter(header) for header in self.headers if header.rendition == index)


def _letter(header: Header) -> str:
    if header.kind is Kind.INIT:
        return "i"
    if header.kind is Kind.JPEG:
        return "j"
    return "K" if header.flags & Flags.KEYFRAME else "f"


def samples_of(name: str, count: int, clock: Clock) -> tuple[SourceFacts, list[Sample]]:
    """The facts and the first samples of a sample clip, not paced."""
    source = PacketSource(SourceSpec(parse(str(SAMPLES / name))), clock, lambda: None)
    source._paced = False
    endless = source.samples()
    return source.facts, list(islice(pictures(endless), count))


def pictures(samples: Iterable[Sample | SoundSample]) -> Iterator[Sample]:
    """Those samples that are no sound."""
    return (sample for sample in samples if isinstance(sample, Sample))
