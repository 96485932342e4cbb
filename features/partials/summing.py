"""How lines become daily sums that can be added up again: by key, day of the event, and day by whose end it was known."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.measures.union import together


def summed(lines: Sequence[DataFrame], keys: Sequence[str], measures: Sequence[str], *others: Column) -> DataFrame:
    """One row per day, keys and known day: the sum of each measure over all lines, 0 where none has it, and what `others` aggregate.

    What becomes known later is a row of its own, so that the rows that stand never change.
    """
    sums = [F.coalesce(F.sum(name), F.lit(0)).alias(name) for name in measures]
    return together(lines).groupBy("day", *keys, "known_day").agg(*sums, *others)
