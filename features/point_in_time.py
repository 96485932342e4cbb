"""Joins examples to feature tables as of a moment: what had happened by then, as far as it was known by then.

A feature row says since when it is true (`event_at`) and since when that could be known (`known_at`). An example sees, of the rows
of its own keys with both at or before its moment, the one that is true since last. Of several true since the same moment it
sees the one known last (a correction stands above what it corrects), and of several known at the same moment the one whose values,
column by column, are largest: a rule that any order of rows, files and tasks gives the same answer to.

Which features there are, and what they mean, stands beside their functions; whether a training set keeps to this, in `leakage`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING

from lakehouse.days import starts_at
from lakehouse.errors import FeatureError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


@dataclass(frozen=True)
class FeatureRows:
    """Rows of features and their two times, both timestamps; `known_at` None where a row is known when it happens.

    `columns` are joined to the examples under their own names. `max_age`: a row true since longer ago is not seen any more.
    """

    frame: DataFrame
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    event_at: str = "event_at"
    known_at: str | None = "known_at"
    max_age: timedelta | None = None

    @property
    def times(self) -> tuple[str, str]:
        """The columns that say since when a row is true, and since when that is known."""
        return self.event_at, self.known_at or self.event_at


def daily(frame: DataFrame, keys: Sequence[str], columns: Sequence[str], time_zone: str, max_age_days: int | None = None) -> FeatureRows:
    """The rows of a table by `day`: true, and known, from the end of that day in the shop's time zone."""
    from pyspark.sql import functions as F

    end = starts_at(F.date_add("day", 1), time_zone)
    age = None if max_age_days is None else timedelta(days=max_age_days)
    return FeatureRows(frame.withColumn("day_end_at", end), tuple(keys), tuple(columns), "day_end_at", None, age)


def point_in_time(examples: DataFrame, tables: Sequence[FeatureRows], as_of: str = "as_of") -> DataFrame:
    """The examples with the columns of every table, null where no row was true and known by the timestamp `as_of`.

    Every example comes back once, those that are alike too; one with a null key or moment sees nothing. One shuffle a table, and
    no row is compared with more than its neighbours, so that many rows of one key cost no more than rows of many.
    Raises FeatureError where a column is missing, or would stand twice.
    """
    _refuse_unfit(examples, tables, as_of)
    return reduce(lambda found, rows: _seen(found, rows, as_of), tables, examples)


def _seen(examples: DataFrame, rows: FeatureRows, as_of: str) -> DataFrame:
    """The examples with the columns of one table: both stand in one line of time, and each example takes the largest row before it."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    in_time = Window.partitionBy(*_keys(rows)).orderBy("at").rangeBetween(Window.unboundedPreceding, Window.currentRow)
    line = _example_line(examples, rows, as_of).unionByName(_feature_line(rows), allowMissingColumns=True)
    seen = line.select("example", "at", F.max("row").over(in_time).alias("seen")).where("example IS NOT NULL")
    fresh = F.lit(True) if rows.max_age is None else F.col("seen.event_at") >= F.col("at") - F.lit(rows.max_age)
    columns = [F.when(fresh, F.col(f"seen.{_value(n)}")).alias(name) for n, name in enumerate(rows.columns)]
    return seen.select("example.*", *columns)


def _example_line(examples: DataFrame, rows: FeatureRows, as_of: str) -> DataFrame:
    from pyspark.sql import functions as F

    whole = F.struct(*(F.col(f"`{name}`") for name in examples.columns)).alias("example")
    return examples.select(*_keyed(rows), F.col(f"`{as_of}`").alias("at"), whole)


def _feature_line(rows: FeatureRows) -> DataFrame:
    from pyspark.sql import functions as F

    event_at, known_at = (F.col(f"`{name}`") for name in rows.times)
    values = [F.col(f"`{name}`").alias(_value(n)) for n, name in enumerate(rows.columns)]
    whole = F.struct(event_at.alias("event_at"), known_at.alias("known_at"), *values).alias("row")
    stated = " AND ".join(f"`{name}` IS NOT NULL" for name in (*rows.times, *rows.keys))
    return rows.frame.where(stated).select(*_keyed(rows), F.greatest(event_at, known_at).alias("at"), whole)


def _keyed(rows: FeatureRows) -> list[Column]:
    from pyspark.sql import functions as F

    return [F.col(f"`{name}`").alias(key) for name, key in zip(rows.keys, _keys(rows), strict=True)]


def _keys(rows: FeatureRows) -> list[str]:
    return [f"key_{n}" for n in range(len(rows.keys))]


def _value(number: int) -> str:
    return f"value_{number}"


def _refuse_unfit(examples: DataFrame, tables: Sequence[FeatureRows], as_of: str) -> None:
    taken = list(examples.columns)
    if dict(examples.dtypes).get(as_of) != "timestamp":
        raise FeatureError(f"the examples need a timestamp column {as_of}; they have {', '.join(taken)}")
    for number, rows in enumerate(tables, 1):
        wanted = (*rows.keys, *rows.columns, *rows.times)
        lacking = [name for name in wanted if name not in rows.frame.columns] + [key for key in rows.keys if key not in examples.columns]
        if lacking:
            raise FeatureError(f"feature table {number}: column {', '.join(dict.fromkeys(lacking))} is missing")
        twice = [name for name in rows.columns if name in taken]
        if twice:
            raise FeatureError(f"feature table {number}: column {', '.join(twice)} would stand twice among the examples; rename it")
        taken += rows.columns
