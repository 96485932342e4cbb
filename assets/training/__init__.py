"""The tables a model learns from. Fitting and judging belong in `models/`."""
