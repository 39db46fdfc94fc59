"""Latency and load measurement."""
