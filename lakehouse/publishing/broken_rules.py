"""Which rules the rows of refused days broke, said for people: how many rows each, and one line, without a value of a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from lakehouse.ingestion.silver.canonical import canonical_of
from lakehouse.publishing.landed_values import landed_values, shortened
from lakehouse.publishing.quarantine import EARLY, LATE, MALFORMED, Diversion
from lakehouse.publishing.refused_rows import bad_rows

if TYPE_CHECKING:
    from lakehouse.contracts.model import Contract
    from lakehouse.tables.run import Run

SHOWN_RULES = 5
# What the rules that no contract names look at.
COLUMNS = {LATE: ("event_at",), EARLY: ("event_at",), MALFORMED: ()}
LINE = ("source_file", "source_row", "source_sha256", "row_json")


def broken_rules(run: Run, split: Diversion, contract: Contract, days: Collection[date]) -> tuple[str, ...]:
    """A few words a rule, that with the most rows first; one job over rows that are held already."""
    from pyspark.sql import functions as F

    each = bad_rows(split, days).select(F.explode("broken_rules").alias("rule"), *LINE)
    line = F.min(F.struct(*LINE)).alias("line")
    found = sorted(each.groupBy("rule").agg(F.count(F.lit(1)).alias("rows"), line).collect(), key=lambda row: (-row["rows"], row["rule"]))
    said = [
        _format_rule(contract, row["rule"], row["rows"], row["line"], partial(_landed, run, row["line"])) for row in found[:SHOWN_RULES]
    ]
    return (*said, f"and {len(found) - SHOWN_RULES} more rules are broken") if len(found) > SHOWN_RULES else tuple(said)


def _landed(run: Run, line: Any, column: str) -> str:
    """What the line says of a column that is empty."""
    canonical = canonical_of(run.table)
    found = landed_values(run, canonical, column, line) if canonical and run.lake.shop.has(canonical) else {}
    return f" where the line says {', '.join(f'{name} {value}' for name, value in found.items())}" if found else ""


def _format_rule(contract: Contract, rule: str, rows: int, line: Any, landed: Callable[[str], str]) -> str:
    held = _held(contract, rule, json.loads(line["row_json"]), landed)
    where = f"{line['source_file']} row {line['source_row']}"
    return f"{rows:,} {'row breaks' if rows == 1 else 'rows break'} {rule} ({where}{f': {held}' if held else ''})"


def _held(contract: Contract, rule: str, row: dict[str, Any], landed: Callable[[str], str]) -> str:
    """The values of the rule's columns, but for a person's."""
    named = next((each.columns for each in contract.rules if each.name == rule), COLUMNS.get(rule, ()))
    hidden = {*contract.personal_columns, contract.subject_key}
    shown = [name for name in named if name in contract.column_names and name not in hidden]
    return ", ".join(f"{name} is {shortened(row[name]) if name in row else f'empty{landed(name)}'}" for name in shown)
