"""The page of the comparison: medians over the rounds, and those who showed nothing."""

import math

from benchmarks.side_by_side.report import Turn, table


def turn(number: int, name: str, p50: float, pictures: int = 90) -> Turn:
    figures = (p50 + 1, p50 + 2, p50 + 3, 30.0, 1, 0.5, 0.25)
    return Turn(number, name, "a page", pictures, p50, *figures)


def test_medians_and_ratios() -> None:
    turns = [turn(each, "ours", p50) for each, p50 in enumerate((20.0, 90.0, 30.0))]
    turns += [turn(each, "theirs", p50) for each, p50 in enumerate((300.0, 100.0, 90.0))]
    ours, theirs = table(turns).splitlines()[2:]
    assert (
        ours
        == "| ours | a page | **30** | 20 to 90 | 31 | 32 | 33 | 1.00 | 30.0 | 1 | 0.50 | 0.25 |"
    )
    assert theirs.startswith("| theirs | a page | **100** | 90 to 300 | 101 | 102 | 103 | 3.33 |")


def test_who_showed_nothing_says_so() -> None:
    nothing = turn(1, "theirs", math.nan, 0)
    assert "| theirs | a page | showed nothing |" in table([turn(1, "ours", 20.0), nothing])
    half = table([turn(1, "ours", 20.0), nothing, turn(2, "theirs", 50.0)])
    assert "| theirs | a page | **50** |" in half
