"""Finds features that are infinite before anything is scored from them: no model takes such a value, and a worker's error would name no table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from models.errors import ModelError
from models.feature_list import FEATURE_TABLES, Feature, FeatureList

if TYPE_CHECKING:
    from lakehouse.tables.run import Run


def refuse_infinite(run: Run, features: FeatureList, days: Sequence[date]) -> None:
    """Read the feature tables' real numbers of those days, at the run's versions and without the engine.

    Raises ModelError naming the feature, its table and a day.
    """
    for grain, table in FEATURE_TABLES.items():
        real = {column.name for column in run.lake.contract(table).columns if column.spark_type in ("double", "float")}
        asked = [feature for feature in features.columns(grain) if feature.column in real and feature.is_needed]
        if asked and days:
            _refuse(run, table, asked, days)


def _refuse(run: Run, table: str, asked: Sequence[Feature], days: Sequence[date]) -> None:
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    for feature in asked:
        wanted = ds.field("day").isin(list(days)) & pc.is_inf(ds.field(feature.column))
        found = run.lake.arrow(table, run.version_of(table), ["day"], wanted)
        if found.num_rows:
            raise ModelError(
                f"{feature.said} is infinite in {found.num_rows} rows, first on {pc.min(found['day'])}: nothing can be scored from it; "
                "mend the feature and publish those days again"
            )
