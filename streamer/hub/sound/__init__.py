"""A stream's sound, beside its renditions: who listens, to what, and what is sent to each."""
