"""Rows whose keys other rows have too, found by grouping (a window over the keys costs twice as much)."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def any_duplicates(frame: DataFrame, keys: Sequence[str]) -> DataFrame:
    """One row with `duplicates`: 0 where no two rows share their keys, more where some may.

    Equal keys have equal hashes, so 0 is exact; grouping 8-byte hashes is cheaper than grouping the keys.
    """
    key = F.xxhash64(*_columns(keys)).alias("key")
    groups = frame.select(key).groupBy("key").agg(F.count(F.lit(1)).alias("rows"))
    return groups.where("rows > 1").agg(F.count(F.lit(1)).alias("duplicates"))


def duplicates_by_partition(frame: DataFrame, keys: Sequence[str], part: Column) -> DataFrame:
    """Rows (part, duplicates): exactly how many rows of each partition share their keys with a row of any partition."""
    named = {f"k{number}": column for number, column in enumerate(_columns(keys))}
    cells = frame.select(*(column.alias(name) for name, column in named.items()), part.cast("string").alias("part"))
    cells = cells.groupBy(*named, "part").agg(F.count(F.lit(1)).alias("rows"))
    places = F.collect_list(F.struct("part", "rows")).alias("places")
    groups = cells.groupBy(*named).agg(F.sum("rows").alias("all_rows"), places).where("all_rows > 1")
    return groups.select(F.inline("places")).groupBy("part").agg(F.sum("rows").alias("duplicates"))


def duplicated_keys(frame: DataFrame, keys: Sequence[str]) -> DataFrame:
    """The keys that more than one row has."""
    counted = frame.select(*(column.alias(name) for name, column in zip(keys, _columns(keys), strict=True)))
    return counted.groupBy(*(f"`{key}`" for key in keys)).count().where("count > 1").drop("count")


def _columns(keys: Sequence[str]) -> list[Column]:
    return [F.col(f"`{key}`") for key in keys]
