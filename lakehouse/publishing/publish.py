"""Publishes a table: read at fixed versions, compute, conform, audit, then one commit. What is not audited is never visible."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from lakehouse.contracts.model import Contract
from lakehouse.contracts.spark_schema import conform
from lakehouse.days import DayRange, as_spans
from lakehouse.errors import AuditFailed
from lakehouse.publishing import commit, conservation, invalidation, refused_rows
from lakehouse.publishing.built_days import FOLLOWS, BuiltDays
from lakehouse.publishing.column_backfill import beside_standing, concerned, refuse_alone
from lakehouse.publishing.days_to_write import Plan, partitions_owed, planned
from lakehouse.publishing.engine_stops import stopped
from lakehouse.publishing.held import Held, hold, most_here
from lakehouse.publishing.merge import merged, reduce_by_key
from lakehouse.publishing.missing_history import built_check, later_columns
from lakehouse.publishing.publish_ledgers import record_checks, standing_checks
from lakehouse.publishing.quarantine import Diversion, divert, quarantine_contract
from lakehouse.publishing.refusal import refuse, refuse_holes, refused_beside
from lakehouse.publishing.table_lock import table_lock
from lakehouse.tables.audit_report import Auditor, AuditReport, CheckResult
from lakehouse.tables.books import Books
from lakehouse.tables.commit_record import CommitRecord
from lakehouse.tables.lake import Lake, in_days
from lakehouse.tables.run import Run, RunInfo

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SHUFFLED_FROM_DAYS = 8


@dataclass(frozen=True)
class Publication:
    """What a publish did. `version` is None where there was nothing to write."""

    table: str
    publish_id: str
    version: int | None
    rows: int
    days: tuple[date, ...]
    checks: tuple[CheckResult, ...]
    rows_by_day: dict[str, int]
    input_versions: dict[str, int]
    quarantined: int
    seconds: float
    notes: tuple[str, ...] = ()
    recomputed: tuple[str, ...] = ()
    books: Books | None = None


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
                return _told(run, auditor)
            except AuditFailed as failed:
                if not (beside := refused_beside(failed.report, lake.contract(name).partition, run.written, {*days, *refused})):
                    raise
                refused |= dict.fromkeys(beside, failed.message)


def _told(run: Run, auditor: Auditor) -> Publication:
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
    is_diverted = contract.layer == "silver"
    done = _publish_diverted(run, computed, contract, auditor) if is_diverted else _publish_plain(run, computed, contract, auditor)
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


@dataclass(frozen=True)
class _Done:
    report: AuditReport
    version: int
    extra_checks: tuple[CheckResult, ...] = ()
    quarantine: _Quarantine | None = None


@dataclass(frozen=True)
class _Quarantine:
    """The quarantine's version that goes with a silver publish, its rows of the days written, and what became of every line."""

    version: int
    rows: int
    books: Books | None = None


def _publish_plain(
    run: Run,
    computed: DataFrame,
    contract: Contract,
    auditor: Auditor,
    split: Diversion | None = None,
    quarantine: _Quarantine | None = None,
) -> _Done:
    """`split`: the judged rows that the frame is picked from; `quarantine`: where the others of them stand."""
    rows, only = _with_standing(run, conform(computed, contract), contract), run.info.only_columns
    held = _held(run, rows, contract, split)
    try:
        df = replace(held, rows=refuse_alone(held.rows, contract, only)) if only else held
        report, stand = _judged(run, df.rows, contract, auditor)
        refuse(run, contract, report)
        if run.table.verify:
            run.table.verify(run, report.rows_by_day)
        _invalidate(run)
        version = _commit(run, df, contract, report, _record(run, quarantine))
    finally:
        held.release()
    record_checks(run, contract.table, report.checks, version)
    return _Done(report, version, stand, quarantine)


def _held(run: Run, rows: DataFrame, contract: Contract, split: Diversion | None) -> Held:
    """The rows to audit and write; what the engine holds already and nobody lays out anew it need not hold twice."""
    if split is None:
        return hold(rows, most_here(run, contract))
    has_standing = contract.merges or bool(run.info.only_columns)  # so these are more than were judged
    if split.judged.here is None and (has_standing or _is_shuffled(run, contract)):
        return hold(rows, None)
    return hold(rows, run.lake.settings.few_rows) if has_standing else split.judged.picked(rows)


def _judged(run: Run, df: DataFrame, contract: Contract, auditor: Auditor) -> tuple[AuditReport, tuple[CheckResult, ...]]:
    """The report over the rows; of some columns alone by the rules that these concern, and with it the results of the others that stand."""
    if not run.info.only_columns:
        return _with_known(run, auditor(df, contract, partitions_owed(run, contract))), ()
    stand = {check.name: check for check in standing_checks(run.lake, contract.table)}
    report = _with_known(run, auditor(df, concerned(contract, run.info.only_columns, stand), partitions_owed(run, contract)))
    others = {rule.name for rule in contract.rules} - {check.name for check in report.checks}
    return report, tuple(stand[name] for name in sorted(others))


def _with_known(run: Run, report: AuditReport) -> AuditReport:
    return replace(report, checks=(*run.known_checks, *report.checks))


def _with_standing(run: Run, df: DataFrame, contract: Contract) -> DataFrame:
    """The rows to write, laid out: merged with those that stand, or with the columns of theirs that this run leaves alone."""
    if _merges(run, contract):
        df = conform(merged(df, _standing(run, contract), contract), contract)
    elif contract.merges:
        df = conform(reduce_by_key(df, contract), contract)
    laid_out = partial(_laid_out, run=run, contract=contract)
    if run.info.only_columns:
        return beside_standing(df, _standing(run, contract, run.written), contract, run.info.only_columns, laid_out)
    return laid_out(df)


