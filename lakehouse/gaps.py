"""What a publish looks back on and nobody computed: days a table was never published for, columns it gained since. Told, not filled in silently."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.days import as_days, as_spans
from lakehouse.reads import Days
from lakehouse.stale import KEPT_UP, spans_published

if TYPE_CHECKING:
    from lakehouse.days import DayRange
    from lakehouse.lake import Lake
    from lakehouse.registry import Table
    from lakehouse.run import Run

SPANS_SHOWN = 3


def gaps(run: Run) -> list[str]:
    """A sentence for each table that the run's is made of, through others too, of whose days or columns some were never computed."""
    if run.table.layer not in KEPT_UP:
        return []
    wanted: dict[str, set[date]] = {}
    for table, days in _looked_at(run.lake, run.table, run.days):
        wanted.setdefault(table, set()).update(run.lake.shop.open_days(days))
    return [told for table, days in wanted.items() for told in (*_days_told(run.lake, table, days), *_columns_told(run.lake, table, days))]


def _days_told(lake: Lake, table: str, days: set[date]) -> Iterator[str]:
    if missing := _unpublished(lake, table, days):
        yield f"{table} was never published for {_some(missing)}: what looks back there sees less"


def _columns_told(lake: Lake, table: str, days: set[date]) -> Iterator[str]:
    for column, missing in _uncomputed(lake, table, days).items():
        yield f"{table}.{column} was never computed for {_some(missing)}: ./greenhouse backfill {table} --feature {column} does it"


def _looked_at(lake: Lake, table: Table, days: DayRange) -> Iterator[tuple[str, DayRange]]:
    """The tables read by the day, and the days of them that are seen from those days; not those that the shop has nothing for."""
    for read in table.reads.values():
        if isinstance(read, Days) and lake.tables[read.table].upstreams(lake.shop):
            seen = days.widen(before=read.before)
            yield read.table, seen
            yield from _looked_at(lake, lake.tables[read.table], seen)


def _unpublished(lake: Lake, table: str, days: set[date]) -> set[date]:
    """Which of the days hold no rows and were never published without any. Reads of the log only as far back as it must."""
    if not lake.exists(table):
        return days
    empty = days - lake.partition_days(table)
    for spans in spans_published(lake, table) if empty else ():
        empty = empty.difference(as_days(spans))
        if not empty:
            break
    return empty


def _uncomputed(lake: Lake, table: str, days: set[date]) -> dict[str, set[date]]:
    """By column, the days whose rows stood before the column came: it holds nothing there, and no publish says that it wrote it."""
    if not lake.tables[table].versions or not lake.exists(table):
        return {}
    empty = {column: found for column in _optional(lake, table) if (found := days & _without(lake, table, column))}
    for commit in lake.publishes(table) if empty else ():
        written, spans = commit["greenhouse"].get("column_versions", ()), commit["greenhouse"].get("days", ())
        empty = {column: left for column, found in empty.items() if (left := found.difference(as_days(spans) if column in written else ()))}
        if not empty:
            break
    return empty


def _optional(lake: Lake, table: str) -> list[str]:
    """Only what need not be there can be missing from rows that stand."""
    return [column.name for column in lake.contract(table).columns if not column.required]


def _without(lake: Lake, table: str, column: str) -> set[date]:
    """The days with files, in none of which the column holds a value."""
    files = lake.files(table).to_pylist()
    nulls = {file["path"]: file.get(f"null_count.{column}") for file in files}
    full = {file["partition.day"] for file in files if nulls[file["path"]] is not None and nulls[file["path"]] < file["num_records"]}
    return {date.fromisoformat(str(day)) for day in {file["partition.day"] for file in files} - full}


def _some(days: set[date]) -> str:
    spans = as_spans(sorted(days))
    more = f" and {len(spans) - SPANS_SHOWN} more spans" if len(spans) > SPANS_SHOWN else ""
    return f"{', '.join(spans[:SPANS_SHOWN])}{more}"
