"""Any video source on a browser canvas, over plain WebSockets."""

__version__ = "0.1.0"
