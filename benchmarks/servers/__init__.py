"""The servers under test: each fans out the same bytes to every WebSocket that connects."""
