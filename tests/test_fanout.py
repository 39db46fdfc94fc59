"""The side door to a viewer's socket, and the short way in: byte for byte, on real sockets.

On both event loops that serve, and, where the way matters, over TLS too.
"""

import asyncio
import contextlib

import anyio
import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

from streamer.hub.delivery.message import Message, pack_frame
from streamer.server.fanout import EXTENSION, MAX_UNTAKEN, READ_BYTES
from streamer.server.inbound import Boundary, unmask, whole_text
from streamer.wire import HEADER_SIZE, SUBPROTOCOL
from tests.asgi import H264, TIMEOUT_S, Site
from tests.media_messages import fragment, jpeg
from tests.sockets import connected, viewing

PAYLOADS = (0, 125, 126, 65535, 65536)
BUFFER = 32 * 1024
MASK = b"\x01\x02\xfe\xff"
bare_and_tls = pytest.mark.parametrize("tls", [False, True], ids=["bare", "tls"])


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Both loops: Python's own, and the one that uvicorn takes where it is installed."""
    return "asyncio", {"use_uvloop": request.param}


def message(size: int, number: int = 0) -> Message:
    return Message(fragment(bytes([number % 251]) * size), number, 0)


@bare_and_tls
@pytest.mark.parametrize("size", PAYLOADS)
@pytest.mark.anyio
async def test_frames_are_what_a_client_expects(size: int, tls: bool) -> None:
    payload = bytes(each % 251 for each in range(size))
    assert pack_frame(0x82, payload) == Frame(Opcode.BINARY, payload).serialize(mask=False)
    async with viewing(tls=tls) as (client, _, wire):
        wire.write(pack_frame(0x82, payload))
        wire.send_text("x" * size)
        assert await client.frames(2) == [(Opcode.BINARY, payload), (Opcode.TEXT, b"x" * size)]


@bare_and_tls
@pytest.mark.anyio
async def test_order_holds_while_the_socket_is_full_and_after(tls: bool) -> None:
    async with viewing(BUFFER, tls=tls) as (client, _, wire):
        sent: list[tuple[Opcode, bytes]] = []
        for number in range(10):
            each = message(60_000, number)
            whole = wire.send(each)
            wire.send_text(f"{number}")
            sent += [(Opcode.BINARY, bytes(each.data)), (Opcode.TEXT, str(number).encode())]
        assert not whole
        assert wire.unsent() > 0
        assert wire.lane(lambda: None) is None
        # uvicorn's own frame takes its place behind them.
        client.protocol.send_ping(b"in between")
        await client.flush()
        assert await client.frames(len(sent)) == sent
        assert await client.frames(1) == [(Opcode.PONG, b"in between")]
        assert wire.send(message(10)) is not tls, "TLS has to buffer"
        assert len(await client.frames(1)) == 1


@pytest.mark.anyio
async def test_a_lane_takes_what_fits_and_the_wire_finishes_it() -> None:
    async with viewing(BUFFER) as (client, _, wire):
        closed: list[int] = []
        lane = wire.lane(lambda: closed.append(1))
        assert lane is not None
        frame, sent = message(300_000, 7).frame, 0
        while (written := lane.send(frame)) == len(frame):
            sent += 1
        assert closed == []
        wire.finish(frame, written)
        assert closed == [1]
        assert wire.unsent() > 0
        client.protocol.send_ping(b"!")
        await client.flush()
        got = await client.frames(sent + 2)
        assert [data for _, data in got[:-1]] == [frame[10:]] * (sent + 1)
        assert got[-1] == (Opcode.PONG, b"!")


@pytest.mark.anyio
async def test_nothing_is_written_once_it_closes() -> None:
    async with viewing() as (client, _, wire):
        closed: list[int] = []
        lane = wire.lane(lambda: closed.append(1))
        wire.send_text("last")
        wire.close()
        assert closed == [1]
        assert wire.send(message(10))
        wire.send_text("too late")
        wire.finish(message(10).frame, 3)
        assert wire.lane(lambda: None) is None
        assert lane is not None
        assert await client.frames(1) == [(Opcode.TEXT, b"last")]
        assert await client.next() == b""


@pytest.mark.anyio
async def test_a_lost_connection_closes_the_lane() -> None:
    async with viewing() as (client, _, wire):
        closed = asyncio.Event()
        wire.lane(closed.set)
        client.close()
        with anyio.fail_after(TIMEOUT_S):
            await closed.wait()
        assert wire._socket is None
        assert wire.lane(lambda: None) is None
        assert wire.send(message(10))


