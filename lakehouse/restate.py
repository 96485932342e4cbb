"""Which days a publish writes: those asked for, the earlier ones that late rows restate, and none that retention has passed; which of them owe rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from lakehouse import stale
from lakehouse.canonical import Selected, restated_days
from lakehouse.days import DayRange, month_of
from lakehouse.landing.bronze_tables import newest_landed_day
from lakehouse.reads import Days, Months, Read

if TYPE_CHECKING:
    from lakehouse.contract import Contract
    from lakehouse.run import Run


def days_written(run: Run) -> tuple[date, ...]:
    """The days asked for, the earlier days that rows known on them belong to, and those marked stale, in order."""
    if run.table.plan:
        return run.table.plan(run)
    days = set(run.asked) | _known_late(run) | _marked_stale(run)
    if not run.table.restates and not run.lake.contract(run.table.name).merges:
        days = set(DayRange(min(days), max(days)))  # a function that makes ranges of days makes all between
    return _retained(run, days)


def partitions_owed(run: Run, contract: Contract) -> tuple[str, ...]:
    """The partition values in which the days written should have rows, as text: a day on which the shop is closed owes none."""
    if contract.partition is None:
        return ()
    owed = set(run.written).intersection(run.lake.shop.open_days(run.days))
    return tuple(str(day) for day in sorted({month_of(day) for day in owed} if contract.partition == "month" else owed))


def _marked_stale(run: Run) -> set[date]:
    """The days of the marks due, which this publish refreshes; every day there is where a table that merges is made anew."""
    marks = stale.due(run)
    run.facts["refreshes"] = marks
    marked = {day for each in marks for day in each.days}
    run.facts["is_rebuild"] = _is_rebuild(run, marks, marked)
    if run.facts["is_rebuild"]:
        return set(DayRange(run.lake.shop.first_day, stale.newest_day(run.lake, run.table.name)))
    return marked


def _is_rebuild(run: Run, marks: list[stale.Mark], marked: set[date]) -> bool:
    """Whether a table that merges is made anew: rows were withdrawn, or versions may change that have ended already.

    What a key said between two of its versions is not remembered, so history only goes on from its end.
    """
    contract = run.lake.contract(run.table.name)
    if contract.write == "history" and min({run.asked.first, *marked}) <= stale.newest_day(run.lake, run.table.name):
        return True
    return contract.merges and any(each.is_rebuild for each in marks)


def _retained(run: Run, days: set[date]) -> tuple[date, ...]:
    """The days that the contract keeps, counted back from the newest landed day (not from the clock)."""
    retention_days = run.lake.contract(run.table.name).retention_days
    newest = newest_landed_day(run.lake) if retention_days else None
    return tuple(sorted(day for day in days if newest is None or day > newest - timedelta(days=retention_days or 0)))


def _known_late(run: Run) -> set[date]:
    if not run.table.restates or not run.lake.shop.lateness_days:
        return set()
    return set().union(*(_restated(run, read) for read in run.table.reads.values()))


def _restated(run: Run, read: Read) -> set[date]:
    if isinstance(read, Selected):
        return restated_days(run, read.canonical)
    if isinstance(read, Days | Months) and "known_day" in run.lake.contract(read.table).column_names:
        return _days_known_late(run, read.table)
    return set()


def _days_known_late(run: Run, table: str) -> set[date]:
    """Days before the asked ones that hold rows known on the asked ones: few partitions, one small query."""
    first = run.asked.first
    since = max(run.lake.shop.first_day, first - timedelta(days=run.lake.shop.lateness_days))
    known = f"known_day >= date'{first}' AND known_day <= date'{run.asked.last}'"
    earlier = run.read(table).where(f"day >= date'{since}' AND day < date'{first}' AND {known}")
    return {row.day for row in earlier.select("day").distinct().collect()}
