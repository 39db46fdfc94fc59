"""The marked pattern, sent to whoever takes it: `streamer pattern`."""