@bare_and_tls
@pytest.mark.anyio
async def test_a_viewer_is_heard_by_the_short_way_and_the_long_way(tls: bool) -> None:
    ack = '{"type":"ack","received":7}'
    long = "ä" * 300
    async with viewing(tls=tls) as (client, session, _):
        await client.say(ack)
        await client.say(long)
        assert await session.hears(2) == [ack, long]
        # Two in one segment, and one in two: the parser's.
        frame = Frame(Opcode.TEXT, ack.encode()).serialize(mask=True)
        await client.put(frame + frame)
        assert await session.hears(4) == [ack, long, ack, ack]
        for cut in (1, 4, 9):
            count = len(session.texts)
            await client.put(frame[:cut])
            await client.put(frame[cut:])
            assert (await session.hears(count + 1))[count:] == [ack]
        assert session.events == []


@pytest.mark.anyio
async def test_little_is_asked_of_the_kernel_at_once() -> None:
    """As asyncio allocates all that it asks for, each time."""
    async with viewing() as (client, session, wire):
        assert getattr(wire._transport, "max_size", READ_BYTES) == READ_BYTES  # uvloop has none
        said = "x" * (3 * READ_BYTES)
        await client.say(said)
        assert await session.hears(1) == [said]


@bare_and_tls
@pytest.mark.anyio
async def test_a_message_in_several_frames_is_one_text(tls: bool) -> None:
    parts = [
        Frame(Opcode.TEXT, b'{"ty', fin=False),
        Frame(Opcode.PING, b"now"),
        Frame(Opcode.CONT, b'pe":', fin=False),
        Frame(Opcode.CONT, b'"ping"}'),
    ]
    async with viewing(tls=tls) as (client, session, _):
        for part in parts:
            for each in part.serialize(mask=True):
                await client.put(bytes([each]))
        await client.say("next")
        assert await session.hears(2) == ['{"type":"ping"}', "next"]
        assert await client.frames(1) == [(Opcode.PONG, b"now")]


@bare_and_tls
@pytest.mark.anyio
async def test_what_looks_like_a_frame_inside_a_frame_is_none(tls: bool) -> None:
    inner = Frame(Opcode.TEXT, b"inner").serialize(mask=True)
    key = b"\0\0\0\0"
    outer = bytes((0x81, 0x80 | len(inner))) + key
    async with viewing(tls=tls) as (client, session, _):
        await client.put(outer)
        await anyio.lowlevel.checkpoint()
        await client.put(inner)
        (text,) = await session.hears(1)
        assert text == inner.decode("utf-8", "replace")


@bare_and_tls
@pytest.mark.anyio
async def test_binary_goes_to_the_application(tls: bool) -> None:
    async with viewing(tls=tls) as (client, session, _):
        client.protocol.send_binary(b"\x81\x80")
        await client.flush()
        with anyio.fail_after(TIMEOUT_S):
            await session.heard.wait()
        assert session.events == [{"type": "websocket.receive", "bytes": b"\x81\x80"}]


@pytest.mark.anyio
async def test_how_long_messages_may_be_can_be_said() -> None:
    async with viewing() as (client, session, _):
        assert session.protocol is not None
        session.protocol.take_messages(100)
        for size in (100, 101):
            session.heard.clear()
            client.protocol.send_binary(bytes(size))
            await client.flush()
            with anyio.fail_after(TIMEOUT_S):
                await session.heard.wait()
        taken, refused = session.events
        assert (len(taken["bytes"]), refused["code"]) == (100, 1009)


@pytest.mark.anyio
async def test_without_the_side_door_a_viewer_is_served_by_mailbox() -> None:
    site = Site()
    async with connected(site.app, WebSocketsSansIOProtocol) as (client, made):
        assert EXTENSION not in made.scope["extensions"]
        assert client.protocol.subprotocol == SUBPROTOCOL
        hello, _ = await client.frames(2)
        assert b'"hello"' in hello[1]
        await client.say('{"type":"play","renditions":["jpeg"],"codecs":["jpeg"]}')
        await client.say('{"type":"ping","id":1,"client_us":5}')
        assert b'"pong"' in (await client.frames(1))[0][1]
        site.cam.open(H264)
        assert b'"catalog"' in (await client.frames(1))[0][1]
        site.cam.publish(jpeg(b"picture", 2))
        ((opcode, data),) = await client.frames(1)
        assert (opcode, data[HEADER_SIZE:]) == (Opcode.BINARY, b"picture")


