"""Watching the data and the model: profiles, drift, and the policy that decides whether to train again.

Checks of a table before it is published belong in `expectations/`. This package may use `models/`; never the other way round.
"""
