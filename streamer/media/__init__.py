"""Media: everything that touches PyAV; runs inside worker processes."""
