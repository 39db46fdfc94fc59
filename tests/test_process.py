"""The worker's main: what it says of each way in which a source can go."""

import logging
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import av
import pytest

from streamer.address import SourceSpec, parse
from streamer.clock import ManualClock
from streamer.errors import MediaError, SourceLost, SourceRefused
from streamer.media import process
from streamer.media.sample import Sample, SourceFacts
from tests.fake_link import FakeLink, samples_of

FILE = SourceSpec(parse("a.mp4"))
CAMERA = SourceSpec(parse("rtsp://user:s3cr3t@cam.lan/1"))


class TalkingLink(FakeLink):
    """Keeps what is said as well."""

    def __init__(self, *_: object) -> None:
        super().__init__()
        self.said: list[dict[str, Any]] = []
        self.beats = 0
        self.sent = 0
        self.asked = False
        self.tries = 0
        self.trouble: Exception | None = None

    def send_control(self, kind: str, **fields: Any) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.said.append({"type": kind, **fields})

    def send_media(self, message: bytes) -> None:
        super().send_media(message)
        self.sent += 1

    def beat(self) -> None:
        self.beats += 1

    def wait_to_try_again(self) -> None:
        if not self.tries:
            raise ConnectionResetError
        self.tries -= 1

    def wait_for_demand(self, _timeout_s: float) -> bool:
        return self.asked


class ShortSource:
    """Gives its samples, then raises what it was given."""

    def __init__(self, count: int, end: Exception | None = None) -> None:
        self.facts: SourceFacts
        self.facts, self._samples = samples_of("h264.mp4", max(count, 1), ManualClock())
        self._samples = self._samples[:count]
        self._end = end
        self.closed = False

    def samples(self) -> Iterator[Sample]:
        yield from self._samples
        if self._end is not None:
            raise self._end

    def close(self) -> None:
        self.closed = True


Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> TalkingLink:
    link = TalkingLink()
    monkeypatch.setattr(process, "Link", lambda *_: link)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(av.logging, "set_level", lambda _level: None)
    return link


def run(
    monkeypatch: pytest.MonkeyPatch, spec: SourceSpec, *sources: ShortSource | Exception
) -> None:
    """Run a worker that finds these, one at each try and then always the last."""
    found = list(sources)

    def open_source(*_: object) -> ShortSource:
        source = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(source, Exception):
            raise source
        return source

    monkeypatch.setattr(process, "open_source", open_source)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process.run(theirs, spec)


def test_a_file_to_its_end(link: TalkingLink, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ShortSource(3)
    link.ask(_0="copy")
    run(monkeypatch, FILE, source)
    assert link.said == [
        {"type": "opened", "codec": "h264", "width": 320, "height": 180, "fps": 25.0},
        {"type": "ended"},
    ]
    assert (link.kinds(0), link.beats, source.closed) == ("iKff", 3, True)


@pytest.mark.parametrize(
    ("spec", "end", "retryable"),
    [
        (CAMERA, SourceLost("Stopped."), True),
        (CAMERA, SourceRefused("Password."), False),
        (FILE, SourceLost("Stopped."), False),
    ],
)
@pytest.mark.parametrize("opens", [True, False])
def test_what_fails_is_told_with_whether_to_retry(
    link: TalkingLink,
    monkeypatch: pytest.MonkeyPatch,
    spec: SourceSpec,
    end: SourceLost | SourceRefused,
    retryable: bool,
    opens: bool,
) -> None:
    source = ShortSource(1, end) if opens else end
    run(monkeypatch, spec, source)
    body = {"sentence": end.sentence, "retryable": retryable, "waits": retryable and not opens}
    assert link.said[-1] == {"type": "failed", **body}
    assert len(link.said) == 1 + opens
    assert isinstance(source, Exception) or source.closed


def test_what_cannot_be_opened_is_tried_again_when_asked(
    link: TalkingLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    link.tries = 9
    gone, source = SourceLost("Gone."), ShortSource(1, SourceLost("Stopped."))
    run(monkeypatch, CAMERA, gone, gone, source)
    assert [each["type"] for each in link.said] == ["failed", "failed", "opened", "failed"]
    assert [each.get("waits") for each in link.said] == [True, True, None, False]
    assert link.tries == 7


def test_a_failure_of_the_media_names_its_source(
    link: TalkingLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, CAMERA, ShortSource(1, MediaError("This cannot be decoded.")))
    sentence = "rtsp://***@cam.lan/1: This cannot be decoded."
    assert link.said[-1] == {
        "type": "failed",
        "sentence": sentence,
        "retryable": True,
        "waits": False,
    }


def test_what_nobody_thought_of_is_logged_without_the_address(
    link: TalkingLink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run(monkeypatch, CAMERA, ZeroDivisionError("division"))
    (said,) = link.said
    assert said["sentence"] == (
        "rtsp://***@cam.lan/1 could not be processed; see the server's log."
    )
    assert said["retryable"]
    assert "event=worker-failed source=rtsp://***@cam.lan/1" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "s3cr3t" not in caplog.text


@pytest.mark.parametrize("trouble", [BrokenPipeError(), ConnectionResetError()])
def test_a_server_that_is_gone_is_no_failure(
    link: TalkingLink,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    trouble: Exception,
) -> None:
    link.trouble = trouble
    with caplog.at_level(logging.DEBUG):
        run(monkeypatch, FILE, ShortSource(1))
        run(monkeypatch, FILE, SourceLost("Stopped."))
    assert (link.said, caplog.text) == ([], "")


def test_a_file_of_which_nothing_can_be_shown(
    link: TalkingLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    link.asked = True
    run(monkeypatch, FILE, ShortSource(2))
    assert link.said[-1]["type"] == "failed"
    assert "no picture that can be decoded" in link.said[-1]["sentence"]
    link.ask(_0="copy")
    run(monkeypatch, FILE, ShortSource(2))
    assert link.said[-1] == {"type": "ended"}
