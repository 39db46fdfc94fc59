"""Plain MP4 files out of fragments: their tables, and how FFmpeg reads them."""

import io
import struct

import av
import pytest

from streamer.media.boxer import film
from streamer.media.boxer.boxes import children
from streamer.media.boxer.film import Film, Track, lay_out
from streamer.media.boxer.fragment import OVERHEAD, Sample, facts_of, fragment
from tests.films import INIT, SOUND_INIT, Reel, reels

FRAME_US = 40_000
BEGIN_US = 7_000_000


def pictures(*offsets_us: int, begin_us: int = BEGIN_US) -> Track:
    """One keyframe and what follows it, in decoding order, each shown so long after its turn."""
    samples = [
        Sample(begin_us + n * FRAME_US, FRAME_US, 3, n == 0, offset_us)
        for n, offset_us in enumerate(offsets_us)
    ]
    return Track(INIT, samples)


def sound(begin_us: int, count: int) -> Track:
    return Track(
        SOUND_INIT, [Sample(begin_us + n * 20_000, 20_000, 2, True, 0) for n in range(count)]
    )


def written(*tracks: Track) -> tuple[Film, list[Reel]]:
    """The film, and what its tables say; each sample is its track's letter and its number."""
    made = lay_out(tracks)
    names = [b"%c%d" % (b"vs"[number], index) for number, index in made.order]
    samples = [
        name.ljust(tracks[number].samples[index].size)
        for name, (number, index) in zip(names, made.order, strict=True)
    ]
    assert made.size == sum(map(len, samples))
    return made, reels(made.head + b"".join(samples))


def test_a_fragment_says_of_its_sample_what_the_tables_need() -> None:
    boxed = fragment(1, 2**33, 40_000, -80_000, True, b"sample")
    assert facts_of(boxed) == Sample(2**33, 40_000, 6, True, -80_000)
    assert boxed[OVERHEAD:] == b"sample"
    assert not facts_of(fragment(1, 0, 1, 0, False, b"")).is_key


def test_pictures_begin_at_zero_and_each_is_found() -> None:
    made, (reel,) = written(pictures(0, 0, 0))
    assert reel.samples == [b"v0 ", b"v1 ", b"v2 "]
    assert reel.shown_us == [0, FRAME_US, 2 * FRAME_US]
    assert (reel.handler, reel.keys, reel.lasts_us) == (b"vide", [1], 3 * FRAME_US)
    assert list(children(made.head + bytes(made.size))) == [b"ftyp", b"moov", b"mdat"]
    assert b"edts" not in made.head


@pytest.mark.parametrize("lower_us", [0, 2 * FRAME_US])
def test_the_first_picture_is_shown_at_zero_whatever_the_order(lower_us: int) -> None:
    offsets = (1, 3, 0, 0)  # decoded I P B B, shown I B B P
    _, (reel,) = written(pictures(*(each * FRAME_US - lower_us for each in offsets)))
    assert reel.shown_us == [0, 3 * FRAME_US, FRAME_US, 2 * FRAME_US]
    assert reel.lasts_us == 3 * FRAME_US


def test_a_picture_lasts_until_the_next() -> None:
    first, last = pictures(0).samples[0], pictures(0, begin_us=BEGIN_US + 500_000).samples[0]
    _, (reel,) = written(Track(INIT, [first, last]))
    assert (reel.shown_us, reel.lasts_us) == ([0, 500_000], 500_000 + FRAME_US)
    assert reel.keys is None


@pytest.mark.parametrize("early_us", [15_000, 0, -70_000])
def test_sound_is_in_step_with_the_pictures(early_us: int) -> None:
    """Whether it is under way when they begin, begins with them, or later."""
    made, (shown, heard) = written(pictures(0, 0), sound(BEGIN_US - early_us, 5))
    assert shown.shown_us == [0, FRAME_US]
    assert heard.shown_us == [n * 20_000 - early_us for n in range(5)]
    assert heard.samples == [b"s0", b"s1", b"s2", b"s3", b"s4"]
    assert (heard.handler, heard.keys) == (b"soun", None)
    assert heard.lasts_us == 100_000 - early_us
    at_us = [(shown, heard)[number].shown_us[index] for number, index in made.order]
    assert at_us == sorted(at_us), "they take turns"


def test_sound_that_is_missing_is_waited_for() -> None:
    gap = Track(SOUND_INIT, [*sound(BEGIN_US, 2).samples, *sound(BEGIN_US + 200_000, 2).samples])
    _, (_, heard) = written(pictures(0), gap)
    assert heard.shown_us == [0, 20_000, 200_000, 220_000]


def test_a_film_of_more_than_four_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "_LARGE", 1000)
    samples = [Sample(n * FRAME_US, FRAME_US, 500, True, 0) for n in range(3)]
    made = lay_out([Track(INIT, samples)])
    assert made.head[-16:] == struct.pack(">I4sQ", 1, b"mdat", 1516)
    (reel,) = reels(made.head + b"a" * 500 + b"b" * 500 + b"c" * 500)
    assert [each[:1] + each[-1:] for each in reel.samples] == [b"aa", b"bb", b"cc"]


def test_ffmpeg_reads_the_tables_as_they_are_meant() -> None:
    made = lay_out([pictures(FRAME_US, 3 * FRAME_US, 0, 0), sound(BEGIN_US, 8)])
    with av.open(io.BytesIO(made.head + bytes(made.size)), "r", format="mp4") as container:
        found: dict[str, list[int]] = {"video": [], "audio": []}
        for packet in container.demux():
            if packet.pts is not None and packet.size:
                found[packet.stream.type].append(round(float(packet.pts * packet.time_base) * 1e6))
    assert found["video"] == [0, 3 * FRAME_US, FRAME_US, 2 * FRAME_US]
    assert found["audio"] == [n * 20_000 - FRAME_US for n in range(8)]
