"""Sound: passed on as it is, or decoded and encoded to Opus."""
