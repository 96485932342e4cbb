"""Days that a publish looks back on and that a table it is made of was never published for: they are told, not filled in silently."""

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
    """A sentence for each table that the run's is made of, through others too, of whose days some were never published."""
    if run.table.layer not in KEPT_UP:
        return []
    wanted: dict[str, set[date]] = {}
    for table, days in _looked_at(run.lake, run.table, run.days):
        wanted.setdefault(table, set()).update(run.lake.shop.open_days(days))
    missing = {table: _unpublished(run.lake, table, days) for table, days in wanted.items()}
    return [f"{table} was never published for {_some(days)}: what looks back there sees less" for table, days in missing.items() if days]


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


def _some(days: set[date]) -> str:
    spans = as_spans(sorted(days))
    more = f" and {len(spans) - SPANS_SHOWN} more spans" if len(spans) > SPANS_SHOWN else ""
    return f"{', '.join(spans[:SPANS_SHOWN])}{more}"
