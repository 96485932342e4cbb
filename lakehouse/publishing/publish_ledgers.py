"""What a publish leaves in the ledgers: the result of every check, and what a run did."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from lakehouse.tables import ledger
from lakehouse.tables.audit_report import CheckResult
from lakehouse.tables.lake import Lake
from lakehouse.tables.run import Run

CHECKS = "monitoring.check_results"
RUNS = "monitoring.runs"


def record_checks(run: Run, table: str, checks: Iterable[CheckResult], version: int | None) -> None:
    """Append one row a check. `version` is the Delta version published, None where the publish was refused."""
    now = datetime.now(UTC)
    same = {
        "publish_id": run.publish_id, "run_id": run.run_id, "table_name": table, "table_version": version, "published": version is not None,
        "first_day": run.days.first, "last_day": run.days.last, "checked_at": now,
    }  # fmt: skip
    ledger.append(run.lake, CHECKS, [{**same, **_row(check)} for check in checks])


def standing_checks(lake: Lake, table: str) -> tuple[CheckResult, ...]:
    """The newest result of each check that was recorded with a publish: what is known of the rows that stand."""
    import pyarrow.dataset as ds

    found = ledger.rows(lake, CHECKS, filter=(ds.field("table_name") == table) & ds.field("published"))
    newest = {row["check_name"]: row for row in sorted(found, key=lambda row: row["checked_at"])}
    return tuple(map(_check, newest.values()))


def record_run(lake: Lake, row: dict[str, Any]) -> None:
    """Append what one run did to `monitoring.runs`, and keep the ledgers' many small files few: a run is when nobody waits."""
    ledger.append(lake, RUNS, [row])
    for table, contract in lake.contracts.items():
        if contract.write == "ledger":
            ledger.compact(lake, table)


def _check(row: dict[str, Any]) -> CheckResult:
    return CheckResult(
        name=row["check_name"], passed=row["passed"], severity=row["severity"], column=row["column_name"], rows=row["rows"],
        failing_rows=row["failing_rows"], failing_days=tuple(json.loads(row["failing_days"])), observed=row["observed"],
        examples=(), description="Not judged again: the result of the publish that stands.",
    )  # fmt: skip


def _row(check: CheckResult) -> dict[str, Any]:
    return {
        "check_name": check.name, "severity": check.severity, "passed": check.passed, "column_name": check.column,
        "rows": check.rows, "failing_rows": check.failing_rows, "failing_days": json.dumps(list(check.failing_days)),
        "observed": None if check.observed is None else str(check.observed),
    }  # fmt: skip
