"""What a publish is made of and nobody computed: days not built fail a check, columns that came later are told. Which days are built
is `built_days`' question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.days import as_days, as_spans
from lakehouse.publishing.built_days import FOLLOWS, WATCHES, BuiltDays
from lakehouse.tables.audit_report import CheckResult
from lakehouse.tables.reads import Days

if TYPE_CHECKING:
    from lakehouse.days import DayRange
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.registry import Table
    from lakehouse.tables.run import Run

SPANS_SHOWN = 3
CHECK = "every_day_it_is_made_of_is_built"
SENTENCE = "Every day that the days written are made of was built: none is missing in what they look back on."


def is_checked(table: Table) -> bool:
    """Whether a table is made of days of others, each of which must be there."""
    return table.layer in (*FOLLOWS, *WATCHES, "training") and any(
        read.looks_at([date.min.replace(year=2000)]) for read in table.reads.values()
    )


def built_check(run: Run, known: BuiltDays) -> CheckResult | None:
    """Whether all is there that the days to be written whole are made of; None for a table that is not made of days."""
    if not is_checked(run.table):
        return None
    days = [day for day in run.written if day not in run.unfinished]
    holes = known.holes(run.table, days)
    failing = [day for day in days if known.holes(run.table, [day])] if holes else []
    told = tuple(f"{name}: {_some(missing)}" for name, missing in holes.items())
    judged = len(days) if run.table.upstreams(run.lake.shop) else 0  # of what this shop has nothing for there is nothing to judge
    return CheckResult(
        CHECK, not holes, "error", None, judged, len(failing), tuple(map(str, failing)), None, told, _way_out(holes) if holes else SENTENCE
    )  # fmt: skip


def _way_out(holes: dict[str, set[date]]) -> str:
    """The sentence of a refusal: what is missing where, and the command that fills it."""
    told = " and ".join(f"{name} {_lacks(name)} {_some(missing)}" for name, missing in holes.items())
    days = set().union(*holes.values())
    return f"{told}, which it is made of; ./greenhouse run --from {min(days)} --to {max(days)} fills what is delivered"


def _lacks(name: str) -> str:
    return "has no file of" if name.startswith("bronze.") else "was not built for"


def later_columns(run: Run) -> list[str]:
    """A sentence for each column, of the tables read and of those they are made of, that came after rows which are looked back on."""
    if run.table.layer not in FOLLOWS:
        return []
    wanted: dict[str, set[date]] = {}
    for table, days in _looked_at(run.lake, run.table, run.days):
        wanted.setdefault(table, set()).update(run.lake.shop.open_days(days))
    return [told for table, days in wanted.items() for told in _format_columns(run.lake, table, days)]


def _format_columns(lake: Lake, table: str, days: set[date]) -> Iterator[str]:
    for column, missing in _uncomputed(lake, table, days).items():
        yield f"{table}.{column} was never computed for {_some(missing)}: ./greenhouse backfill {table} --feature {column} does it"


def _looked_at(lake: Lake, table: Table, days: DayRange) -> Iterator[tuple[str, DayRange]]:
    """The tables read by the day, and the days of them that are seen from those days; not those that the shop has nothing for."""
    for read in table.reads.values():
        if isinstance(read, Days) and lake.tables[read.table].upstreams(lake.shop):
            seen = days.widen(before=read.before)
            yield read.table, seen
            yield from _looked_at(lake, lake.tables[read.table], seen)


def _uncomputed(lake: Lake, table: str, days: set[date]) -> dict[str, set[date]]:
    """By column, the days whose rows stood before the column came: it holds nothing there, and no publish says that it wrote it."""
    optional = [column.name for column in lake.contract(table).columns if not column.required]  # no other can be missing from rows
    if not optional or not lake.tables[table].versions or not lake.exists(table):
        return {}
    empty = {column: days & found for column, found in _without(lake, table, optional).items()}
    left = {column: _left(found, _spans_published(lake, table, column)) for column, found in empty.items()}
    return {column: found for column, found in left.items() if found}


def _spans_published(lake: Lake, table: str, column: str) -> Iterator[Sequence[str]]:
    """The days of each publish that wrote that column in a version of its own, the newest first."""
    return (each.record.days for each in lake.publishes(table) if each.record.days and column in each.record.column_versions)


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


def _left(days: set[date], published: Iterator[Sequence[str]]) -> set[date]:
    """Which of the days no publish was for. Reads of the log only as far back as it must."""
    for spans in published if days else ():
        days = days.difference(as_days(spans))
        if not days:
            break
    return days


def _some(days: Iterable[date]) -> str:
    spans = as_spans(sorted(days))
    more = f" and {len(spans) - SPANS_SHOWN} more spans" if len(spans) > SPANS_SHOWN else ""
    return f"{', '.join(spans[:SPANS_SHOWN])}{more}"
