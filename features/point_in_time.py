"""Joins examples to feature tables as of a moment: what had happened by then, as far as it was known by then.

A feature row says since when it is true (`event_at`) and since when that could be known (`known_at`). An example sees, of the rows
of its own keys with both at or before its moment, the one that is true since last. Of several true since the same moment it
sees the one known last (a correction stands above what it corrects), and of several known at the same moment the one whose values,
column by column, are largest: a rule that any order of rows, files and tasks gives the same answer to.

Which features there are, and what they mean, stands beside their functions; whether a training set keeps to this, in `leakage`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING

from features.as_of_moments import first_seen, key_names, moments_of
from features.measures.union import together
from lakehouse.days import starts_at
from lakehouse.errors import FeatureError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


@dataclass(frozen=True)
class FeatureRows:
    """Rows of features and their two times, both timestamps; `known_at` None where a row is known when it happens.

    `columns` are joined to the examples under their own names. `max_age`: a row true since longer ago is not seen any more.
    `absent`: by column, its value where no row is seen, or the row seen has none.
    """

    frame: DataFrame
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    event_at: str = "event_at"
    known_at: str | None = "known_at"
    max_age: timedelta | None = None
    absent: Mapping[str, float] = field(default_factory=dict)

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
    """The examples with the columns of every table, null (or what `absent` says) where no row was true and known by the timestamp `as_of`.

    Every example comes back once, those that are alike too; one with a null key or moment sees nothing. Tables of the same keys are
    gone through together. A row is held against the moments of its own keys, and passed on to the first that sees it.
    Raises FeatureError where a column is missing, or would stand twice, or a key is of another type.
    """
    _refuse_unfit(examples, tables, as_of)
    numbered = list(enumerate(tables))
    alike = [[pair for pair in numbered if pair[1].keys == keys] for keys in dict.fromkeys(rows.keys for rows in tables)]
    # The moments are those of the examples as they came: asked of what is found so far, each further key would double the plan.
    found = reduce(lambda found, some: _with_seen(found, some, as_of, moments_of(examples, some[0][1].keys, as_of)), alike, examples)
    return found.select(*_named(examples.columns), *(name for rows in tables for name in _named(rows.columns)))


def _with_seen(examples: DataFrame, tables: Sequence[tuple[int, FeatureRows]], as_of: str, moments: DataFrame) -> DataFrame:
    """The examples with the columns of tables that have the same keys, as of those moments of these keys."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    keys = tables[0][1].keys
    names = key_names(keys)
    line = together([_line(rows, f"row_{n}") for n, rows in tables])
    at_once = first_seen(line, moments, names).groupBy("slot").agg(*(F.max(f"row_{n}").alias(f"row_{n}") for n, _ in tables))
    so_far = Window.partitionBy(*names).orderBy("moment").rowsBetween(Window.unboundedPreceding, Window.currentRow)
    seen = moments.join(at_once, "slot", "left").select(
        *names, "moment", *(F.max(f"row_{n}").over(so_far).alias(f"row_{n}") for n, _ in tables)
    )
    same = [F.col(f"e.`{name}`") == F.col(f"s.{number}") for number, name in zip(names, keys, strict=True)]
    joined = examples.alias("e").join(seen.alias("s"), [*same, F.col(f"e.`{as_of}`") == F.col("s.moment")], "left")
    return joined.select("e.*", *(column for n, rows in tables for column in _columns(rows, f"s.row_{n}")))


def _line(rows: FeatureRows, name: str) -> DataFrame:
    """key_0…, `at` from when a row was true and known, and the row, which the largest is seen of."""
    from pyspark.sql import functions as F

    event_at, known_at = (F.col(f"`{time}`") for time in rows.times)
    values = [F.col(f"`{column}`").alias(_value(n)) for n, column in enumerate(rows.columns)]
    whole = F.struct(event_at.alias("event_at"), known_at.alias("known_at"), *values).alias(name)
    stated = " AND ".join(f"`{column}` IS NOT NULL" for column in (*rows.times, *rows.keys))
    keys = [F.col(f"`{key}`").alias(number) for number, key in zip(key_names(rows.keys), rows.keys, strict=True)]
    return rows.frame.where(stated).select(*keys, F.greatest(event_at, known_at).alias("at"), whole)


def _columns(rows: FeatureRows, seen: str) -> list[Column]:
    """The columns of the row seen, null where it is too old by the moment."""
    from pyspark.sql import functions as F

    fresh = F.lit(True) if rows.max_age is None else F.col(f"{seen}.event_at") >= F.col("s.moment") - F.lit(rows.max_age)
    found = {column: F.when(fresh, F.col(f"{seen}.{_value(n)}")) for n, column in enumerate(rows.columns)}
    absent = {column: F.coalesce(found[column], F.lit(value)) for column, value in rows.absent.items()}
    return [value.alias(column) for column, value in (found | absent).items()]


def _named(columns: Sequence[str]) -> list[str]:
    return [f"`{name}`" for name in columns]


def _value(number: int) -> str:
    return f"value_{number}"


def _refuse_unfit(examples: DataFrame, tables: Sequence[FeatureRows], as_of: str) -> None:
    taken, types = list(examples.columns), dict(examples.dtypes)
    if types.get(as_of) != "timestamp":
        raise FeatureError(f"the examples need a timestamp column {as_of}; they have {', '.join(taken)}")
    for number, rows in enumerate(tables, 1):
        wanted = (*rows.keys, *rows.columns, *rows.times)
        lacking = [name for name in wanted if name not in rows.frame.columns] + [key for key in rows.keys if key not in examples.columns]
        if lacking:
            raise FeatureError(f"feature table {number}: column {', '.join(dict.fromkeys(lacking))} is missing")
        unlike = [
            f"{name} is {kind}, the examples' is {types[name]}"
            for name, kind in rows.frame.dtypes
            if name in rows.keys and kind != types[name]
        ]
        if unlike:
            raise FeatureError(f"feature table {number}: key {', '.join(unlike)}; cast one of them")
        twice = [name for name in rows.columns if name in taken]
        if twice:
            raise FeatureError(f"feature table {number}: column {', '.join(twice)} would stand twice among the examples; rename it")
        taken += rows.columns
