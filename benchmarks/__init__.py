"""Benchmarks: each file one, its peer or limit beside it. Tests of correctness belong in `tests/`."""
