"""What a worker logs, told to the server, whose log says when it was and of which stream."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from streamer.media.border_end import BorderEnd

_LOGGER = logging.getLogger("streamer")


@contextmanager
def logging_to(border: BorderEnd) -> Iterator[None]:
    """Tell the server of warnings; a worker knows neither its stream nor how the server logs."""
    handler = _Handler(border)
    _LOGGER.addHandler(handler)
    try:
        yield
    finally:
        _LOGGER.removeHandler(handler)


class _Handler(logging.Handler):
    def __init__(self, border: BorderEnd) -> None:
        super().__init__(logging.WARNING)
        self._border = border

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):
            self._border.send_control("log", text=self.format(record))