def _standing(run: Run, contract: Contract, days: tuple[date, ...] | None = None) -> DataFrame:
    """The table's rows, at its version: the publish's own commit must not change what it was made of."""
    return run.lake.read(contract.table, run.lake.version(contract.table), days)


def _publish_diverted(run: Run, computed: DataFrame, contract: Contract, auditor: Auditor) -> _Done:
    """Silver: every line is accounted for, and rows that break a rule go to quarantine first; the silver commit, last, names its version."""
    split = divert(computed, contract, most_here(run, contract))
    quarantine = quarantine_contract(contract)
    try:
        counted = conservation.counted(run, split, contract)
        refused_rows.keep(run, split, contract, counted.report)
        refuse(run, contract, counted.report)
        holding = conservation.holding(auditor, counted)
        beside = replace(_quarantine(run, split, quarantine, counted.diverted, holding), books=counted.books)
        done = _publish_plain(run, split.kept, contract, holding, split, beside)
    finally:
        split.judged.release()
    record_checks(run, contract.table, counted.report.checks, done.version)
    return replace(done, extra_checks=counted.report.checks + done.extra_checks)


def _quarantine(run: Run, split: Diversion, contract: Contract, diverted: int, auditor: Auditor) -> _Quarantine:
    before = commit.ensure_table(run.lake, contract.table)
    if not diverted and not _holds(run, contract):
        return _Quarantine(before, 0)
    held = split.judged.picked(split.diverted)
    report = auditor(held.rows, contract, ())
    refuse(run, contract, report)
    version = commit.replace(run.lake, held, contract, in_days(str(contract.partition), run.written), _record(run), report)
    record_checks(run, contract.table, report.checks, version)
    return _Quarantine(version, report.rows)


def _holds(run: Run, contract: Contract) -> bool:
    """Whether the table has files for the days written."""
    return not run.lake.partition_days(contract.table).isdisjoint(run.written)


def _laid_out(df: DataFrame, run: Run, contract: Contract) -> DataFrame:
    """One file a partition where many days are written together; a night keeps the engine's own tasks."""
    return df.repartition(str(contract.partition)) if _is_shuffled(run, contract) else df


def _is_shuffled(run: Run, contract: Contract) -> bool:
    return contract.partition is not None and len(run.written) >= SHUFFLED_FROM_DAYS and not run.table.is_laid_out


def _commit(run: Run, held: Held, contract: Contract, report: AuditReport, record: CommitRecord) -> int:
    if _merges(run, contract):
        return commit.merge_rows(run.lake, held, contract, record, report)
    return commit.replace(run.lake, held, contract, _replaced(run, contract), record, report)


def _invalidate(run: Run) -> None:
    """Mark what was made without a day that is older than the newest built, and what is made now of days still to be computed again.

    Before the commit: a mark too many costs a publish, one too few would leave tables wrong.
    """
    if run.table.layer in FOLLOWS:
        invalidation.mark_made_of_stale(run)
    earlier = {day for day in run.written if day not in run.built and day < max(run.built, default=date.min)}
    if earlier and run.table.layer in FOLLOWS:
        invalidation.mark_readers(run.lake, run.table.name, earlier, f"{run.table.name} was built for them after later days", run.run_id)


def _merges(run: Run, contract: Contract) -> bool:
    """Whether the rows are merged with those that stand; a table made anew is replaced instead."""
    return contract.merges and not run.is_rebuild


def _replaced(run: Run, contract: Contract) -> str:
    """Which standing rows the new ones replace."""
    if contract.merges:
        return "true"
    days = in_days(str(contract.partition), run.written)
    return f"{days} and {run.table.replaces(run)}" if run.table.replaces else days


def _record(run: Run, quarantine: _Quarantine | None = None) -> CommitRecord:
    """What the commit says of itself; `explain` and `reconcile` read it."""
    return CommitRecord(
        days=tuple(as_spans(run.written)), publish_id=run.publish_id, run_id=run.run_id, asked_by=run.asked_by, code_version=run.code_version,
        contract_version=run.lake.contract(run.table.name).version, inputs=dict(run.input_versions), only_columns=run.info.only_columns,
        built=None if run.table.plan else tuple(as_spans(sorted(run.built_with_it))),
        quarantine_version=quarantine.version if quarantine else None, quarantined=quarantine.rows if quarantine else None,
        books=quarantine.books.as_json() if quarantine and quarantine.books else None,
        model_name=run.serving.name if run.serving else None, model_version=run.serving.version if run.serving else None,
        landed=tuple(run.landing.deliveries) if run.landing else (), column_versions=run.table.column_versions(run),
    )  # fmt: skip


def _nothing_new(run: Run, plan: Plan, began: float) -> Publication:
    version = run.lake.version(run.table.name) if run.lake.exists(run.table.name) else None
    checks, seconds = standing_checks(run.lake, run.table.name), time.monotonic() - began
    return Publication(
        run.table.name, run.publish_id, version, 0, (), checks, {}, {}, 0, seconds, tuple(run.notes), tuple(map(str, plan.marks))
    )


def _publication(run: Run, plan: Plan, done: _Done, began: float) -> Publication:
    return Publication(
        run.table.name, run.publish_id, done.version, done.report.rows, run.written, done.report.checks + done.extra_checks,
        done.report.rows_by_day, dict(run.input_versions), done.quarantine.rows if done.quarantine else 0, time.monotonic() - began,
        tuple(run.notes), tuple(map(str, plan.marks)), done.quarantine.books if done.quarantine else None,
    )  # fmt: skip
