"""A worker's side of the border: what it sends to the server, and what the server wants of it."""

import os
import socket
import threading
from collections.abc import Mapping
from typing import Any

from streamer.border import CONTROL, RecordReader, pack_control, pack_media_head, parse_control
from streamer.clock import Clock
from streamer.rendition import Description, Rendition, parse
from streamer.sound import Form, SoundDescription

BEAT_US = 1_000_000
_SMALL_BYTES = 4096  # what is copied in less time than it takes to wake the server twice


class BorderEnd:
    """The socket to the server.

    The pipeline's thread sends, and any that has a warning for the log. A thread of its own reads:
    it replaces `demand` and `sound_demand` as a whole and collects keyframe requests, and when the
    server goes away it ends this process at once, whatever FFmpeg is waiting for.
    """

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self._sock = sock
        self._clock = clock
        self._beat_us = 0
        self._corrupt = 0
        self._keyframes: set[int] = set()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._asked = threading.Event()
        self._again = threading.Event()
        self.sent = 0
        self.demand: Mapping[int, Rendition] = {}
        self.sound_demand: frozenset[Form] = frozenset()
        threading.Thread(target=self._read, name="control", daemon=True).start()

    def send_media(self, message: bytes) -> None:
        """Send one wire message."""
        head = pack_media_head(len(message))
        with self._sending:
            if len(message) <= _SMALL_BYTES:
                self._sock.sendall(head + message)
            else:
                self._sock.sendall(head)
                self._sock.sendall(message)
        self.sent += 1

    def send_control(self, kind: str, **fields: Any) -> None:
        """Send one control record."""
        with self._sending:
            self._sock.sendall(pack_control({"type": kind, **fields}))

    def describe(self, index: int, description: Description) -> None:
        """Say what the next media messages of a rendition are."""
        self.send_control("description", rendition=index, **description.as_json())

    def describe_sound(self, form: Form, description: SoundDescription) -> None:
        """Say what the next messages of a form of sound are."""
        self.send_control("sound", form=form, **description.as_json())

    def beat(self) -> None:
        """Show that the pipeline is alive; sends once a second at most."""
        now = self._clock.monotonic_us()
        if now - self._beat_us >= BEAT_US:
            self._beat_us = now
            self.send_control("beat", corrupt=self._corrupt)

    def count_corrupt(self) -> None:
        """Count a packet that could not be used; the next beat tells."""
        self._corrupt += 1

    def take_keyframes(self) -> set[int]:
        """The renditions for which a keyframe was asked since the last call."""
        if not self._keyframes:
            return set()
        with self._lock:
            taken, self._keyframes = self._keyframes, set()
        return taken

    def wait_for_demand(self, timeout_s: float) -> bool:
        """Wait until the server has said what it wants, and return whether it has."""
        return self._asked.wait(timeout_s)

    def wait_to_try_again(self) -> None:
        """Wait until the server asks for another try, for as long as there is a server."""
        self._again.wait()
        self._again.clear()

    def _read(self) -> None:
        reader = RecordReader()
        try:
            while count := self._sock.recv_into(reader.buffer()):
                record = reader.filled(count)
                if record is not None and record[0] == CONTROL:
                    self._obey(parse_control(record[1]))
        finally:
            # The server is gone or broken; nobody is left to work for.
            os._exit(0)

    def _obey(self, body: dict[str, Any]) -> None:
        if body["type"] == "demand":
            wanted = body["renditions"]
            self.demand = {int(index): parse(name) for index, name in wanted.items()}
            self.sound_demand = frozenset(map(Form, body["sound"]))
            self._asked.set()
        elif body["type"] == "again":
            self._again.set()
        elif body["type"] == "keyframe":
            with self._lock:
                self._keyframes.add(int(body["rendition"]))
