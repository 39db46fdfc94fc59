"""What an address of a source says of it, and that no password shows."""

import pytest

from streamer.address import redact
from streamer.parsing import parse

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"rtsp://user:{SECRET}@cam:554/1", "rtsp://***@cam:554/1"),
        (f"rtsp://{SECRET}@cam/1", "rtsp://***@cam/1"),
        (f"rtsp://us%40er:{SECRET}%2F%40@cam/1", "rtsp://***@cam/1"),
        (f"rtsp://user:a@{SECRET}@cam/1", "rtsp://***@cam/1"),
        (f"rtsp://user:a/{SECRET}@cam/1", "rtsp://***@cam/1"),
        (f"rtsp://user:#{SECRET}?@cam/1", "rtsp://***@cam/1"),
        (f"rtsp://user:a:{SECRET}@[::1]:554/1", "rtsp://***@[::1]:554/1"),
        (
            f"http://cam/video?user=a&password={SECRET}&x=1",
            "http://cam/video?user=a&password=***&x=1",
        ),
        (f"http://cam/v?AccessToken={SECRET}#t", "http://cam/v?AccessToken=***#t"),
        (
            f"rtsp://cam/user=admin_password={SECRET}_channel=1",
            "rtsp://cam/user=admin_password=***",
        ),
        ("http://cam:8080/at@the/end", "http://cam:8080/at@the/end"),
        ("http://cam/at@the/end", "http://cam/at@the/end"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("clip.mp4", "clip.mp4"),
        ("pattern:64x64", "pattern:64x64"),
    ],
)
def test_an_address_is_shown_without_its_passwords(text: str, shown: str) -> None:
    assert parse(text).shown == shown
    assert redact(f"Then {text} and more.").startswith(f"Then {shown}")


def test_a_file_name_that_is_not_utf8_can_be_shown() -> None:
    address = parse("caf\udce9.mp4")
    assert (address.target, address.shown) == ("caf\udce9.mp4", "caf?.mp4")


@pytest.mark.parametrize(
    ("text", "live", "back"),
    [
        ("a.mp4", False, False),
        ("pattern:", False, False),
        ("rtsp://h", True, True),
        ("exec:x", True, True),
        ("-", True, False),
        ("image:a.png", False, True),
        ("screen:", True, True),
        ("dir:a", False, False),
        ("listen:rtsp://h:1/a", True, True),
    ],
)
def test_what_is_live_and_may_come_back(text: str, live: bool, back: bool) -> None:
    assert (parse(text).is_live, parse(text).comes_back) == (live, back)


def test_a_rate_is_no_password() -> None:
    assert parse("pattern:64x64@30").shown == "pattern:64x64@30"


@pytest.mark.parametrize(
    ("text", "open_always"),
    [("-", True), ("listen:rtmp://h:1/a/b", True), ("a.mp4", False), ("udp://:5000", False)],
)
def test_what_must_stay_open(text: str, open_always: bool) -> None:
    assert parse(text).must_stay_open is open_always


def test_of_a_command_only_the_program_is_shown() -> None:
    assert parse(f"exec:/bin/cam --user u --pin {SECRET}").shown == "exec:/bin/cam"
    assert parse("-").shown == "standard input"
    assert parse("publish:").shown == "a publisher"
