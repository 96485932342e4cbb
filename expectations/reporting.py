"""From outcomes to the report the rest of Greenhouse reads. Importing this module takes seconds.

What is said of a rule on a personal column holds counts and names only: no value, no engine message (it may quote one).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.errors import PySparkException

from expectations.examples import is_protected
from expectations.fused_job import WHOLE, Values
from expectations.suite import Check
from expectations.verdict import Outcome
from lakehouse.contracts.model import Contract
from lakehouse.tables.audit_report import AuditReport, CheckResult

LONGEST = 300


def report_of(
    contract: Contract,
    checks: Sequence[Check],
    outcomes: Mapping[str, Outcome],
    rows: Values | None = None,
    content_hash: str = "",
    examples: Mapping[str, tuple[str, ...]] | None = None,
) -> AuditReport:
    """The report; a check without an outcome has failed."""
    rows = rows or Values(0)
    results = []
    for check in checks:
        outcome = outcomes.get(check.rule.name) or Outcome(reason="it was not evaluated")
        shown = (examples or {}).get(check.rule.name, ())
        results.append(_result(contract, check, outcome, rows.total, shown))
    by_day = {part: count for part, count in sorted(rows.by.items()) if part != WHOLE}
    return AuditReport(contract.table, tuple(results), rows.total, by_day, content_hash)


def _result(contract: Contract, check: Check, outcome: Outcome, rows: int, examples: tuple[str, ...]) -> CheckResult:
    rule, protected = check.rule, is_protected(check.rule, contract)
    days = tuple(part for part in outcome.failed if part != WHOLE)
    observed = _reason(outcome.reason, protected) if outcome.reason else _observed(outcome, protected)
    column = rule.column or (rule.columns[0] if len(rule.columns) == 1 else None)
    said = _description(rule.name, outcome, rows, observed, days)
    return CheckResult(rule.name, outcome.passed, rule.severity, column, rows, outcome.failing_rows, days, observed, examples, said)


def _reason(reason: str | Exception, protected: bool) -> str:
    """Why a check could not be evaluated: our own words, or an exception's."""
    if isinstance(reason, str):
        return reason
    kind = reason.getCondition() if isinstance(reason, PySparkException) else None
    if protected:
        return f"{kind or type(reason).__name__} (its message may quote a personal value)"
    lines = str(reason).strip().splitlines() or [type(reason).__name__]
    return lines[0][:LONGEST]


def _observed(outcome: Outcome, protected: bool) -> float | str | None:
    value = outcome.observed
    if outcome.metric is None and protected and not outcome.failing_rows:
        return None  # a maximum or a list of values would be a person's
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return None if value is None else float(value)
    return (value if isinstance(value, str) else json.dumps(value, default=str))[:LONGEST]


def _description(name: str, outcome: Outcome, rows: int, observed: Any, days: tuple[str, ...]) -> str:
    """One sentence: the rule, and what broke it."""
    sentence = name.replace("_", " ")
    if outcome.reason:
        return f"{sentence}: could not be evaluated: {observed}"
    if outcome.failing_rows:
        kept = "which is allowed" if outcome.passed else f"too many on {len(days)} partitions" if days else "too many"
        return f"{sentence}: {outcome.failing_rows} of {rows} rows break it, {kept}"
    return sentence if outcome.passed else f"{sentence}: observed {observed}"
