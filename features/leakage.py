"""Puts a training set through its paces: does any feature hold what only became known after the example's moment?

Each feature is found anew by the point-in-time join, once as of the example's moment and once as of a later one. A value other than
the first is wrong; one equal to the second is the future.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from features.point_in_time import FeatureRows, point_in_time

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

THEN, LATER, LATER_AT = "then", "later", "later_at"


@dataclass(frozen=True)
class Leak:
    """A feature that is not as it was known: in `differing` of the examples, of which `as_known_later` hold the later value."""

    column: str
    examples: int
    differing: int
    as_known_later: int


def leaks(training: DataFrame, tables: Sequence[FeatureRows], as_of: str = "as_of", later: timedelta = timedelta(days=7)) -> list[Leak]:
    """The features of a training set that differ from what was known at `as_of`, worst first; none where all is well.

    `training` holds `as_of`, the tables' keys and their columns, in any number of rows. Raises FeatureError as the join does.
    """
    counts: dict[str, int] = {}
    for rows in tables:  # one at a time: all at once, the engine plans for minutes, and holds all that it joins
        found = point_in_time(_with(training, rows, as_of), _as([rows], THEN), as_of)
        counts |= _counted(found, {name: ~_is(name, THEN) for name in rows.columns})
    if not (differing := {name: rows for name, rows in counts.items() if rows}):
        return []
    examples = training.count()
    future = _futures(training, [_only(rows, differing) for rows in tables], as_of, later)
    every = [Leak(name, examples, rows, future[name]) for name, rows in differing.items()]
    return sorted(every, key=lambda leak: (-leak.differing, leak.column))


def _futures(training: DataFrame, tables: Sequence[FeatureRows], as_of: str, later: timedelta) -> dict[str, int]:
    """By column, the examples that are not as they were known then, and are as known later: asked only where some are not."""
    from pyspark.sql import functions as F

    future: dict[str, int] = {}
    for rows in tables:
        if rows.columns:
            found = point_in_time(_with(training, rows, as_of), _as([rows], THEN), as_of).withColumn(LATER_AT, F.col(as_of) + F.lit(later))
            found = point_in_time(found, _as([rows], LATER), LATER_AT)
            future |= _counted(found, {name: ~_is(name, THEN) & _is(name, LATER) for name in rows.columns})
    return future


def _with(training: DataFrame, rows: FeatureRows, as_of: str) -> DataFrame:
    """The examples with what they say of one table."""
    return training.select(*(f"`{name}`" for name in dict.fromkeys((as_of, *rows.keys, *rows.columns))))


def _only(rows: FeatureRows, names: Collection[str]) -> FeatureRows:
    kept = tuple(name for name in rows.columns if name in names)
    return replace(rows, columns=kept, absent={name: value for name, value in rows.absent.items() if name in kept})


def _as(tables: Sequence[FeatureRows], prefix: str) -> list[FeatureRows]:
    """The tables with their columns renamed, so that they stand beside the training set's own."""
    from pyspark.sql import functions as F

    renamed = []
    for rows in tables:
        beside = {f"{prefix} {name}": F.col(f"`{name}`") for name in rows.columns}
        absent = {f"{prefix} {name}": value for name, value in rows.absent.items()}
        renamed.append(replace(rows, frame=rows.frame.withColumns(beside), columns=tuple(beside), absent=absent))
    return renamed


def _is(name: str, of: str) -> Column:
    """Whether the training set's own value is the one found as of then, or later."""
    from pyspark.sql import functions as F

    return F.col(f"`{name}`").eqNullSafe(F.col(f"`{of} {name}`"))


def _counted(frame: DataFrame, conditions: Mapping[str, Column]) -> dict[str, int]:
    """In how many rows each holds."""
    from pyspark.sql import functions as F

    found = frame.agg(*(F.count_if(condition).alias(name) for name, condition in conditions.items())).collect()[0]
    return {name: int(found[name]) for name in conditions}
