"""The load benchmark: how many viewers a server carries, and how old their pictures are."""
