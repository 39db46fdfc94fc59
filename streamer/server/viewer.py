"""One viewer's WebSocket: control messages in, control and media messages out."""

import logging
from collections.abc import Awaitable, Callable

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from streamer import control
from streamer.clock import Clock
from streamer.control import Ack, Keyframe, Pause, Ping, Play, Quality, Resume, dump
from streamer.errors import BadMessage, PeerError, PeerTimeout
from streamer.hub.channel import Channel
from streamer.hub.state import State
from streamer.hub.stream import Stream
from streamer.hub.subscription import Subscription

log = logging.getLogger(__name__)

PLAY_WITHIN_S = 10.0
SEND_WITHIN_S = 30.0


class Viewer:
    """What one viewer asked for and gets. Knows no socket."""

    def __init__(self, stream: Stream, clock: Clock) -> None:
        self.subscription = Subscription(self._ask_keyframe)
        self.playing = anyio.Event()
        self.state = stream.state
        self._stream = stream
        self._clock = clock
        self._play: Play | None = None
        self._channel: Channel | None = None
        self._paused = False
        self._failure: PeerError | None = None

    def enter(self) -> None:
        """Greet, and attach to the stream."""
        self._say(control.Hello(self._stream.name, self._clock.wall_us()))
        self._stream.attach(self)

    def leave(self) -> None:
        """Detach from the stream and its channel."""
        self._unsubscribe()
        self._stream.detach(self)

    def state_changed(self, state: State) -> None:
        """Tell the viewer."""
        self.state = state
        self._say(state.message(self._clock.monotonic_us()))

    def catalog_changed(self, catalog: control.Catalog) -> None:
        """Tell the viewer, and choose again."""
        self._say(catalog)
        self._subscribe()

    def handle(self, text: str) -> None:
        """Obey one control message.

        Raises:
            BadMessage: malformed, or media wanted before `play`.
        """
        message = control.parse_client(text)
        if self._play is None and not isinstance(message, Play | Ping):
            raise BadMessage(f"The first message must be 'play', not '{message.type}'.")
        match message:
            case Play():
                self.play(message)
            case Quality():
                log.info("event=quality stream=%s reason=%r", self._stream.name, message.reason)
                self._choose(message.renditions)
            case Ack():
                self._acknowledge(message)
            case Ping():
                now_us = self._clock.wall_us()
                self._say(control.Pong(message.id, message.client_us, now_us))
            case Pause() | Resume():
                self._pause(isinstance(message, Pause))
            case Keyframe():
                self._ask_keyframe()

    def play(self, wanted: Play) -> None:
        """Send what is wanted, as soon as the stream has it."""
        self._play = wanted
        self._subscribe()
        self.playing.set()

    def fail(self, exc: PeerError) -> None:
        """Note a failure, to be raised in the viewer's own task, and end the session."""
        self._failure = self._failure or exc
        self.subscription.close()

    def check(self) -> None:
        """Raise the failure that was noted."""
        if self._failure is not None:
            raise self._failure

    def _choose(self, renditions: tuple[str, ...]) -> None:
        play = self._play
        if play is not None:
            self._play = Play(
                renditions, play.codecs, play.width, play.height, play.max_latency_ms
            )
            self._subscribe()

    def _acknowledge(self, ack: Ack) -> None:
        done = ack.received if ack.decoded is None else ack.decoded
        if done is not None:
            self.subscription.ack(done)

    def _pause(self, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            self._subscribe()

    def _subscribe(self) -> None:
        self._unsubscribe()
        if self._play is None or self._paused:
            return
        try:
            self._channel = self._stream.subscribe(
                self._play.renditions, self._play.codecs, self.subscription
            )
        except BadMessage as exc:
            self.fail(exc)

    def _unsubscribe(self) -> None:
        if self._channel is not None:
            self._stream.unsubscribe(self._channel, self.subscription)
            self._channel = None
        self.subscription.clear()

    def _ask_keyframe(self) -> None:
        if self._channel is not None:
            self._stream.request_keyframe(self._channel)

    def _say(self, message: control.ServerMessage) -> None:
        try:
            self.subscription.say(dump(message))
        except PeerError as exc:
            self.fail(exc)


async def serve_viewer(socket: WebSocket, stream: Stream, clock: Clock) -> None:
    """Serve an accepted viewer until it leaves.

    Raises:
        PeerError: the viewer broke the protocol; the caller closes with its code.
    """
    viewer = Viewer(stream, clock)
    viewer.enter()
    try:
        async with anyio.create_task_group() as group:
            for job in (_receive, _send, _expect_play):
                group.start_soon(_until_done, job, socket, viewer, group.cancel_scope)
    finally:
        viewer.leave()
    viewer.check()


Job = Callable[[WebSocket, Viewer], Awaitable[None]]


async def _until_done(
    job: Job, socket: WebSocket, viewer: Viewer, scope: anyio.CancelScope
) -> None:
    try:
        await job(socket, viewer)
    except PeerError as exc:
        viewer.fail(exc)
    except (WebSocketDisconnect, OSError, TimeoutError):
        log.debug("event=viewer-left")
    scope.cancel()


async def _receive(socket: WebSocket, viewer: Viewer) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None:
            raise BadMessage("A viewer sends text messages only; binary is the server's.")
        viewer.handle(text)


async def _send(socket: WebSocket, viewer: Viewer) -> None:
    while (item := await viewer.subscription.next()) is not None:
        with anyio.fail_after(SEND_WITHIN_S):
            if isinstance(item, str):
                await socket.send_text(item)
            else:
                await socket.send({"type": "websocket.send", "bytes": item})


async def _expect_play(_socket: WebSocket, viewer: Viewer) -> None:
    with anyio.move_on_after(PLAY_WITHIN_S):
        await viewer.playing.wait()
    if not viewer.playing.is_set():
        raise PeerTimeout(f"No 'play' within {PLAY_WITHIN_S:.0f} s; send it first.")
    await anyio.sleep_forever()
