"""Checks the common job cannot serve (quantiles, value lists, z-scores): evaluated on the rows of each partition.

Slow, one run a partition, and exact. Importing this module takes seconds: import it late.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.fused_job import Values
from expectations.suite import Check, is_row_by_row
from expectations.validation import Alone, validate_alone
from expectations.verdict import Outcome, allows
from lakehouse.tables.audit_report import NO_PARTITION


def judge_apart(checks: Sequence[Check], df: DataFrame, partition: str | None, rows: Values) -> dict[str, Outcome]:
    """Outcomes by rule name. The figure observed is that of all rows; the verdict is that of every partition."""
    expectations = [check.expectation for check in checks]
    whole = validate_alone(df, expectations)
    parts = sorted(rows.by) if partition else []
    runs = {part: validate_alone(_rows_of(df, str(partition), part), expectations) for part in parts}
    return {check.rule.name: _outcome(check, whole, runs, rows) for check in checks}


def _rows_of(df: DataFrame, partition: str, part: str) -> DataFrame:
    column = F.col(f"`{partition}`")
    return df.where(column.isNull() if part == NO_PARTITION else column.cast("string") == part)


def _outcome(check: Check, whole: Alone, runs: dict[str, Alone], rows: Values) -> Outcome:
    name = check.rule.name
    for run in (whole, *runs.values()):
        if name in run.reasons or name not in run.results:
            return Outcome(reason=run.reasons.get(name, "no figure came back"))
    judged = runs or dict.fromkeys(rows.by or ("",), whole)
    failed = tuple(part for part, run in judged.items() if not _passes(check, run, rows.by.get(part, 0)))
    failing = sum(_found(run, name).get("unexpected_count") or 0 for run in judged.values())
    if is_row_by_row(check.expectation):
        return Outcome(failing, failed, failing / rows.total if rows.total else 0.0)
    seen = _found(whole, name)
    absent = "observed_value" in seen and seen["observed_value"] is None
    return Outcome(0, failed, seen.get("observed_value"), "there is no value to judge" if absent else None)


def _passes(check: Check, run: Alone, rows: int) -> bool:
    found, success = _found(run, check.rule.name), bool(run.results[check.rule.name].success)
    if "unexpected_count" not in found:
        return success  # it judges figures, or the schema alone
    if found["unexpected_count"] is None:
        return rows == 0  # GX would call an absent count a success
    return allows(check, found["unexpected_count"], rows) if check.rule.allowed_share else success


def _found(run: Alone, name: str) -> dict[str, Any]:
    return run.results[name].result or {}
