"""Benchmarks: what fan-out costs, against others on the same work; `make bench` runs them."""
