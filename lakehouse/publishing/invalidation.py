"""Days of tables that must be computed again because rows below them were corrected: marked along the graph, refreshed by the next publish.

Late events need no mark: a publish finds them itself (`days_to_write`). A mark is for what nobody could foresee: a file overwritten, settled or
delivered afterwards, a rule changed.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from lakehouse.days import as_days, as_spans
from lakehouse.publishing.built_days import FOLLOWS, BuiltDays
from lakehouse.tables import ledger
from lakehouse.tables.registry import Table, in_order

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.run import Run

LEDGER = "monitoring.stale_days"
STALE, REFRESHED = "stale", "refreshed"


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

    Of a table the days that are built are marked: others were not made yet, of the corrected rows or of any others.
    """
    return _append(lake, _reached_from(lake, table, days, is_rebuild, reason), by)


def mark_readers(lake: Lake, table: str, days: Collection[date], reason: str, by: str) -> list[Mark]:
    """As `mark`, for every table made of those days, not for their own."""
    return _append(lake, [each for each in _reached_from(lake, table, days, False, reason) if each.table != table], by)


def _append(lake: Lake, marks: list[Mark], by: str) -> list[Mark]:
    ledger.append(lake, LEDGER, [_row(each, STALE, by) for each in marks])
    return marks


def _reached_from(lake: Lake, table: str, days: Collection[date], is_rebuild: bool, reason: str) -> list[Mark]:
    marks: list[Mark] = []
    touched: dict[str, set[date]] = {table: set(days)}
    for each in in_order(lake.tables, lake.shop) if days else ():
        if each.layer not in FOLLOWS:
            continue
        reached = touched.get(each.name) or _reached(each, touched, lake)
        if reached:
            touched[each.name] = reached
            marks.append(Mark(uuid.uuid4().hex, each.name, tuple(sorted(reached)), is_rebuild, reason))
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


def mark_made_of_stale(run: Run) -> list[Mark]:
    """Mark those of the days written that are made of days still to be computed again: a mark set before they were built did not reach them."""
    open_upstream = open_marks(run.lake, run.table.upstreams(run.lake.shop))
    touched: dict[str, set[date]] = defaultdict(set)
    for each in open_upstream:
        touched[each.table].update(each.days)
    days = _made_of(run.table, touched, run.lake).intersection(run.written)
    is_rebuild = any(each.is_rebuild for each in open_upstream)
    return mark(
        run.lake,
        run.table.name,
        days,
        f"{run.table.name} was built of days that were to be computed again",
        run.run_id,
        is_rebuild=is_rebuild,
    )


def refreshed(run: Run, marks: Sequence[Mark]) -> None:
    """Write down that a publish refreshed those marks."""
    ledger.append(run.lake, LEDGER, [_row(each, REFRESHED, run.run_id) for each in marks])


def _reached(table: Table, touched: Mapping[str, set[date]], lake: Lake) -> set[date]:
    """The days built of a table that are made of any touched day up to its newest."""
    if touched.keys().isdisjoint(table.upstreams(lake.shop)):
        return set()
    built = BuiltDays(lake).built(table.name)
    newest = max(built, default=date.min)
    return _made_of(table, {name: {day for day in days if day <= newest} for name, days in touched.items()}, lake) & built


def _made_of(table: Table, touched: Mapping[str, set[date]], lake: Lake) -> set[date]:
    """The days of a table that are made of any of those days of its upstreams."""
    found: set[date] = set()
    for part in table.parts(lake.shop):
        if days := set().union(*(touched.get(name, ()) for name in part.upstreams(lake.shop))):
            found |= part.reach(days, lake.shop)
    return found


def _row(each: Mark, state: str, by: str) -> dict[str, Any]:
    return {
        "mark_id": each.mark_id, "table_name": each.table, "days": as_spans(each.days), "state": state, "is_rebuild": each.is_rebuild,
        "reason": each.reason, "said_at": datetime.now(UTC), "said_by": by,
    }  # fmt: skip


def _mark(row: dict[str, Any]) -> Mark:
    return Mark(row["mark_id"], row["table_name"], as_days(row["days"]), row["is_rebuild"], row["reason"])
