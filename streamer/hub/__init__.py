"""The hub: streams, channels and workers of one process; no PyAV, no web framework."""
