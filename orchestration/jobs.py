"""The jobs: which tables run together. What a table reads and writes stands in the table."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import dagster as dg

from lakehouse.settings import Settings
from lakehouse.tables.lake import Lake
from lakehouse.tables.registry import Table
from orchestration.freshness import judged_apart
from orchestration.keys import key_of

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as AssetJob

AFTER_THE_MODEL = ("predictions", "monitoring")
OF_THE_MODEL = ("training", "models")


# Each builds what nights before it left unbuilt; whoever asks for some tables or a table alone asks for those days.
NIGHTS = ("nightly", "build_history", "score_and_watch")
DESCRIPTIONS = {
    "nightly": "Land, clean, compute, score and watch one day, or a range of days, and every landed day that no night built.",
    "build_history": "The night without scoring and watching.",
    "score_and_watch": "The rest of the night: score a day that is built, and measure its drift.",
    "train": "Make the training set, train, and judge a new version.",
    "backfill_features": "Recompute features, and the daily sums they are made of, over a range of days.",
    "watch_drift": "Measure drift over a range of days.",
}


def jobs_of(lake: Lake) -> "list[AssetJob]":
    """`nightly` and its two halves `build_history` and `score_and_watch`, `train`, `backfill_features` and `watch_drift`."""
    return [_job(name, tables_of(name, lake), description, lake) for name, description in DESCRIPTIONS.items()]


def tables_of(job: str, lake: Lake) -> list[Table]:
    """The tables that a job makes."""
    chosen: dict[str, Callable[[Table], bool]] = {
        "nightly": lambda table: table.layer not in OF_THE_MODEL,
        "build_history": lambda table: table.layer not in (*OF_THE_MODEL, *AFTER_THE_MODEL),
        "score_and_watch": lambda table: table.layer in AFTER_THE_MODEL,
        "train": lambda table: table.layer in OF_THE_MODEL,
        "backfill_features": lambda table: table.layer in ("partials", "features"),
        "watch_drift": lambda table: table.name == "monitoring.drift",
    }
    return [table for table in lake.tables.values() if chosen[job](table)]


def catches_up(run: dg.DagsterRun, lake: Lake) -> bool:
    """Whether a run is a whole night, and not some of its tables that somebody chose."""
    if run.job_name not in NIGHTS:
        return False
    whole = {key_of(table.name) for table in tables_of(run.job_name, lake)}
    return not run.asset_selection or set(run.asset_selection) >= whole


def executor_of(settings: Settings) -> dg.ExecutorDefinition:
    """In one process against one warm engine; several, preloaded, where the settings say so."""
    if settings.executor == "in_process":
        return dg.in_process_executor
    preload = {"preload_modules": ["pyspark.sql.connect.session", "great_expectations", "assets.open_lake"]}
    return dg.multiprocess_executor.configured({"start_method": {"forkserver": preload}})


def _job(name: str, tables: list[Table], description: str, lake: Lake) -> "AssetJob":
    return dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(*(key_of(table.name) for table in tables)) - judged_apart(lake),
        description=description,
        executor_def=executor_of(lake.settings),
    )
