"""Any video source on a browser canvas, over plain WebSockets."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamer.client.publish.publisher import Publisher
    from streamer.client.publish.show import imshow
    from streamer.client.view.viewer import Viewer

__version__ = "0.1.0"
__all__ = ["Publisher", "Viewer", "imshow"]

_HOMES = {
    "Publisher": "streamer.client.publish.publisher",
    "Viewer": "streamer.client.view.viewer",
    "imshow": "streamer.client.publish.show",
}


def __getattr__(name: str) -> Any:
    """Load what publishes or watches, and PyAV with it, when asked for: a server never asks."""
    if name not in _HOMES:
        raise AttributeError(f"module 'streamer' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
