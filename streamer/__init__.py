"""Any video source on a browser canvas, over plain WebSockets."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamer.client.publish.publisher import Publisher
    from streamer.client.publish.show import imshow

__version__ = "0.1.0"
__all__ = ["Publisher", "imshow"]

_HOMES = {
    "Publisher": "streamer.client.publish.publisher",
    "imshow": "streamer.client.publish.show",
}


def __getattr__(name: str) -> Any:
    """Load what publishes, and PyAV with it, when it is asked for: a server never asks."""
    if name not in _HOMES:
        raise AttributeError(f"module 'streamer' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
