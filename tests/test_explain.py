"""What FFmpeg raises, as one sentence that says what to do and shows no password."""

import errno
import os
from pathlib import Path

import av
import pytest

from streamer.address import Address
from streamer.errors import (
    SourceDenied,
    SourceError,
    SourceLost,
    SourceMissing,
    SourceRefused,
    SourceUnknown,
    SourceUnreadable,
)
from streamer.media.ingest.explain import (
    explain_no_picture,
    explain_no_video,
    explain_open,
    explain_read,
    explain_silence,
)
from streamer.parsing import parse

CAMERA = parse("rtsp://user:s3cr3t@cam.lan/1")
NO_VIDEO = (
    "holds no video that can be read, or is cut short; "
    "name a video file such as MP4, MKV, WebM, TS or AVI."
)
SHOWN = "rtsp://***@cam.lan/1"


def raised(kind: type[Exception], code: int = 1) -> Exception:
    """As PyAV raises it, with the whole address in it."""
    return kind(code, "Trouble", CAMERA.target)


@pytest.mark.parametrize(
    ("exc", "kind", "words"),
    [
        (raised(av.error.HTTPUnauthorizedError), SourceDenied, "refuses this user name or pass"),
        (raised(av.error.HTTPForbiddenError), SourceDenied, "refuses this user (403)"),
        (raised(av.error.HTTPNotFoundError), SourceUnknown, "is not there (404); check the path"),
        (raised(av.error.HTTPTooManyRequestsError), SourceUnknown, "is asked too often (429)"),
        (raised(av.error.HTTPBadRequestError), SourceUnknown, "refuses the request (4xx)"),
        (raised(av.error.HTTPServerError), SourceMissing, "answers with an error (5xx)"),
        (raised(av.error.ExitError), SourceMissing, "does not answer (no answer in time)"),
        (raised(av.error.TimeoutError, errno.ETIMEDOUT), SourceMissing, "no answer in time"),
        (raised(av.error.InvalidDataError), SourceUnreadable, "nothing that can be read as video"),
        (raised(OSError, errno.ECONNREFUSED), SourceMissing, "(connection refused)"),
        (raised(OSError, errno.EIO), SourceMissing, "(the host name is not known or"),
        (raised(OSError, 9999), SourceMissing, "(the connection failed)"),
        (ValueError("embedded null"), SourceMissing, "(the connection failed)"),
    ],
)
def test_what_cannot_be_opened(exc: Exception, kind: type[SourceError], words: str) -> None:
    explained = explain_open(exc, CAMERA)
    assert type(explained) is kind
    assert words in explained.sentence
    check_sentence(explained)


def test_who_gave_no_password_is_told_how() -> None:
    exc = raised(av.error.HTTPUnauthorizedError)
    explained = explain_open(exc, parse("rtsp://cam.lan/1"))
    assert explained.sentence == (
        "rtsp://cam.lan/1 asks for a user name and password; "
        "write them as rtsp://USER:PASSWORD@HOST/..."
    )


@pytest.mark.parametrize("in_time", [True, False])
def test_what_is_published_and_cannot_be_read(in_time: bool) -> None:
    exc = raised(av.error.InvalidDataError)
    explained = explain_open(exc, parse("publish:"), in_time=in_time)
    assert explained.sentence.startswith("What is published cannot be read as video; send MPEG-TS")
    assert explained.sentence.endswith(".")
    damaged = explain_read(exc, parse("publish:"))
    assert damaged.sentence == "What is published is damaged in its middle; publish it again."


def test_what_took_all_its_time_did_not_answer() -> None:
    explained = explain_open(raised(av.error.InvalidDataError), CAMERA, in_time=False)
    assert explained.sentence == f"{SHOWN} does not answer (no answer in time)."


@pytest.mark.parametrize(
    ("explained", "words"),
    [
        (explain_read(raised(av.error.ExitError), CAMERA), "(no packet in time)"),
        (explain_read(raised(OSError, errno.EPIPE), CAMERA), "(the connection broke)"),
        (explain_silence(CAMERA), "(no packet in time)"),
        (explain_read(raised(av.error.InvalidDataError), CAMERA), "(the connection broke)"),
    ],
)
def test_what_stopped(explained: SourceError, words: str) -> None:
    assert isinstance(explained, SourceLost)
    assert words in explained.sentence
    check_sentence(explained)


