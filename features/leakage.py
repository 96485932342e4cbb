"""Puts a training set through its paces: does any feature hold what only became known after the example's moment?

Each feature is found anew by the point-in-time join, once as of the example's moment and once as of a later one. A value other than
the first is wrong; one equal to the second is the future.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    from pyspark.sql import functions as F

    names = [name for rows in tables for name in rows.columns]
    found = point_in_time(training, _as(tables, THEN), as_of).withColumn(LATER_AT, F.col(as_of) + F.lit(later))
    found = point_in_time(found, _as(tables, LATER), LATER_AT)
    counts = [count for name in names for count in _counts(name)]
    figures = found.agg(F.count(F.lit(1)).alias("examples"), *counts).collect()[0].asDict()
    every = [Leak(name, figures["examples"], figures[_count(name, THEN)] or 0, figures[_count(name, LATER)] or 0) for name in names]
    return sorted((leak for leak in every if leak.differing), key=lambda leak: (-leak.differing, leak.column))


def _as(tables: Sequence[FeatureRows], prefix: str) -> list[FeatureRows]:
    """The tables with their columns renamed, so that they stand beside the training set's own."""
    from pyspark.sql import functions as F

    renamed = []
    for rows in tables:
        beside = {f"{prefix} {name}": F.col(f"`{name}`") for name in rows.columns}
        renamed.append(replace(rows, frame=rows.frame.withColumns(beside), columns=tuple(beside)))
    return renamed


def _counts(name: str) -> list[Column]:
    from pyspark.sql import functions as F

    own, then, later = (F.col(f"`{column}`") for column in (name, f"{THEN} {name}", f"{LATER} {name}"))
    differs = ~own.eqNullSafe(then)
    return [
        F.sum(F.when(differs, 1)).alias(_count(name, THEN)),
        F.sum(F.when(differs & own.eqNullSafe(later), 1)).alias(_count(name, LATER)),
    ]


def _count(name: str, of: str) -> str:
    return f"{of} differs {name}"
