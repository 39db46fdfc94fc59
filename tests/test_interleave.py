"""Pictures and sound of a file in the order in which they are due."""

from streamer.media.ingest.interleave import MAX_AHEAD_US, interleave
from streamer.media.sample import Sample, SoundSample
from streamer.media.timeline import Stamps


def picture(at_us: int) -> Sample:
    return Sample(Stamps(at_us, at_us, 40_000, restarted=False), 0, keyframe=True)


def sound(at_us: int) -> SoundSample:
    return SoundSample(at_us, 20_000, 0)


def order(samples: list[Sample | SoundSample], *, wanted: bool = True) -> list[int]:
    given = interleave(samples, lambda: wanted)
    return [each.pts_us if isinstance(each, SoundSample) else each.stamps.dts_us for each in given]


def test_sound_that_lies_behind_its_pictures_comes_with_them() -> None:
    mixed: list[Sample | SoundSample] = [
        picture(0),
        picture(40),
        picture(80),
        sound(0),
        sound(20),
        sound(40),
        sound(60),
    ]
    assert order([*mixed, picture(120)]) == [0, 0, 20, 40, 40, 60, 80, 120]


def test_nothing_is_held_while_nobody_listens() -> None:
    given = interleave(iter([picture(0), picture(40)]), lambda: False)
    assert next(given) == picture(0)


def test_pictures_do_not_wait_for_sound_that_never_comes() -> None:
    far = [picture(at * 40_000) for at in range(200)]
    given = interleave(iter(far), lambda: True)
    assert next(given) == far[0]
    assert order(list(far)) == [each.stamps.dts_us for each in far]
    assert MAX_AHEAD_US < 200 * 40_000
