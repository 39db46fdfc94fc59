"""Sources that try to make the server open, ask or show what is none of their business."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import StartRtsp, StartServer
from tests.integration.moving import CLIP
from tests.integration.peeking import SAMPLES, ask, assert_calm, offline_reason, workers
from tests.integration.processes import Process, wait_until
from tests.integration.test_inputs import png
from tests.integration.traps import Page, Trap, http_trap, rtsp_trap

OTHER = "127.0.0.2"  # this machine, and yet not the host that the operator named
LINGER_S = 20.0


def refusal(port: int, name: str) -> str:
    """The sentence with which a stream says that it cannot be shown."""
    answer = ask(port, f"/streams/{name}/snapshot.jpg")
    assert answer.status in (403, 503), answer
    sentence: str = answer.json["error"]
    assert "s3cr3t" not in sentence
    return sentence


def playlist(*names: str) -> bytes:
    items = "".join(f"#EXTINF:1,\n{name}\n" for name in names)
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{items}#EXT-X-ENDLIST\n".encode()


def local_files(folder: Path) -> dict[str, bytes]:
    """Files that would show another one, which is a film that could be shown."""
    described = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nt=0 0\n"
    film = (SAMPLES / "h264.mp4").read_bytes()
    return {
        "list.m3u8": playlist(CLIP, f"file:{CLIP}"),
        "list.mp4": playlist(CLIP),
        "master.m3u8": b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n" + CLIP.encode() + b"\n",
        "script.ffconcat": f"ffconcat version 1.0\nfile '{CLIP}'\n".encode(),
        "letter.ans": b"\x1b[31mDear camera,\x1b[0m\r\n" * 500,  # FFmpeg's "tty" draws text
        "raw.yuv": bytes(320 * 240 * 3),
        "raw.rgb": bytes(320 * 240 * 3),
        "graph.lavfi": f"movie={CLIP}".encode(),
        "other.sdp": (described + f"a=control:{CLIP}\nm=video 9 RTP/AVP 96\n").encode(),
        "bomb.png": png(16_000),
        "unknown.avi": (SAMPLES / "mjpeg.avi").read_bytes().replace(b"MJPG", b"ZZZZ"),
        "unknown.mp4": film.replace(b"avc1", b"zzzz"),
        "list.xspf": b"<playlist><track><location>" + CLIP.encode() + b"</location></track>",
        "manifest.mpd": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    }


def test_no_file_opens_another(serve: StartServer, tmp_path: Path) -> None:
    files = local_files(tmp_path)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    server = serve(*(f"{name}={tmp_path / name}" for name in files))
    for name in files:
        assert str(tmp_path / name) in refusal(server.port, name)
    assert_nothing_left(server.process)


def assert_nothing_left(server: Process) -> None:
    wait_until(lambda: not workers(server), "end of the workers", LINGER_S)
    assert_calm(server)


PRIVATE = {
    "file": f"file:{CLIP}",
    "concat": f"concat:{CLIP}|{CLIP}",
    "subfile": f"subfile,,start,0,end,0,,:{CLIP}",
    "async": f"async:{CLIP}",
    "cache": f"cache:{CLIP}",
    "data": "data:video/mp4;base64,AAAA",
    "crypto": f"crypto:{CLIP}",
}


def pages(other: str) -> dict[str, Page]:
    """What a server says that would have `other` asked, or local files opened."""
    key = f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{other}/key"\n'.encode()
    variant = f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{other}/own.m3u8\n".encode()
    mapped = f'#EXTM3U\n#EXT-X-MAP:URI="{other}/h264.mp4"\n'.encode()
    bodies = {
        **{f"/{each.name}": each.read_bytes() for each in SAMPLES.glob("*.[mt][ps]*")},
        **{f"/{kind}.m3u8": playlist(name) for kind, name in PRIVATE.items()},
        "/own.m3u8": playlist("/to-own.ts", "/mpeg2.ts"),
        "/other.m3u8": playlist(f"{other}/mpeg2.ts"),
        "/lured.m3u8": playlist("/to-other.ts"),
        "/later.m3u8": playlist("/mpeg2.ts", f"{other}/mpeg2.ts"),
        "/variant.m3u8": variant,
        "/key.m3u8": key + playlist("/mpeg2.ts").removeprefix(b"#EXTM3U\n"),
        "/map.m3u8": mapped + playlist("/h264.mp4").removeprefix(b"#EXTM3U\n"),
        "/bomb.png": png(16_000),
    }
    targets = {
        "/to-own.ts": "/mpeg2.ts",
        "/to-own.mp4": "h264.mp4",
        "/to-other.ts": f"{other}/mpeg2.ts",
        "/to-other.mp4": f"{other}/h264.mp4",
        "/to-file": f"file://{CLIP}",
    }
    found: dict[str, Page] = {path: (200, {}, body) for path, body in bodies.items()}
    return found | {path: (302, {"Location": url}, b"") for path, url in targets.items()}


@pytest.fixture
def web() -> Iterator[tuple[Trap, Trap]]:
    """A server that the operator names, and one that he does not; both have the same films."""
    named_pages: dict[str, Page] = {}
    with http_trap(named_pages) as named, http_trap(pages(""), OTHER) as other:
        named_pages.update(pages(other.url))
        yield named, other


def test_a_web_server_leads_nowhere_else(serve: StartServer, web: tuple[Trap, Trap]) -> None:
    named, other = web
    files = {f"{kind}.m3u8": "(leads to|answers, but with nothing)" for kind in PRIVATE}
    others = ("other.m3u8", "lured.m3u8", "variant.m3u8", "key.m3u8", "map.m3u8", "to-other.mp4")
    tried = {**files, **dict.fromkeys(others, "leads to 127.0.0.2"), "to-file": "leads to 'file:"}
    tried["bomb.png"] = ""
    base = named.url.replace("http://", "http://user:s3cr3t@")
    good = {"own": f"{base}/own.m3u8", "go": f"{base}/to-own.mp4"}
    sources = {path: f"{base}/{path}" for path in tried} | good
    server = serve("--always", *(f"{name}={url}" for name, url in sources.items()))
    for path, words in tried.items():
        assert re.match(
            rf"http://\*\*\*@127.0.0.1:\d+/{path} {words}", offline_reason(server.port, path)
        )
    assert other.asked == []
    for name in good:  # what is its own business is shown
        assert ask(server.port, f"/streams/{name}/snapshot.jpg").status == 200, name
    assert "s3cr3t" not in server.process.output
    assert_calm(server.process)


def test_a_playlist_is_watched_to_its_end(serve: StartServer, web: tuple[Trap, Trap]) -> None:
    named, other = web
    server = serve("--always", f"cam={named.url}/later.m3u8")
    assert " leads to 127.0.0.2" in offline_reason(server.port, "cam")
    assert other.asked == []


def test_a_camera_leads_to_no_other(serve: StartServer, rtsp: StartRtsp) -> None:
    camera = rtsp()
    answer = f"RTSP/1.0 302 Moved\r\nLocation: {camera.url('h264')}\r\n\r\n"
    with rtsp_trap(answer, OTHER) as lure, rtsp_trap(answer) as own, rtsp_trap("", OTHER) as loop:
        looping = f"RTSP/1.0 302 Moved\r\nLocation: {loop.url}/x\r\n\r\n"
        with rtsp_trap(looping, OTHER) as endless:
            named = {"lure": lure.url, "own": own.url, "endless": endless.url}
            server = serve("--always", *(f"{name}={url}/1" for name, url in named.items()))
            assert "leads to 127.0.0.1, an address of a private" in offline_reason(
                server.port, "lure"
            )
            shown = "/streams/own/snapshot.jpg"
            wait_until(lambda: ask(server.port, shown).status == 200, "picture", 30)
            assert offline_reason(server.port, "endless")  # stopped, whatever FFmpeg waits for
            assert_calm(server.process)


def test_a_session_description_asks_nobody(serve: StartServer, tmp_path: Path) -> None:
    """What a DESCRIBE or a file names as control addresses is not connected to."""
    with http_trap({}, OTHER) as web, rtsp_trap("", OTHER) as trap:
        body = (
            f"v=0\r\no=- 0 0 IN IP4 {OTHER}\r\ns=x\r\nt=0 0\r\na=control:{trap.url}/all\r\n"
            f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:{web.url}/track\r\n"
        )
        (tmp_path / "cam.sdp").write_text(body.replace("m=video 0", "m=video 9"))
        answer = (
            f"RTSP/1.0 200 OK\r\nContent-Base: {trap.url}/\r\nContent-Type: application/sdp\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        with rtsp_trap(answer) as camera:
            names = (f"cam={camera.url}/1", f"file=sdp:{tmp_path / 'cam.sdp'}")
            server = serve("--always", *names)
            assert offline_reason(server.port, "cam")
            assert offline_reason(server.port, "file")
            assert any(line.startswith("SETUP") for line in camera.asked)
        assert trap.asked + web.asked == []
        assert_calm(server.process)