@pytest.mark.parametrize(
    ("text", "exc", "words"),
    [
        ("v4l2:/dev/video9", raised(av.error.FileNotFoundError, errno.ENOENT), "no such device"),
        ("v4l2:/dev/video9", raised(av.error.OSError, errno.EBUSY), "another program uses it"),
        ("v4l2:/dev/video9", raised(av.error.OSError, 9999), "(it cannot be opened)"),
        (
            "v4l2:/dev/video9",
            raised(PermissionError, errno.EACCES),
            "may not be used by this user",
        ),
        ("dshow:video=a", ValueError("no container format"), "it has no such devices"),
        (
            "screen::9",
            raised(av.error.OSError, errno.EIO),
            "name a display, for example screen::0",
        ),
    ],
)
def test_devices(text: str, exc: Exception, words: str) -> None:
    explained = explain_open(exc, parse(text))
    assert words in explained.sentence
    assert explained.sentence.startswith(text)


def test_a_picture_that_is_read_again(tmp_path: Path) -> None:
    exc = raised(av.error.FileNotFoundError, errno.ENOENT)
    address = parse(f"image:{tmp_path}/a.png?fps=2")
    absent = explain_open(exc, address)
    assert absent.sentence == f"{address.shown} does not exist; check the path."
    assert explain_read(exc, address).sentence == f"{address.shown} can no longer be read."


def test_nobody_sends() -> None:
    exc = raised(av.error.ExitError)
    listening = explain_open(exc, parse("udp://127.0.0.1:5000"))
    assert listening.sentence == "Nothing arrives at udp://127.0.0.1:5000; start the sender."
    absent = explain_open(raised(av.error.FileNotFoundError, errno.ENOENT), parse("sdp:a.sdp"))
    assert absent.sentence == "sdp:a.sdp does not exist; check the path."
    socket = explain_open(raised(av.error.FileNotFoundError, errno.ENOENT), parse("unix:/a"))
    assert socket.sentence == "unix:/a does not answer (there is no such socket)."


def test_what_holds_no_picture() -> None:
    for explained in (explain_no_video(CAMERA), explain_no_picture(CAMERA)):
        assert isinstance(explained, SourceUnreadable)
        check_sentence(explained)


def test_a_damaged_file_has_no_connection() -> None:
    explained = explain_read(raised(av.error.InvalidDataError), parse("a.mp4"))
    assert explained.sentence == "a.mp4 is damaged; record it again or mend it."


def file(path: Path) -> SourceError:
    return explain_open(
        raised(av.error.InvalidDataError), Address(parse(str(path)).scheme, str(path))
    )


def test_files(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.mp4", tmp_path / "a b#c.txt"
    empty.touch()
    text.write_text("no video")
    expected = {
        tmp_path: (SourceUnreadable, "is a directory; name a file in it."),
        tmp_path / "none.mp4": (SourceMissing, "does not exist; check the path."),
        empty: (SourceUnreadable, "is empty; record it again or name another file."),
        text: (SourceUnreadable, NO_VIDEO),
        Path("a\0b"): (SourceMissing, "does not exist; check the path."),
        text / "c": (SourceMissing, "does not exist; check the path."),
        Path("x" * 300): (SourceMissing, "cannot be read (File name too long)."),
    }
    for path, (kind, words) in expected.items():
        explained = file(path)
        assert (type(explained), explained.sentence) == (kind, f"{path} {words}")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"1")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)
    explained = file(path)
    assert isinstance(explained, SourceRefused)
    assert explained.sentence.endswith("may not be read by this user; change its permissions.")


def test_a_name_that_is_not_utf8_can_be_told() -> None:
    assert file(Path("caf\udce9.mp4")).sentence == "caf?.mp4 does not exist; check the path."


def check_sentence(explained: SourceError) -> None:
    assert explained.sentence.startswith(SHOWN)
    assert explained.sentence.endswith(".")
    assert "s3cr3t" not in explained.sentence


def test_what_cannot_be_read_is_no_broken_connection() -> None:
    yard = parse("http://user:s3cr3t@cam.lan/1")
    explained = explain_read(raised(av.error.InvalidDataError), yard)
    assert isinstance(explained, SourceLost)
    assert explained.sentence == (
        "http://***@cam.lan/1 sends what cannot be read; check what it sends."
    )


def test_who_publishes_no_picture_is_told_what_to_send() -> None:
    told = explain_no_picture(parse("publish:")).sentence
    assert told == (
        "What is published holds no picture that can be decoded; send it as one body without end, "
        "from a keyframe on."
    )
