"""Why a publish is refused, said in one sentence: failed checks with their days, rows outside the days written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from lakehouse.contracts.model import Contract
from lakehouse.days import partition_values
from lakehouse.errors import AuditFailed, PublishError
from lakehouse.publishing.conservation import CONSERVED
from lakehouse.publishing.publish_ledgers import record_checks
from lakehouse.publishing.quarantine import share_rule
from lakehouse.tables.audit_report import NO_PARTITION, AuditReport, CheckResult
from lakehouse.tables.run import Run


def refuse(run: Run, contract: Contract, report: AuditReport) -> None:
    """Stop a publish, with the published version as it was, where the audit found a reason.

    Raises AuditFailed where an `error` check failed, PublishError where rows lie outside the days written.
    """
    if report.failed_errors:
        record_checks(run, contract.table, report.checks, None)
        raise AuditFailed(_refusal(run, contract, report), contract.table, report)
    if contract.partition is None:
        return
    allowed = set(map(str, [*run.written, *partition_values(contract.partition, run.written)]))
    outside = sorted(set(report.rows_by_day) - allowed)
    if outside:
        raise PublishError(
            f"{contract.table}: rows for {', '.join(outside[:5])} lie outside the days being written ({run.days}); nothing was published"
        )


def refuse_holes(run: Run, contract: Contract, check: CheckResult | None) -> None:
    """Stop a publish of days of which something they are made of was never built; a check that passed goes with the audit's.

    Raises AuditFailed.
    """
    if check is None:
        return
    run.known_checks = (check,)
    if not check.passed:
        record_checks(run, contract.table, run.known_checks, None)
        report = AuditReport(contract.table, run.known_checks, 0, {}, "")
        raise AuditFailed(f"{contract.table}: {check.name} failed: {check.description}. {_standing(run, contract)}", contract.table, report)


def refused_beside(report: AuditReport, partition: str | None, written: Collection[date], asked: Collection[date]) -> set[date]:
    """The days written that fail, where none of them was asked for; else none. Rows of no day belong to every day.

    What fails is named by its partition, which may be a month, or, where something it is made of is missing, by its day.
    """
    failing = {day for check in report.failed_errors for day in check.failing_days}
    beside = {day for day in written if not failing.isdisjoint(map(str, [day, *partition_values(partition, [day])]))}
    return set() if NO_PARTITION in failing or not beside.isdisjoint(asked) else beside


def _refusal(run: Run, contract: Contract, report: AuditReport) -> str:
    said = "; ".join(map(_format_check, report.failed_errors))
    seen = contract.layer == "silver" and any(check.name == share_rule(contract).name for check in report.failed_errors)
    way_out = f"; see them with ./greenhouse quarantine show {contract.name} --refused, then mend the file, or the SELECT, and run it again"
    return f"{contract.table}: the audit refused {run.days}: {said}{way_out if seen else ''}. {_standing(run, contract)}"


def _standing(run: Run, contract: Contract) -> str:
    stands = run.lake.version(contract.table) if run.lake.exists(contract.table) else None
    return "Nothing was published before." if stands is None else f"Version {stands} stands."


def _format_check(check: CheckResult) -> str:
    if check.name == CONSERVED.name:
        return check.description
    days = f" on {', '.join(check.failing_days[:5])}{' …' if len(check.failing_days) > 5 else ''}" if check.failing_days else ""
    return f"{check.name} failed{days}{_found(check)}"


def _found(check: CheckResult) -> str:
    """The rows that break it, and examples; of a figure of all rows, which no single rows break, what it was. Of days it says nothing."""
    if not check.failing_rows:
        return "" if check.observed is None or check.failing_days else f" (observed {check.observed})"
    return f" ({check.failing_rows:,} of {check.rows:,} rows)" + (f": {', '.join(check.examples)}" if check.examples else "")
