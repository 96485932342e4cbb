"""A table's name as Dagster's asset key."""

import dagster as dg


def key_of(table: str) -> dg.AssetKey:
    """`layer.name` as an asset key."""
    return dg.AssetKey(table.split("."))
