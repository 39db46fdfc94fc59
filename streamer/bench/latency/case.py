"""What is measured: a path, who watches it by what means, and over which link. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from streamer.errors import ConfigError
from streamer.options import parse_pattern


class Path(StrEnum):
    """What becomes of a picture on its way: a JPEG, H.264 that we encode, or its own codec."""

    JPEG = "jpeg"
    H264 = "h264"
    COPY = "copy"


class Means(StrEnum):
    """By what a viewer decodes and shows; an `image` is a JPEG in a browser."""

    PYTHON = "python"
    WEBCODECS = "webcodecs"
    MSE = "mse"
    IMAGE = "image"


_PATHS = {Path.JPEG: "JPEG", Path.H264: "H.264", Path.COPY: "Copy"}
_BY = {
    Means.PYTHON: "in Python",
    Means.WEBCODECS: "by WebCodecs",
    Means.MSE: "by Media Source Extensions",
    Means.IMAGE: "in a browser",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One combination to measure; `link` as `--link` has it, empty for none."""

    path: Path
    means: Means
    width: int
    height: int
    fps: int
    viewers: int = 1
    link: str = ""

    @property
    def name(self) -> str:
        """What it is called in reports, the same in each run."""
        link = f" {self.link}" if self.link else ""
        size = f"{self.width}x{self.height}@{self.fps}"
        return f"{self.path} {self.means} {size} x{self.viewers}{link}"

    @property
    def title(self) -> str:
        """What it is called for people."""
        return ", ".join(filter(None, self.words))

    @property
    def words(self) -> tuple[str, ...]:
        """What makes the case, word by word; empty for what needs no mention."""
        return (
            f"{_PATHS[self.path]} {_BY[self.means]}",
            f"{self.width} x {self.height}",
            f"{self.fps} fps",
            f"{self.viewers} viewers" if self.viewers > 1 else "",
            self.link,
        )

    @property
    def in_browser(self) -> bool:
        """Whether a browser is needed."""
        return self.means is not Means.PYTHON


def cases(
    paths: Sequence[Path],
    means: Sequence[Means],
    sizes: Sequence[tuple[int, int, int]],
    viewers: Sequence[int],
    links: Sequence[str],
) -> tuple[Case, ...]:
    """Every combination; in a browser, JPEGs are shown by one means only."""
    found = (
        Case(path, _means(path, by), *size, count, link)
        for link in links
        for size in sizes
        for count in viewers
        for path in paths
        for by in means
    )
    return tuple(dict.fromkeys(found))


def _means(path: Path, by: Means) -> Means:
    return Means.IMAGE if path is Path.JPEG and by is not Means.PYTHON else by


def titles(of: Sequence[Case]) -> tuple[str, ...]:
    """A title for each: what it is, and whatever else tells them apart."""
    columns = list(zip(*(case.words for case in of), strict=True))
    telling = [index == 0 or len(set(column)) > 1 for index, column in enumerate(columns)]
    return tuple(
        ", ".join(word for word, tells in zip(case.words, telling, strict=True) if tells and word)
        for case in of
    )


def parse_list(text: str, kind: type[Path], option: str) -> tuple[str, ...]:
    """The names of a comma-separated list, each once.

    Raises:
        ConfigError: one is not known, or there is none.
    """
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    known = [each.value for each in kind]
    for name in names:
        if name not in known:
            raise ConfigError(f"{option} does not know '{name}'; it knows {', '.join(known)}.")
    if not names:
        raise ConfigError(f"{option} is empty; it knows {', '.join(known)}.")
    return names


def parse_sizes(text: str) -> tuple[tuple[int, int, int], ...]:
    """Sizes and rates of a comma-separated list, as the pattern takes them (`1280x720@30`).

    Raises:
        ConfigError: one is none, or there is none.
    """
    sizes = tuple(parse_pattern(part.strip())[:3] for part in text.split(",") if part.strip())
    if not sizes:
        raise ConfigError("--sizes is empty; write for example 1280x720@30.")
    return sizes


def parse_counts(text: str, option: str) -> tuple[int, ...]:
    """Whole numbers of a comma-separated list, each from 1 to 200.

    Raises:
        ConfigError: one is none.
    """
    counts = []
    for part in text.split(","):
        if not part.strip().isdecimal() or not 1 <= int(part) <= 200:
            raise ConfigError(f"{option} '{text}': write numbers from 1 to 200, as in 1,4.")
        counts.append(int(part))
    return tuple(counts)
