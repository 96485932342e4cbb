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
    """Which of the days hold no rows and were never published without any."""
    if not lake.exists(table):
        return days
    return _left(days - lake.partition_days(table), spans_published(lake, table))


def _uncomputed(lake: Lake, table: str, days: set[date]) -> dict[str, set[date]]:
    """By column, the days whose rows stood before the column came: it holds nothing there, and no publish says that it wrote it."""
    optional = [column.name for column in lake.contract(table).columns if not column.required]  # no other can be missing from rows
    if not optional or not lake.tables[table].versions or not lake.exists(table):
        return {}
    empty = {column: days & found for column, found in _without(lake, table, optional).items()}
    left = {column: _left(found, spans_published(lake, table, column)) for column, found in empty.items()}
    return {column: found for column, found in left.items() if found}


def _without(lake: Lake, table: str, columns: list[str]) -> dict[str, set[date]]:
    """By column, the days with files, in none of which it holds a value."""
    files = lake.files(table)
    day_of = [date.fromisoformat(str(day)) for day in files["partition.day"].to_pylist()]
    rows = files["num_records"].to_pylist()
    found = {}
    for column in columns:
        name = f"null_count.{column}"
        nulls = files[name].to_pylist() if name in files.column_names else rows
        full = {day for day, null, all_rows in zip(day_of, nulls, rows, strict=True) if null is not None and null < all_rows}
        found[column] = set(day_of) - full
    return found


def _left(days: set[date], published: Iterator[list[str]]) -> set[date]:
    """Which of the days no publish was for. Reads of the log only as far back as it must."""
    for spans in published if days else ():
        days = days.difference(as_days(spans))
        if not days:
            break
    return days


def _some(days: set[date]) -> str:
    spans = as_spans(sorted(days))
    more = f" and {len(spans) - SPANS_SHOWN} more spans" if len(spans) > SPANS_SHOWN else ""
    return f"{', '.join(spans[:SPANS_SHOWN])}{more}"
