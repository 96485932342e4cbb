"""Publishes a table: read at fixed versions, compute, conform, audit, then one commit. What is not audited is never visible."""

from __future__ import annotations

import time
import uuid
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.contracts.model import Contract
from lakehouse.days import DayRange, as_spans
from lakehouse.engine.few_row_plans import run_for
from lakehouse.errors import AuditFailed
from lakehouse.publishing import commit, invalidation
from lakehouse.publishing.built_days import BuiltDays
from lakehouse.publishing.commit_audited import commit_audited
from lakehouse.publishing.days_to_write import Plan, planned
from lakehouse.publishing.engine_stops import stopped
from lakehouse.publishing.held import is_of_few_rows, most_here
from lakehouse.publishing.missing_history import built_check, later_columns
from lakehouse.publishing.publication import Audited, Publication
from lakehouse.publishing.publish_ledgers import standing_checks
from lakehouse.publishing.publish_silver import publish_silver
from lakehouse.publishing.refusal import refuse_holes, refused_beside
from lakehouse.publishing.table_lock import table_lock
from lakehouse.tables.audit_report import Auditor
from lakehouse.tables.lake import Lake, in_days
from lakehouse.tables.run import Run, RunInfo

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def publish(lake: Lake, name: str, days: DayRange, auditor: Auditor, info: RunInfo) -> Publication:
    """Publish one table for a range of days.

    Raises AuditFailed (the published version stands) where an `error` check failed, PublishError where rows lie outside
    the days written or the engine stops, SourceError where it stops in the shop's SELECT, and whatever the inputs raise. Days written beside those asked for, caught up or marked stale, hold up no other
    where they are refused: they are left out, and told.
    """
    refused: dict[date, str] = {}
    with table_lock(lake.settings, name):
        while True:
            run = Run(lake, lake.tables[name], days, info, uuid.uuid4().hex, refused=refused)
            try:
                return _attempt(run, auditor)
            except AuditFailed as failed:
                if not (beside := refused_beside(failed.report, lake.contract(name).partition, run.written, {*days, *refused})):
                    raise
                refused |= dict.fromkeys(beside, failed.message)


def _attempt(run: Run, auditor: Auditor) -> Publication:
    """Publish, and tell where the engine stops what it stopped at."""
    from pyspark.errors import PySparkException

    try:
        return _publish(run, auditor)
    except PySparkException as error:
        raise stopped(run, error) from None  # its own words may quote a person, its plan the pseudonyms' key


def _publish(run: Run, auditor: Auditor) -> Publication:
    lake, name = run.lake, run.table.name
    began, known = time.monotonic(), BuiltDays(lake)
    run.built = known.built(name)
    plan = planned(run, known)
    run.written = plan.days
    if not run.written:
        if not lake.exists(name):
            commit.ensure_table(lake, name)
        _follow(run, plan)
        return _nothing_new(run, plan, began)
    contract = lake.contract(name)
    refuse_holes(run, contract, built_check(run, known))
    for told in later_columns(run):
        run.note(told)
    commit.ensure_table(lake, name)
    computed = _of_days_written(run, run.table.compute(run), contract)
    run.most_here = most_here(run, contract)
    with run_for(run.spark, few=is_of_few_rows(run, contract)):
        publish_rows = publish_silver if contract.layer == "silver" else commit_audited
        done = publish_rows(run, computed, contract, auditor)
    _follow(run, plan)
    return _publication(run, plan, done, began)


def _of_days_written(run: Run, computed: DataFrame, contract: Contract) -> DataFrame:
    """A function that makes a range of days makes those between as well, which stand as they are."""
    makes_ranges = not (run.table.restates or run.table.plan) and contract.partition == "day"
    return computed.where(in_days("day", run.written)) if makes_ranges and len(as_spans(run.written)) > 1 else computed


def _follow(run: Run, plan: Plan) -> None:
    """What a publish leaves behind beside its rows; safe to repeat, so a run cut off here is made good by the next."""
    invalidation.refreshed(run, plan.marks)
    if run.table.after:
        run.table.after(run)


def _nothing_new(run: Run, plan: Plan, began: float) -> Publication:
    version = run.lake.version(run.table.name) if run.lake.exists(run.table.name) else None
    checks, seconds = standing_checks(run.lake, run.table.name), time.monotonic() - began
    return Publication(
        run.table.name, run.publish_id, version, 0, (), checks, {}, {}, 0, seconds, tuple(run.notes), tuple(map(str, plan.marks))
    )


def _publication(run: Run, plan: Plan, done: Audited, began: float) -> Publication:
    return Publication(
        run.table.name, run.publish_id, done.version, done.report.rows, run.written, done.report.checks + done.extra_checks,
        done.report.rows_by_day, dict(run.input_versions), done.quarantine.rows if done.quarantine else 0, time.monotonic() - began,
        tuple(run.notes), tuple(map(str, plan.marks)), done.quarantine.books if done.quarantine else None,
    )  # fmt: skip
