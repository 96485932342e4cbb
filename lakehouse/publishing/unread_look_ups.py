"""The check on lines that a table looks up and that cannot be read: no line sees them, and no quarantine holds them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lakehouse.contracts.model import Rule
from lakehouse.shop.names import MALFORMED, quoted
from lakehouse.tables.audit_report import CheckResult

if TYPE_CHECKING:
    from lakehouse.shop.source import CanonicalName, Shop
    from lakehouse.tables.run import Run

READABLE = Rule(
    "every_line_looked_up_can_be_read", "sql", severity="warning", arguments={"query": "no line of what is looked up is malformed"}
)
SHOWN = 5


def rules(shop: Shop, canonical: CanonicalName) -> tuple[Rule, ...]:
    """The check, of a table that looks anything up."""
    return (READABLE,) if shop.tables[canonical].looks_up else ()


def checked(run: Run, canonical: CanonicalName) -> tuple[CheckResult, ...]:
    """Its result over the files of the days written; where it fails, a note tells the first of the lines."""
    if not rules(run.lake.shop, canonical):
        return ()
    counted = {name: _counted(run, name) for name in run.lake.shop.tables[canonical].looks_up}
    lines = sum(count for days in counted.values() for count, _ in days.values())
    unread = {name: {day: wrong for day, (_, wrong) in days.items() if wrong} for name, days in counted.items()}
    wrong = sum(count for days in unread.values() for count in days.values())
    told = READABLE.name.replace("_", " ")
    if wrong:
        first = [place for name, days in unread.items() if days for place in _first(run, name)][:SHOWN]
        told = f"{wrong:,} lines that {canonical} looks up cannot be read, so no line sees them: {_some(first, wrong)}"
        run.note(f"{told}; have the file delivered anew")
    days = tuple(sorted({str(day) for of_one in unread.values() for day in of_one}))
    return (CheckResult(READABLE.name, not wrong, READABLE.severity, None, lines, wrong, days, wrong / lines if lines else 0.0, (), told),)


def _counted(run: Run, name: str) -> dict[date, tuple[int, int]]:
    """By file day of those written, the lines of an input's files, and how many of them are malformed."""
    from pyspark.sql import functions as F

    landed = run.read(f"bronze.{name}", run.written).groupBy("file_day")
    found = landed.agg(F.count(F.lit(1)).alias("lines"), F.count(quoted(MALFORMED)).alias("malformed")).collect()
    return {row["file_day"]: (row["lines"], row["malformed"]) for row in found}


def _first(run: Run, name: str) -> list[str]:
    """Where the first of the malformed lines stand, never their text: it may tell of a person."""
    bad = run.read(f"bronze.{name}", run.written).where(f"{quoted(MALFORMED)} IS NOT NULL")
    places = bad.orderBy("file_day", "file_name", "file_row").select("file_name", "file_row").limit(SHOWN).collect()
    return [f"{row['file_name']} row {row['file_row']}" for row in places]


def _some(told: list[str], wrong: int) -> str:
    return ", ".join(told) + (f" and {wrong - len(told):,} more" if wrong > len(told) else "")
