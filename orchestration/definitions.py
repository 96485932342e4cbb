"""The code location: every table of the home's shop as assets, with jobs, schedule and sensors. Loaded by `workspace.yaml`."""

import logging

import dagster as dg

from assets.open_lake import open_lake
from lakehouse.settings import load_settings
from lakehouse.tables.lake import Lake
from orchestration.factory import asset_of
from orchestration.freshness import freshness_checks, freshness_job, freshness_schedule
from orchestration.jobs import executor_of, jobs_of
from orchestration.schedules import nightly_schedule
from orchestration.sensors import failures_sensor, runs_sensor, train_on_drift
from orchestration.tending import tend_job, weekly_schedule

# Where Dagster decides which step of a run is next.
PLAN = "dagster._core.execution.plan.active"


def definitions_of(lake: Lake) -> dg.Definitions:
    """Everything Dagster knows of one shop's lake."""
    logging.getLogger(PLAN).addFilter(_is_news)
    jobs, tend = {job.name: job for job in jobs_of(lake)}, tend_job(lake)
    fresh = freshness_checks(lake)
    watch = freshness_job(fresh)
    return dg.Definitions(
        assets=[asset_of(table, lake) for table in lake.tables.values()],
        asset_checks=[fresh],
        jobs=[*jobs.values(), tend, watch],
        schedules=[nightly_schedule(lake.shop, jobs["nightly"]), weekly_schedule(lake, tend), freshness_schedule(lake, watch)],
        sensors=[train_on_drift(lake, jobs["train"]), runs_sensor(lake), failures_sensor(lake)],
        executor=executor_of(lake.settings),  # of what people materialise without a job
    )


def _is_news(record: logging.LogRecord) -> bool:
    """Not that a table of which nothing was there to judge holds nothing up: that is said of every check, and of each table made of it."""
    return not str(record.msg).startswith("Blocking asset check")


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of this home. Opens no engine: that happens when something is materialised."""
    return definitions_of(open_lake(load_settings()))
