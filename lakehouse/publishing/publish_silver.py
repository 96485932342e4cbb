"""A silver table's publish: every line of the files read is accounted for, and rows that break a rule stand in quarantine before the others are committed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lakehouse.contracts.model import Contract
from lakehouse.publishing import commit, conservation, refused_rows
from lakehouse.publishing.commit_audited import commit_audited, record_of
from lakehouse.publishing.publication import Audited, QuarantineAt
from lakehouse.publishing.publish_ledgers import record_checks
from lakehouse.publishing.quarantine import Diversion, divert, quarantine_contract
from lakehouse.publishing.refusal import refuse
from lakehouse.tables.audit_report import Auditor
from lakehouse.tables.lake import in_days
from lakehouse.tables.run import Run

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def publish_silver(run: Run, computed: DataFrame, contract: Contract, auditor: Auditor) -> Audited:
    """Silver: every line is accounted for, and rows that break a rule go to quarantine first; the silver commit, last, names its version."""
    split = divert(computed, contract, run.most_here)
    quarantine = quarantine_contract(contract)
    try:
        counted = conservation.counted(run, split, contract)
        refused_rows.keep(run, split, contract, counted.report)
        refuse(run, contract, counted.report)
        holding = conservation.holding(auditor, counted)
        beside = replace(_quarantine(run, split, quarantine, counted.diverted, holding), books=counted.books)
        done = commit_audited(run, split.kept, contract, holding, split, beside)
    finally:
        split.judged.release()
    record_checks(run, contract.table, counted.report.checks, done.version)
    return replace(done, extra_checks=counted.report.checks + done.extra_checks)


def _quarantine(run: Run, split: Diversion, contract: Contract, diverted: int, auditor: Auditor) -> QuarantineAt:
    before = commit.ensure_table(run.lake, contract.table)
    if not diverted and not _holds(run, contract):
        return QuarantineAt(before, 0)
    held = split.judged.picked(split.diverted)
    report = auditor(held.rows, contract, ())
    refuse(run, contract, report)
    version = commit.replace(run.lake, held, contract, in_days(str(contract.partition), run.written), record_of(run), report)
    record_checks(run, contract.table, report.checks, version)
    return QuarantineAt(version, report.rows)


def _holds(run: Run, contract: Contract) -> bool:
    """Whether the table has files for the days written."""
    return not run.lake.partition_days(contract.table).isdisjoint(run.written)
