"""A few failing rows of failed checks, never a value of a personal column. Importing this module takes seconds.

Whether a check failed is decided in `expectations.verdict`.
"""

from __future__ import annotations

import json
import logging
import re
from functools import reduce

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.duplicates import duplicated_keys
from expectations.fused_job import WHOLE
from expectations.row_condition import breaks
from expectations.suite import Check, is_row_by_row
from expectations.validation import Fused
from expectations.verdict import Outcome
from lakehouse.contracts.model import Contract, Rule
from lakehouse.tables.audit_report import NO_PARTITION

MOST = 5
LONGEST = 300
MOST_PARTITIONS = 100
logger = logging.getLogger(__name__)


def is_protected(rule: Rule, contract: Contract) -> bool:
    """Whether a rule touches a personal column in any way (Spark's names know no case), so that nothing of it is shown."""
    said = json.dumps([rule.column, rule.columns, rule.arguments], default=str, ensure_ascii=False).lower()
    return any(re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", said) for name in contract.personal_columns)


def fetch_examples(df: DataFrame, contract: Contract, found: list[tuple[Check, Outcome]], run: Fused) -> dict[str, tuple[str, ...]]:
    """Up to five failing rows (JSON: key and columns of the rule) of each failed check, by rule name, in one job."""
    shown = [pair for pair in found if _can_show(contract, *pair)]
    if not shown:
        return {}
    frames = [_rows(df, contract, check, outcome, run).withColumn("rule", F.lit(check.rule.name)) for check, outcome in shown]
    try:
        rows = reduce(DataFrame.unionAll, frames).collect()
    except PySparkException as error:  # the checks have failed already; only their illustration is missing
        logger.warning("%s: no examples: %s", contract.table, error.getCondition())
        return {}
    names = [check.rule.name for check, _ in shown]
    return {name: tuple(row["example"][:LONGEST] for row in rows if row["rule"] == name) for name in names}


def _can_show(contract: Contract, check: Check, outcome: Outcome) -> bool:
    judged = outcome.failing_rows and not outcome.passed and outcome.metric is not None
    return bool(judged) and is_row_by_row(check.expectation) and not is_protected(check.rule, contract)


def _rows(df: DataFrame, contract: Contract, check: Check, outcome: Outcome, run: Fused) -> DataFrame:
    columns = _shown_columns(contract, check.rule)
    if outcome.metric[0] in ("column_values.unique.unexpected_count", "compound_columns.unique.unexpected_count"):
        keys = check.rule.columns
        present = reduce(lambda a, b: a | b, (F.col(f"`{key}`").isNotNull() for key in keys))
        return _as_json(duplicated_keys(df.where(present), keys), keys)
    if check.rule.kind == "sql":
        return _as_json(_failed_part(df, contract, outcome).where(breaks(check.rule.arguments["query"])), columns)
    name, *ids = outcome.metric
    condition, domain = run.engine.conditions[(name.replace("unexpected_count", "condition"), *ids)]
    rows = run.engine.get_domain_records(domain)
    return _as_json(_failed_part(rows, contract, outcome).where(condition), columns)


def _failed_part(df: DataFrame, contract: Contract, outcome: Outcome) -> DataFrame:
    """The rows of the partitions that failed: elsewhere failing rows may be within the share."""
    if not contract.partition or WHOLE in outcome.failed:
        return df
    part = F.coalesce(F.col(f"`{contract.partition}`").cast("string"), F.lit(NO_PARTITION))
    return df.where(part.isin(list(outcome.failed[:MOST_PARTITIONS])))


def _shown_columns(contract: Contract, rule: Rule) -> tuple[str, ...]:
    """The rule's columns and the row's key, as far as none is personal."""
    named = dict.fromkeys((*contract.primary_key, *rule.columns))
    return tuple(name for name in named if name in contract.column_names and not contract.column(name).is_personal)


def _as_json(rows: DataFrame, columns: tuple[str, ...]) -> DataFrame:
    value = F.struct(*(F.col(f"`{name}`") for name in columns)) if columns else F.struct()
    return rows.limit(MOST).select(F.to_json(value, {"ignoreNullFields": "false"}).alias("example"))
