"""The check on how much of a day a table leaves out: a condition that takes every line of it would lose the day without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse.contracts.model import Rule
from lakehouse.tables.audit_report import CheckResult

if TYPE_CHECKING:
    from lakehouse.shop.source import CanonicalName, Shop
    from lakehouse.tables.books import Books, FileDay
    from lakehouse.tables.run import Run

MOSTLY = Rule("no_day_is_mostly_left_out", "sql", severity="warning", arguments={"query": "at most half of a day's lines are left out"})
SHOWN_DAYS = 5


def rules(shop: Shop, canonical: CanonicalName) -> tuple[Rule, ...]:
    """The check, of a table that leaves anything out."""
    return (MOSTLY,) if shop.tables[canonical].leaves_out else ()


def checked(run: Run, canonical: CanonicalName, books: Books) -> tuple[CheckResult, ...]:
    """Its result over the files of the days written; where it fails, a note tells the days.

    Where other tables account for the same lines, most of a day may well be theirs: it fails where nothing is left for this one.
    """
    if not rules(run.lake.shop, canonical):
        return ()
    others = [name for name, given in run.lake.shop.tables.items() if name != canonical and given.accounts_for == books.input]
    days = [day for day in books.read if day.file_day in run.written and day.lines]
    wrong = [day for day in days if (_gone(day) == day.lines if others else 2 * _gone(day) > day.lines)]
    said = _format_problem(canonical, wrong) if wrong else MOSTLY.name.replace("_", " ")
    if wrong:
        run.note(f"{said}; where that is not meant, mend its conditions in {run.lake.shop.path}")
    lines, gone = sum(day.lines for day in days), sum(map(_gone, wrong))
    failing = tuple(str(day.file_day) for day in wrong)
    return (CheckResult(MOSTLY.name, not wrong, MOSTLY.severity, None, lines, gone, failing, gone / lines if lines else 0.0, (), said),)


def _gone(day: FileDay) -> int:
    return sum(day.left_out.values())


def _format_problem(canonical: CanonicalName, wrong: list[FileDay]) -> str:
    told = "; ".join(map(_of_day, wrong[:SHOWN_DAYS])) + (f"; and {len(wrong) - SHOWN_DAYS} more days" if len(wrong) > SHOWN_DAYS else "")
    return f"tables.{canonical}.leaves_out leaves out {told}"


def _of_day(day: FileDay) -> str:
    names = ", ".join(f"{name} {count:,}" for name, count in day.left_out.items())
    return f"{_gone(day):,} of {day.lines:,} lines of {day.file_day} ({names})"
