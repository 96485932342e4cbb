"""Which rules the rows of refused days broke, said for people: how many rows each, and one line, without a value of a person."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any

from lakehouse.diversion import EARLY, LATE, MALFORMED, Diversion
from lakehouse.refused_rows import bad_rows

if TYPE_CHECKING:
    from lakehouse.contract import Contract

SHOWN_RULES = 5
LONGEST = 80
# What the rules that no contract names look at.
COLUMNS = {LATE: ("event_at",), EARLY: ("event_at",), MALFORMED: ()}


def broken_rules(split: Diversion, contract: Contract, days: Collection[date]) -> tuple[str, ...]:
    """A few words a rule, that with the most rows first; one job over rows that are held already."""
    from pyspark.sql import functions as F

    each = bad_rows(split, days).select(F.explode("broken_rules").alias("rule"), "source_file", "source_row", "row_json")
    line = F.min(F.struct("source_file", "source_row", "row_json")).alias("line")
    found = sorted(each.groupBy("rule").agg(F.count(F.lit(1)).alias("rows"), line).collect(), key=lambda row: (-row["rows"], row["rule"]))
    said = [_said(contract, row["rule"], row["rows"], row["line"]) for row in found[:SHOWN_RULES]]
    return (*said, f"and {len(found) - SHOWN_RULES} more rules are broken") if len(found) > SHOWN_RULES else tuple(said)


def _said(contract: Contract, rule: str, rows: int, line: Any) -> str:
    held = _held(contract, rule, json.loads(line["row_json"]))
    where = f"{line['source_file']} row {line['source_row']}"
    return f"{rows:,} {'row breaks' if rows == 1 else 'rows break'} {rule} ({where}{f': {held}' if held else ''})"


def _held(contract: Contract, rule: str, row: dict[str, Any]) -> str:
    """The values of the rule's columns, but for a person's."""
    named = next((each.columns for each in contract.rules if each.name == rule), COLUMNS.get(rule, ()))
    hidden = {*contract.personal_columns, contract.subject_key}
    shown = [name for name in named if name in contract.column_names and name not in hidden]
    return ", ".join(f"{name} is {_value(row.get(name))}" for name in shown)


def _value(value: Any) -> str:
    if value is None:
        return "empty"
    said = json.dumps(value, ensure_ascii=False)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
