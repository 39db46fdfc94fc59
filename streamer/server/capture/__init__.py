"""Pictures and films over plain HTTP: what is live, and what is past."""
