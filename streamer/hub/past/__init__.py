"""The last seconds of a stream, kept in memory, and going back to them."""
