"""The rows of a publish held, judged, committed at once: nothing is visible that was not judged, and the commit says what it is of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.contracts.model import Contract
from lakehouse.contracts.spark_schema import conform
from lakehouse.days import as_spans
from lakehouse.publishing import invalidation
from lakehouse.publishing.built_days import FOLLOWS
from lakehouse.publishing.column_backfill import concerned, refuse_alone
from lakehouse.publishing.days_to_write import partitions_owed
from lakehouse.publishing.held import Held, hold
from lakehouse.publishing.publication import Audited, QuarantineAt
from lakehouse.publishing.publish_ledgers import record_checks, standing_checks
from lakehouse.publishing.quarantine import Diversion
from lakehouse.publishing.refusal import refuse
from lakehouse.publishing.rewritten import rewritten_days
from lakehouse.publishing.rows_to_write import is_shuffled, rows_to_write
from lakehouse.publishing.write_modes import mode_of
from lakehouse.tables.audit_report import Auditor, AuditReport, CheckResult
from lakehouse.tables.commit_record import CommitRecord
from lakehouse.tables.run import Run

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def commit_audited(
    run: Run,
    computed: DataFrame,
    contract: Contract,
    auditor: Auditor,
    split: Diversion | None = None,
    quarantine: QuarantineAt | None = None,
) -> Audited:
    """`split`: the judged rows that the frame is picked from; `quarantine`: where the others of them stand."""
    rows, only = rows_to_write(run, conform(computed, contract), contract), run.info.only_columns
    held = _held(run, rows, contract, split)
    try:
        df = replace(held, rows=refuse_alone(held.rows, contract, only)) if only else held
        report, stand = _judged(run, df.rows, contract, auditor)
        refuse(run, contract, report)
        if run.table.verify:
            run.table.verify(run, report.rows_by_day)
        _invalidate(run, df.rows, contract)
        version = mode_of(contract).commit(run, df, contract, record_of(run, quarantine), report)
    finally:
        held.release()
    record_checks(run, contract.table, report.checks, version)
    return Audited(report, version, stand, quarantine)


def _held(run: Run, rows: DataFrame, contract: Contract, split: Diversion | None) -> Held:
    """The rows to audit and write; what the engine holds already and nobody lays out anew it need not hold twice."""
    if split is None:
        return hold(rows, run.most_here)
    has_standing = contract.merges or bool(run.info.only_columns)  # so these are more than were judged
    if split.judged.here is None and (has_standing or is_shuffled(run, contract)):
        return hold(rows, None)
    return hold(rows, run.lake.settings.few_rows) if has_standing else split.judged.picked(rows)


def _judged(run: Run, df: DataFrame, contract: Contract, auditor: Auditor) -> tuple[AuditReport, tuple[CheckResult, ...]]:
    """The report over the rows; of some columns alone by the rules that these concern, and with it the results of the others that stand."""
    if not run.info.only_columns:
        return _with_own(run, df, auditor(df, contract, partitions_owed(run, contract))), ()
    stand = {check.name: check for check in standing_checks(run.lake, contract.table)}
    report = _with_own(run, df, auditor(df, concerned(contract, run.info.only_columns, stand), partitions_owed(run, contract)))
    others = {rule.name for rule in contract.rules} - {check.name for check in report.checks}
    return report, tuple(stand[name] for name in sorted(others))


def _with_own(run: Run, df: DataFrame, report: AuditReport) -> AuditReport:
    """The report with what was known before any row was computed, and with what the table itself checks of them."""
    own = (check.judge(run, df, report) for check in run.table.checks)
    return replace(report, checks=(*run.known_checks, *report.checks, *own))


def _invalidate(run: Run, rows: DataFrame, contract: Contract) -> None:
    """Mark what was made without a day that is older than the newest built, or of other rows than a day has now, and what is made now of
    days still to be computed again.

    Before the commit: a mark too many costs a publish, one too few would leave tables wrong.
    """
    if run.table.layer not in FOLLOWS:
        return
    invalidation.mark_made_of_stale(run)
    earlier = {day for day in run.written if day not in run.built and day < max(run.built, default=date.min)}
    for days, why in (
        (earlier, "was built for them after later days"),
        (rewritten_days(run, rows, contract), "has other rows of them now"),
    ):
        if days:
            invalidation.mark_readers(run.lake, run.table.name, days, f"{run.table.name} {why}", run.run_id)


def record_of(run: Run, quarantine: QuarantineAt | None = None) -> CommitRecord:
    """What the commit says of itself; `explain` and `reconcile` read it."""
    return CommitRecord(
        days=tuple(as_spans(run.written)), publish_id=run.publish_id, run_id=run.run_id, asked_by=run.asked_by, code_version=run.code_version,
        contract_version=run.lake.contract(run.table.name).version, inputs=dict(run.input_versions), only_columns=run.info.only_columns,
        built=None if run.table.plan else tuple(as_spans(sorted(run.built_with_it))),
        quarantine_version=quarantine.version if quarantine else None, quarantined=quarantine.rows if quarantine else None,
        books=quarantine.books.as_json() if quarantine and quarantine.books else None,
        model_name=run.serving.name if run.serving else None, model_version=run.serving.version if run.serving else None,
        landed=tuple(run.landing.deliveries), column_versions=run.table.column_versions(run),
    )  # fmt: skip
