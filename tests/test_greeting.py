"""What publishers say first, in all ways that bytes may come, and who is not let in."""

import pytest

from streamer.errors import SourceRefused
from streamer.media.ingest.greeting import Greeting, RtmpGreeting, RtspGreeting, greeting
from streamer.parsing import listening, parse

RTMP = listening(parse("listen:rtmp://h:1935/live/cam"))
RTSP = listening(parse("listen:rtsp://h:8554/a/cam"))
BASE = "rtsp://127.0.0.1:9/"
PUBLISH = (
    b"\x02\x00\x07publish\x00\x40\x14\x00\x00\x00\x00\x00\x00\x05\x02\x00\x03cam\x02\x00\x04live"
)


def request(method: str, path: str = "a/cam", *fields: str, body: str = "", seq: int = 7) -> bytes:
    head = [f"{method} rtsp://camera.lan:8554/{path} RTSP/1.0", f"CSeq: {seq}", *fields]
    if body:
        head.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


ANNOUNCE = request("ANNOUNCE", body="v=0\r\n\r\nm=video\r\n")
TCP = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;mode=record"
UDP = "Transport: RTP/AVP/UDP;unicast;client_port=5000-5001;mode=record"


def passed(greets: Greeting, data: bytes, size: int) -> tuple[bytes, bytes]:
    """What is passed on and answered when the data comes in pieces of a size."""
    forward = back = b""
    for start in range(0, len(data), size):
        some, answer = greets.push(data[start : start + size])
        forward, back = forward + some, back + answer
    return forward, back


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_rtmp_is_passed_on_once_the_name_is_said(size: int) -> None:
    greets = RtmpGreeting(RTMP)
    said = bytes(3073) + PUBLISH
    assert passed(greets, said, size) == (said, b"")
    assert greets.done
    assert greets.reply(b"onStatus") == b"onStatus"


@pytest.mark.parametrize("name", [b"cam2", b"ca", b"", b"CAM"])
@pytest.mark.parametrize("size", [1, 10_000])
def test_another_name_is_refused_over_rtmp(name: bytes, size: int) -> None:
    said = PUBLISH.replace(b"\x00\x03cam", len(name).to_bytes(2, "big") + name)
    with pytest.raises(SourceRefused, match="another name"):
        passed(RtmpGreeting(RTMP), said, size)


def test_no_name_is_not_waited_for() -> None:
    with pytest.raises(SourceRefused, match="did not say"):
        passed(RtmpGreeting(RTMP), bytes(100_000), 1000)


@pytest.mark.parametrize("size", [1, 50, 10_000])
def test_rtsp_is_made_out_to_the_one_who_listens(size: int) -> None:
    greets = RtspGreeting(RTSP, BASE)
    record = request("RECORD") + b"$\x00\x00\x04data"
    said = [request("OPTIONS"), ANNOUNCE, request("SETUP", "a/cam/streamid=0", TCP), record]
    forward, back = passed(greets, b"".join(said), size)
    assert forward == b"".join(said).replace(b"rtsp://camera.lan:8554/", BASE.encode())
    assert (back, greets.done) == (b"", True)


def test_media_over_udp_is_answered_and_not_counted() -> None:
    greets = RtspGreeting(RTSP, BASE)
    greets.push(ANNOUNCE)
    asked = request("SETUP", "a/cam/streamid=0", UDP, seq=8)
    assert greets.push(asked) == (
        b"",
        b"RTSP/1.0 461 Unsupported Transport\r\nCSeq: 8\r\n\r\n",
    )
    forward, back = greets.push(request("SETUP", "a/cam/streamid=0", TCP, seq=9))
    assert (b"CSeq: 8\r\n" in forward, back) == (True, b"")
    assert greets.reply(b"RTSP/1.0 200 OK\r\nCSeq: 8\r\n\r\n") == (
        b"RTSP/1.0 200 OK\r\nCSeq: 9\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (request("ANNOUNCE", "a/cam2", body="v=0"), "another name"),
        (request("ANNOUNCE", "cam", body="v=0"), "another name"),
        (request("DESCRIBE"), "does not publish"),
        (request("SETUP", "a/cam", TCP), "does not publish"),
        (b"GET / HTTP/1.1\r\n\r\n", "no RTSP request"),
        (b"\x00\xff" * 40_000, "too long"),
        (request("ANNOUNCE", body="v" * 70_000)[:-1], "too long"),
    ],
)
def test_who_is_not_let_in_over_rtsp(said: bytes, words: str) -> None:
    with pytest.raises(SourceRefused, match=words):
        RtspGreeting(RTSP, BASE).push(said)


def test_which_greeting_is_expected() -> None:
    assert isinstance(greeting(RTMP, 9), RtmpGreeting)
    assert isinstance(greeting(RTSP, 9), RtspGreeting)