@pytest.mark.parametrize("size", [0, 1, 3, 4, 125, 126, 1000, 65535])
def test_whole_text_is_what_the_parser_reads(size: int) -> None:
    payload = bytes(each % 127 for each in range(size))
    data = Frame(Opcode.TEXT, payload).serialize(mask=True)
    assert whole_text(data) == payload
    for other in (data[:-1], data + b"x", b"\x01" + data[1:], b"\x82" + data[1:], data[:5]):
        assert whole_text(other) is None
    assert whole_text(Frame(Opcode.TEXT, payload).serialize(mask=False)) is None
    assert unmask(MASK, unmask(MASK, payload)) == payload


@pytest.mark.parametrize("step", [2, 6, 7, 100, 1 << 20])
def test_the_boundary_is_where_frames_end(step: int) -> None:
    boundary = Boundary()
    for size in (1, 126, 65536):
        data = Frame(Opcode.TEXT, bytes(size)).serialize(mask=True)
        for at in range(0, len(data), max(step, 14)):
            assert boundary.is_here == (at == 0)
            boundary.passed(data[at : at + max(step, 14)])
    assert boundary.is_here
    boundary.passed(b"\x81")
    assert not boundary.is_here


@pytest.mark.anyio
async def test_room_in_the_socket_is_left_to_what_is_buffered() -> None:
    async with viewing(BUFFER) as (client, _, wire):
        big = message(300_000)
        assert not wire.send(big)
        # The kernel has room again before the transport gets its turn.
        with contextlib.suppress(BlockingIOError):
            while data := client.sock.recv(1 << 16):
                client.protocol.receive_data(data)
        wire.send_text("after")
        assert await client.frames(2) == [
            (Opcode.BINARY, bytes(big.data)),
            (Opcode.TEXT, b"after"),
        ]


@pytest.mark.anyio
async def test_over_tls_nothing_passes_the_transport_by() -> None:
    async with viewing(tls=True) as (client, _, wire):
        assert wire.lane(lambda: None) is None
        assert not wire.send(message(100, 1)), "handed over, not sent"
        wire.send_text("and then")
        wire.close()
        assert wire.send(message(100, 2))
        got = await client.frames(2)
        assert [opcode for opcode, _ in got] == [Opcode.BINARY, Opcode.TEXT]
        assert await client.next() == b""


@pytest.mark.anyio
async def test_what_a_viewer_over_tls_does_not_take_is_counted() -> None:
    async with viewing(BUFFER, tls=True) as (client, _, wire):
        for number in range(20):
            wire.send(message(100_000, number))
        assert wire.unsent() > 100_000
        assert len(await client.frames(20)) == 20
        with anyio.fail_after(TIMEOUT_S):
            while wire.unsent():
                await anyio.lowlevel.checkpoint()


@bare_and_tls
@pytest.mark.anyio
async def test_a_viewer_that_asks_and_takes_no_answers_is_dropped(tls: bool) -> None:
    async with viewing(BUFFER, tls=tls) as (_, session, wire):
        wire.send(message(300_000))
        most = 0
        while not wire.is_closing() and most <= 2 * MAX_UNTAKEN:
            wire.send_text("x" * 1000)
            most = max(most, wire.unsent())
        assert MAX_UNTAKEN < most < MAX_UNTAKEN + 400_000
        with anyio.fail_after(TIMEOUT_S):
            await session.heard.wait()
        assert session.events[-1]["type"] == "websocket.disconnect"


@pytest.mark.anyio
async def test_one_that_takes_them_in_the_end_may_ask_on() -> None:
    async with viewing(BUFFER) as (client, _, wire):
        for _ in range(3):
            wire.send(message(300_000))
            for _ in range(MAX_UNTAKEN // 2000):
                wire.send_text("x" * 1000)
            await client.frames(1 + MAX_UNTAKEN // 2000)
        assert not wire.is_closing()


@bare_and_tls
@pytest.mark.anyio
async def test_whoever_answers_no_ping_and_takes_nothing_is_dropped(tls: bool) -> None:
    """A close alone would wait until it takes what is unsent: for ever, if it is there at all."""
    async with viewing(BUFFER, tls=tls) as (_, session, wire):
        wire.send(message(300_000))
        assert session.protocol is not None
        session.protocol.keepalive_timeout()
        with anyio.fail_after(TIMEOUT_S):
            await session.heard.wait()
        assert session.events[-1]["type"] == "websocket.disconnect"


@pytest.mark.anyio
async def test_whoever_answers_no_ping_and_takes_all_is_told() -> None:
    async with viewing() as (client, session, wire):
        wire.send(message(100))
        assert session.protocol is not None
        session.protocol.keepalive_timeout()
        assert [opcode for opcode, _ in await client.frames(2)] == [Opcode.BINARY, Opcode.CLOSE]
