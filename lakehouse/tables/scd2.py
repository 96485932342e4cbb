"""The history of a dimension's rows (slowly changing dimension, type 2; Kimball & Ross, The Data Warehouse Toolkit, 3rd ed., 2013, ch. 5).

A version of a key stands from the day on which the shop first said so until before the day on which it said otherwise, or took the key
away; saying the same again begins no version. Which of several rows of one day counts belongs in `merge`, versions of pulled rows in
`change_capture`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.contracts.model import HISTORY_COLUMNS, IS_CURRENT, VALID_FROM, VALID_TO, Contract

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.days import DayRange

# When a version was known follows from the day it began; it makes no version of its own.
_NOT_SAID = (*HISTORY_COLUMNS, "known_at")


def alone() -> dict[str, Column]:
    """`HISTORY_COLUMNS` of a selected row as if its key had never said anything else: it stands until its source took the key away."""
    from pyspark.sql import functions as F

    return {VALID_FROM: F.col("file_day"), VALID_TO: F.col("gone_day"), IS_CURRENT: F.col("gone_day").isNull()}


def in_versions(df: DataFrame, contract: Contract) -> DataFrame:
    """Rows of a key, one a `valid_from`, as its versions: each ends where the next begins, and none repeats the one before.

    A `valid_to` that a row brings says when the key was taken away, which also ends it.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    of_one = Window.partitionBy(*contract.entity_key)
    in_time = of_one.orderBy(VALID_FROM)
    said = F.struct(*[c.name for c in contract.columns if c.merge == "newest" and c.name not in (*contract.primary_key, *_NOT_SAID)])
    returned = F.coalesce(F.lag(VALID_TO).over(in_time) <= F.col(VALID_FROM), F.lit(False))
    is_change = returned | ~F.lag(said).over(in_time).eqNullSafe(said)
    changed = df.withColumn("is_change", is_change).where("is_change").drop("is_change")
    ends = F.least(VALID_TO, F.lead(VALID_FROM).over(in_time))
    earliest = {c.name: F.min(c.name).over(of_one) for c in contract.columns if c.merge == "earliest"}
    return changed.withColumns({VALID_TO: ends, IS_CURRENT: ends.isNull(), **earliest})


def current(df: DataFrame) -> DataFrame:
    """The version of each key that stands now."""
    return df.where(IS_CURRENT)


def last(df: DataFrame, contract: Contract) -> DataFrame:
    """The last version of each key: the one that stands now, or stood when the key was taken away."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    later = F.lead(VALID_FROM).over(Window.partitionBy(*contract.entity_key).orderBy(VALID_FROM))
    return df.withColumn("later", later).where("later IS NULL").drop("later")


def valid_in(df: DataFrame, days: DayRange) -> DataFrame:
    """The versions valid on any of the days."""
    return df.where(f"{VALID_FROM} <= date'{days.last}' AND ({VALID_TO} IS NULL OR {VALID_TO} > date'{days.first}')")


def as_of(rows: DataFrame, versions: DataFrame, keys: list[str], columns: list[str]) -> DataFrame:
    """The rows with `columns` of the version of their key valid on their `day`; null where there was none. No row is added or lost."""
    from pyspark.sql import functions as F

    valid = versions.select(*keys, F.col(VALID_FROM).alias("version_from"), F.col(VALID_TO).alias("version_to"), *columns)
    on = [F.col(f"r.{key}") == F.col(f"v.{key}") for key in keys]
    on += [F.col("r.day") >= F.col("v.version_from"), F.coalesce(F.col("r.day") < F.col("v.version_to"), F.lit(True))]
    joined = rows.alias("r").join(valid.alias("v"), on, "left")
    return joined.select("r.*", *[f"v.{name}" for name in columns])
