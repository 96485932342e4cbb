"""Sensors: they read small Delta tables without the engine, let a pure policy decide, and say why in the run's tags."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pyarrow.dataset as ds

from lakehouse.days import DayRange
from lakehouse.publishing.publish_ledgers import record_run
from lakehouse.tables.lake import Lake
from models.versions import VERSIONS
from monitoring.policy import POLICY, Decision, Policy, decide
from orchestration.partitions import range_tags
from orchestration.runs import ASKED_BY, RECORDED, ledger_row

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as AssetJob

DRIFT = "monitoring.drift"
REASON = "greenhouse/reason"
EVERY_SECONDS = 300
DAYS_LOOKED_AT = 60


def train_on_drift(lake: Lake, job: "AssetJob") -> dg.SensorDefinition:
    """Ask for `train` when the policy finds the serving model's inputs or scores drifted."""

    @dg.sensor(
        name="train_on_drift", job=job, minimum_interval_seconds=EVERY_SECONDS, default_status=dg.DefaultSensorStatus.STOPPED,
        description="Trains when K of the last N days drifted from what the champion was trained on.",
    )  # fmt: skip
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        last, decision = judge(lake, POLICY)
        if last is None or not decision.train:
            return dg.SkipReason(decision.reason)
        tags = {
            **range_tags(DayRange(lake.shop.first_day, last)),
            ASKED_BY: f"sensor train_on_drift: {decision.reason}",
            REASON: decision.reason,
        }
        # One request for a day of drift: a tick that is repeated asks for nothing new.
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=f"drift-{last}", tags=tags)], cursor=str(last))

    return sensor


def judge(lake: Lake, policy: Policy) -> tuple[date | None, Decision]:
    """The last day with drift figures for the serving version, and what the policy says of it."""
    if not lake.exists(DRIFT) or not lake.exists(VERSIONS):
        return None, Decision(False, "there is no drift to judge yet: no night has been watched")
    table = lake.arrow(DRIFT, filter=ds.field("day") >= _newest(lake) - timedelta(days=DAYS_LOOKED_AT))
    rows = table.to_pylist()
    if not rows:
        return None, Decision(False, "no night has been watched yet")
    last = max(rows, key=lambda row: row["day"])
    same = [row for row in rows if (row["model_name"], row["model_version"]) == (last["model_name"], last["model_version"])]
    return last["day"], decide(same, policy, last_trained_day(lake))


def last_trained_day(lake: Lake) -> date | None:
    """The day as of which a version was trained last, whether it won or not: the cooldown counts from there."""
    rows = lake.arrow(VERSIONS, columns=["as_of_day"]).to_pylist()
    return max((row["as_of_day"] for row in rows), default=None)


def runs_sensor(lake: Lake) -> dg.SensorDefinition:
    """Write runs of the UI, the schedule and the sensors to the run ledger (those of the command line write themselves)."""

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS, name="runs_on_success", default_status=dg.DefaultSensorStatus.RUNNING,
        description="Writes each finished run to monitoring.runs.",
    )  # fmt: skip
    def sensor(context: dg.RunStatusSensorContext) -> None:
        _record(lake, context.dagster_run, context.instance)

    return sensor


def failures_sensor(lake: Lake) -> dg.SensorDefinition:
    """The same for runs that failed."""

    @dg.run_failure_sensor(
        name="runs_on_failure", default_status=dg.DefaultSensorStatus.RUNNING, description="Writes each failed run to monitoring.runs."
    )
    def sensor(context: dg.RunFailureSensorContext) -> None:
        _record(lake, context.dagster_run, context.instance)

    return sensor


def _record(lake: Lake, run: dg.DagsterRun, instance: dg.DagsterInstance) -> None:
    if RECORDED in run.tags:
        return
    record = instance.get_run_record_by_id(run.run_id)
    began, ended = _moment(record.start_time if record else None), _moment(record.end_time if record else None)
    record_run(lake, ledger_row(run, began, ended, run.status == dg.DagsterRunStatus.SUCCESS, _asked(run.tags)))


def _asked(tags: dict[str, str]) -> DayRange | None:
    first = tags.get("dagster/asset_partition_range_start") or tags.get("dagster/partition")
    last = tags.get("dagster/asset_partition_range_end") or first
    return DayRange.parse(first, last) if first else None


def _moment(seconds: float | None) -> datetime:
    return datetime.fromtimestamp(seconds, UTC) if seconds else datetime.now(UTC)


def _newest(lake: Lake) -> date:
    return max(lake.partition_days(DRIFT), default=date.min + timedelta(days=DAYS_LOOKED_AT))
