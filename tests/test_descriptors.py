"""How many files and connections a process may have open."""

import resource

import pytest

from streamer import descriptors


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "limit"),
    [
        (1024, 4096, 2000, 2000),
        (1024, 4096, 9000, 4096),
        (1024, resource.RLIM_INFINITY, 9000, 9000),
        (4096, 9000, 2000, 4096),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 2000, 2000),
    ],
)
def test_the_limit_is_raised_as_far_as_it_may_be(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, wanted: int, limit: int
) -> None:
    limits = [(soft, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, given: limits.append(given))
    assert descriptors.raise_limit(wanted) == limit
    assert limits[-1][0] in (soft, limit)
    assert limits[-1][1] == hard
