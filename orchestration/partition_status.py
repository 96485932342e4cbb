"""Tells Dagster of days that a publish built beside those it was asked for, so that the UI shows each day as it is."""

import uuid
from datetime import date

import dagster as dg
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata
from dagster._core.storage.partition_status_cache import AssetPartitionStatus

from lakehouse.publishing.built_days import BuiltDays
from lakehouse.publishing.publication import Publication
from lakehouse.tables.lake import Lake
from orchestration.keys import key_of
from orchestration.partitions import days_of, shop_days


def report_built(context: dg.AssetExecutionContext, lake: Lake, done: Publication) -> None:
    """Write a materialization for each day that is built and that Dagster does not know to be: caught up, restated, or told to nobody
    because a run was killed. One batch, however many."""
    days = _untold(context, lake, done)
    batch, step = uuid.uuid4().hex, context.get_step_execution_context()
    for number, day in enumerate(days, 1):
        told = dg.AssetMaterialization(key_of(done.table), partition=str(day), metadata={"publish_id": done.publish_id})
        DagsterEvent.asset_materialization(step, told, DagsterEventBatchMetadata(batch, is_end=number == len(days)))


def _untold(context: dg.AssetExecutionContext, lake: Lake, done: Publication) -> list[date]:
    definition = shop_days(lake.shop)
    others = BuiltDays(lake).built(done.table).difference(days_of(context))
    known = {day for day in others if definition.has_partition_key(str(day))}
    status = context.instance.get_status_by_partition(key_of(done.table), [str(day) for day in known], definition) if known else {}
    return sorted(day for day in known if (status or {}).get(str(day)) != AssetPartitionStatus.MATERIALIZED)
