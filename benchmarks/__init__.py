"""Measurements of the kit: `python -m benchmarks` makes all of them."""
