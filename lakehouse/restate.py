"""Which days a publish writes: those asked for, the earlier ones that late rows restate, and none that retention has passed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from lakehouse.canonical import Selected, restated_days
from lakehouse.landing import newest_landed_day
from lakehouse.registry import Days, Months, Read

if TYPE_CHECKING:
    from lakehouse.run import Run


def days_written(run: Run) -> tuple[date, ...]:
    """The days asked for, and the earlier days that rows known on them belong to, in order."""
    if run.table.plan:
        return run.table.plan(run)
    if retention := run.lake.contract(run.table.name).retention_days:
        return _retained(run, retention)
    if not run.table.restates or not run.lake.shop.lateness_days:
        return tuple(run.asked)
    earlier = set().union(*(_restated(run, read) for read in run.table.reads.values()))
    return tuple(sorted(earlier | set(run.asked)))


def _retained(run: Run, retention_days: int) -> tuple[date, ...]:
    """The days asked for that the contract keeps, counted back from the newest landed day (not from the clock)."""
    newest = newest_landed_day(run.lake)
    return tuple(day for day in run.asked if newest is None or day > newest - timedelta(days=retention_days))


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
