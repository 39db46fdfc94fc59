"""The benchmarks, as far as they say what they need."""

import pytest

import benchmarks


def test_what_the_benchmarks_need_is_said() -> None:
    benchmarks.require(["sys"])
    with pytest.raises(SystemExit, match="of which no_such_thing is missing; run 'make test'"):
        benchmarks.require(["sys", "no_such_thing"])
