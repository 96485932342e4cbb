"""The check on lines that a table looks up and that cannot be read: no line sees them, and no quarantine holds them."""

from __future__ import annotations

from collections.abc import Iterator
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
    """Its result over the files of the days written; where it fails, a note tells the lines."""
    if not rules(run.lake.shop, canonical):
        return ()
    counted = {name: _counted(run, name) for name in run.lake.shop.tables[canonical].looks_up}
    unread = list(_unread(run, [name for name, (_, malformed) in counted.items() if malformed]))
    lines, wrong = (sum(found[n] for found in counted.values()) for n in (0, 1))
    said = f"{wrong:,} lines that {canonical} looks up cannot be read, so no line sees them: {_some([told for _, told in unread], wrong)}"
    if wrong:
        run.note(f"{said}; have the file delivered anew")
    days = tuple(sorted({day for day, _ in unread}))
    told = said if wrong else READABLE.name.replace("_", " ")
    return (CheckResult(READABLE.name, not wrong, READABLE.severity, None, lines, wrong, days, wrong / lines if lines else 0.0, (), told),)


def _counted(run: Run, name: str) -> tuple[int, int]:
    """The lines of an input's files of the days written, and how many of them are malformed."""
    from pyspark.sql import functions as F

    landed = run.read(f"bronze.{name}", run.written)
    found = landed.agg(F.count(F.lit(1)).alias("lines"), F.count(quoted(MALFORMED)).alias("malformed")).collect()[0]
    return found["lines"], found["malformed"]


def _unread(run: Run, names: list[str]) -> Iterator[tuple[str, str]]:
    """Day and place of each malformed line, never its text: it may tell of a person."""
    for name in names:
        bad = run.read(f"bronze.{name}", run.written).where(f"{quoted(MALFORMED)} IS NOT NULL").orderBy("file_day", "file_name", "file_row")
        for row in bad.select("file_day", "file_name", "file_row").collect():
            yield str(row["file_day"]), f"{row['file_name']} row {row['file_row']}"


def _some(told: list[str], wrong: int) -> str:
    return ", ".join(told[:SHOWN]) + (f" and {wrong - SHOWN:,} more" if wrong > SHOWN else "")
