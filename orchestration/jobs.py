"""The jobs: which tables run together. What a table reads and writes stands in the table."""

from typing import TYPE_CHECKING

import dagster as dg

from lakehouse.lake import Lake
from lakehouse.registry import Table
from lakehouse.settings import Settings
from orchestration.freshness import judged_apart
from orchestration.keys import key_of

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as AssetJob

AFTER_THE_MODEL = ("predictions", "monitoring")
OF_THE_MODEL = ("training", "models")


def jobs_of(lake: Lake) -> "list[AssetJob]":
    """`nightly` and its two halves `build_history` and `score_and_watch`, `train`, `backfill_features` and `watch_drift`."""
    tables = lake.tables.values()
    night = [table for table in tables if table.layer not in OF_THE_MODEL]
    before = [table for table in night if table.layer not in AFTER_THE_MODEL]
    after = [table for table in night if table.layer in AFTER_THE_MODEL]
    model = [table for table in tables if table.layer in OF_THE_MODEL]
    features = [table for table in tables if table.layer in ("partials", "features")]
    drift = [table for table in tables if table.name == "monitoring.drift"]
    return [
        _job("nightly", night, "Land, clean, compute, score and watch one day, or a range of days.", lake),
        _job("build_history", before, "The night without scoring and watching.", lake),
        _job("score_and_watch", after, "The rest of the night: score a day that is built, and measure its drift.", lake),
        _job("train", model, "Make the training set, train, and judge a new version.", lake),
        _job("backfill_features", features, "Recompute features, and the daily sums they are made of, over a range of days.", lake),
        _job("watch_drift", drift, "Measure drift over a range of days.", lake),
    ]


def executor_of(settings: Settings) -> dg.ExecutorDefinition:
    """In one process against one warm engine; several, preloaded, where the settings say so."""
    if settings.executor == "in_process":
        return dg.in_process_executor
    preload = {"preload_modules": ["pyspark.sql.connect.session", "great_expectations", "assets.house"]}
    return dg.multiprocess_executor.configured({"start_method": {"forkserver": preload}})


def _job(name: str, tables: list[Table], description: str, lake: Lake) -> "AssetJob":
    return dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(*(key_of(table.name) for table in tables)) - judged_apart(lake),
        description=description,
        executor_def=executor_of(lake.settings),
    )
