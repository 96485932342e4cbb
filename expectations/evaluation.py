"""One audit, step by step: suite, common job, verdicts, examples, report. Importing this module takes seconds.

Called through `expectations.audit`, which defers that import.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import reduce
from operator import xor
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from expectations.examples import fetch_examples
from expectations.fused_job import Figure
from expectations.per_partition import judge_apart
from expectations.reporting import report_of
from expectations.suite import Check, build_suite
from expectations.validation import Fused, validate_together
from expectations.verdict import Outcome, judge
from lakehouse.contracts.model import Contract
from lakehouse.tables.audit_report import AuditReport, content_columns, fingerprint

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

logger = logging.getLogger(__name__)
ROWS = "rows"
# In the order of `content_columns`.
COMBINES: dict[str, Callable[..., Any]] = {"content_rows": sum, "content_xor": lambda values: reduce(xor, values, 0), "content_sum": sum}


def evaluate(df: DataFrame, contract: Contract, expected: tuple[str, ...]) -> AuditReport:
    """The report of `expectations.audit.audit`."""
    checks = build_suite(contract)
    try:
        return _evaluate(df, contract, checks, expected)
    except PySparkException:
        raise  # the engine stops at the frame itself: no rule is broken by rows that are not there
    except Exception as error:  # noqa: BLE001 - whatever broke, nothing was checked: every check has failed, and says so
        logger.warning("%s could not be audited: %s", contract.table, type(error).__name__)
        return report_of(contract, checks, {check.rule.name: Outcome(reason=error) for check in checks})


def _evaluate(df: DataFrame, contract: Contract, checks: Sequence[Check], expected: tuple[str, ...]) -> AuditReport:
    outcomes = _missing(df, contract, checks)
    present = [check for check in checks if check.rule.name not in outcomes]
    run = validate_together(df, present, contract.partition, _extra(df, contract))
    job = run.engine.job
    if ROWS not in job.values:
        raise job.broken[ROWS]
    rows = job.values[ROWS]
    fusable = [check for check in present if run.requests[check.rule.name].is_fusable(run.engine)]
    outcomes |= {check.rule.name: _safely(judge, check, run, rows, expected) for check in fusable}
    if apart := [check for check in present if check not in fusable]:
        outcomes |= judge_apart(apart, df, contract.partition, rows)
    examples = fetch_examples(df, contract, [(check, outcomes[check.rule.name]) for check in present], run)
    return report_of(contract, checks, outcomes, rows, _content_hash(run), examples)


def _missing(df: DataFrame, contract: Contract, checks: Sequence[Check]) -> dict[str, Outcome]:
    """Checks of columns the frame does not have; without its partition column nothing can be judged."""
    names = set(df.columns)
    if contract.partition and contract.partition not in names:
        raise LookupError(f"the partition column {contract.partition} is missing")
    read = {check.rule.name: {*check.rule.columns, *filter(None, [check.rule.column])} - names for check in checks}
    return {name: Outcome(reason=f"column {', '.join(sorted(gone))} is missing") for name, gone in read.items() if gone}


def _extra(df: DataFrame, contract: Contract) -> list[Figure]:
    """Rows by partition and the fingerprint of the content, out of the same job as the checks."""
    content = zip(COMBINES, content_columns(contract.columns), strict=True)
    figures = [Figure(name, df, column, combine=COMBINES[name]) for name, column in content]
    return [Figure(ROWS, df, F.count(F.lit(1)), combine=sum), *figures]


def _safely(judge_one: Callable[..., Outcome], check: Check, *given: Any) -> Outcome:
    try:
        return judge_one(check, *given)
    except Exception as error:  # noqa: BLE001 - a check that cannot be evaluated has failed; the others are judged all the same
        return Outcome(reason=error)


def _content_hash(run: Fused) -> str:
    values = run.engine.job.values
    if any(name not in values for name in COMBINES):
        return ""
    parts = values["content_rows"].by
    return fingerprint(*({name: values[name].by.get(part) for name in COMBINES} for part in parts))
