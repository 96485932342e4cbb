"""Days of tables that must be computed again because rows below them were corrected: marked along the graph, refreshed by the next publish.

Late events need no mark: a publish finds them itself (`restate`). A mark is for what nobody could foresee: a file overwritten, settled or
delivered afterwards, a rule changed.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from lakehouse import ledger
from lakehouse.days import DayRange, as_days, as_spans
from lakehouse.registry import Table, in_order

if TYPE_CHECKING:
    from lakehouse.lake import Lake
    from lakehouse.run import Run

LEDGER = "monitoring.stale_days"
STALE, REFRESHED = "stale", "refreshed"
# What was predicted, trained and measured stays as it was: it says what happened.
KEPT_UP = ("silver", "partials", "kpis", "features")


@dataclass(frozen=True)
class Mark:
    """Days of a table to be computed again. `is_rebuild`: rows were withdrawn, so a table that merges is made anew."""

    mark_id: str
    table: str
    days: tuple[date, ...]
    is_rebuild: bool
    reason: str

    def __str__(self) -> str:
        return f"{len(self.days)} days again: {self.reason}"


def mark(lake: Lake, table: str, days: Collection[date], reason: str, by: str, *, is_rebuild: bool) -> list[Mark]:
    """Mark the days of a table whose rows change, and those of every table made of them. Returns the marks; bronze itself gets none.

    A table is marked up to the newest day it holds: days beyond it were not made yet, of the corrected rows or of any others.
    """
    marks: list[Mark] = []
    touched: dict[str, set[date]] = {table: set(days)}
    for each in in_order(lake.tables, lake.shop) if days else ():
        if each.layer not in KEPT_UP:
            continue
        reached = touched.get(each.name) or _reached(each, touched, lake)
        if reached:
            touched[each.name] = reached
            marks.append(Mark(uuid.uuid4().hex, each.name, tuple(sorted(reached)), is_rebuild, reason))
    ledger.append(lake, LEDGER, [_row(each, STALE, by) for each in marks])
    return marks


def open_marks(lake: Lake, tables: Iterable[str] | None = None) -> list[Mark]:
    """The marks nobody refreshed yet, of those tables or of all, oldest first."""
    rows = ledger.rows(lake, LEDGER)
    done = {row["mark_id"] for row in rows if row["state"] == REFRESHED}
    wanted = None if tables is None else set(tables)
    found = [row for row in rows if row["mark_id"] not in done and (wanted is None or row["table_name"] in wanted)]
    return [_mark(row) for row in sorted(found, key=lambda row: (row["said_at"], row["table_name"]))]


def due(run: Run) -> list[Mark]:
    """The marks this publish is to refresh: none while a table it reads is itself stale."""
    marks = open_marks(run.lake, [run.table.name, *run.table.upstreams(run.lake.shop)])
    return marks if all(each.table == run.table.name for each in marks) else []


def refreshed(run: Run, marks: Sequence[Mark]) -> None:
    """Write down that a publish refreshed those marks."""
    ledger.append(run.lake, LEDGER, [_row(each, REFRESHED, run.run_id) for each in marks])


def newest_day(lake: Lake, table: str) -> date:
    """The newest day a table was published for; `date.min` where it never was.

    A partitioned table's stands in its partitions, and in its newest commit where the last days had no rows; a merging table's in its commits,
    and in the newest of them where it keeps history, since each goes on from there or is made of all days.
    """
    if not lake.exists(table):
        return date.min
    contract = lake.contract(table)
    partition = contract.partition
    held = [date.fromisoformat(str(each[partition])) for each in lake.delta(table).partitions()] if partition else []
    published = islice(spans_published(lake, table), 1 if partition or contract.write == "history" else None)
    ends = [DayRange.parse(span).last for spans in published for span in spans]
    if partition == "month" and held:
        held = [DayRange(max(held), max(held)).whole_months().last]
    return max([*held, *ends], default=date.min)


def spans_published(lake: Lake, table: str, column: str | None = None) -> Iterator[list[str]]:
    """The days of each publish, the newest first; of those that wrote that column, where one with a version of its own is named."""
    said = (commit["greenhouse"] for commit in lake.publishes(table))
    return (each["days"] for each in said if each.get("days") and (column is None or column in each.get("column_versions", ())))


def _reached(table: Table, touched: dict[str, set[date]], lake: Lake) -> set[date]:
    """The days of a table, up to its newest, that are made of any touched day up to then."""
    reads = [(read, set().union(*(touched.get(name, ()) for name in read.upstreams(lake.shop)))) for read in table.reads.values()]
    if not any(days for _, days in reads):
        return set()
    newest = newest_day(lake, table.name)
    held = [(read, {day for day in days if day <= newest}) for read, days in reads]
    return {day for read, days in held if days for day in read.reach(days, lake.shop) if day <= newest}


def _row(each: Mark, state: str, by: str) -> dict[str, Any]:
    return {
        "mark_id": each.mark_id, "table_name": each.table, "days": as_spans(each.days), "state": state, "is_rebuild": each.is_rebuild,
        "reason": each.reason, "said_at": datetime.now(UTC), "said_by": by,
    }  # fmt: skip


def _mark(row: dict[str, Any]) -> Mark:
    return Mark(row["mark_id"], row["table_name"], as_days(row["days"]), row["is_rebuild"], row["reason"])
