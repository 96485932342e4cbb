"""Which days of an input are landed, of a table built or missing: sets, never "the newest day". Everybody who asks, asks here.

What else a publish writes belongs in `days_to_write`, which days must be computed again in `invalidation`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from lakehouse.days import DayRange, as_days
from lakehouse.ingestion.connectors.pull import closed_until
from lakehouse.ingestion.files.delivery_ledger import FILES, known_of
from lakehouse.tables import ledger

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.registry import Table

# Made of days that were landed, so built for each of them. What was trained stays as it was.
FOLLOWS = ("silver", "partials", "kpis", "features")
# Says what happened on the days from the first one scored.
WATCHES = ("predictions", "monitoring")


@dataclass
class BuiltDays:
    """The days as ledgers and commits tell them, each read once: make another to ask again after a publish."""

    lake: Lake
    _known: dict[tuple[str, str], Any] = field(default_factory=dict)

    def landed(self, name: str) -> frozenset[date]:
        """The days of which an input's rows were taken, and those on which it has none to deliver."""
        return self._once("landed", name, self._landed)

    def built(self, table: str) -> frozenset[date]:
        """The days a table was published for, those without rows among them; of a bronze table, the days landed."""
        layer, _, name = table.partition(".")
        return self.landed(name) if layer == "bronze" else self._once("built", table, self._built)

    def begin(self, table: str) -> date | None:
        """The first day there is to build: the first landed of what it is made of; of the whole shop where that is nothing."""
        layer, _, name = table.partition(".")
        if layer == "bronze":
            return min(self.landed(name), default=None if self.lake.shop.inputs[name].delivers_every_day else self.first_landed)
        if layer in WATCHES:
            return min(self.built(table), default=None)
        return self._once("begin", table, self._begin)

    def has(self, table: str, day: date) -> bool:
        """Whether a reader finds that day: built, before there was anything, or passed by the table's retention."""
        layer, _, name = table.partition(".")
        begin = self.begin(table)
        if day in self.built(table) or (begin is not None and day < begin):
            return True
        if layer == "bronze":
            return day in self.lake.shop.closed or not self.lake.shop.inputs[name].delivers_every_day
        return not self.is_kept(table, day) or not self.lake.tables[table].upstreams(self.lake.shop)

    def is_kept(self, table: str, day: date) -> bool:
        """Whether the table's contract keeps that day, counted back from the newest landed day (not from the clock)."""
        kept, newest = self.lake.contract(table).retention_days, self.lake.retention_counts_from or self.newest_landed
        return not kept or newest is None or day > newest - timedelta(days=kept)

    def unbuilt(self, table: str, days: Iterable[date]) -> set[date]:
        """Those of the days that a reader would not find."""
        return {day for day in days if not self.has(table, day)}

    def newest_of_silver(self) -> date | None:
        """The newest day that any silver table was built for; None before the first."""
        return max((day for name in self.lake.tables if name.startswith("silver.") for day in self.built(name)), default=None)

    def missing(self, table: str, last: date) -> set[date]:
        """The days up to that one that could be built and are not: everything they are made of is there."""
        entry, begin = self.lake.tables[table], self.begin(table)
        if begin is None or begin > last or entry.layer not in (*FOLLOWS, *WATCHES):
            return set()
        days = set(DayRange(begin, last)) - self.built(table)
        return {day for day in days if self.is_kept(table, day) and not self.holes(entry, [day])}

    def holes(self, table: Table, days: Collection[date]) -> dict[str, set[date]]:
        """What those days of a table are made of and nobody built, by upstream table; of what lies ahead of them, as far as it is built."""
        found: dict[str, set[date]] = {}
        for part in table.parts(self.lake.shop):
            seen = part.looks_at(days)
            for name in part.upstreams(self.lake.shop) if seen else ():
                last = max([*days, *self.built(name)])
                if unbuilt := self.unbuilt(name, (day for day in seen if day <= last)):
                    found.setdefault(name, set()).update(unbuilt)
        return found

    def _landed(self, name: str) -> frozenset[date]:
        shop, is_pulled = self.lake.shop, self.lake.shop.inputs[name].pulled
        known = known_of(shop, name, (row for row in self._deliveries if row["input"] == name)).days
        first = shop.first_day if is_pulled else min(known, default=None)  # a pull is whole from the first day on
        last = closed_until(self.lake, name) if is_pulled else self.newest_landed
        if first is None or last is None:
            return frozenset(known)
        between = DayRange(min(first, last), last)
        return frozenset(known | {day for day in between if day in shop.closed or not shop.inputs[name].delivers_every_day})

    def _built(self, table: str) -> frozenset[date]:
        """A publish says which days were built with it; the first that does adds up those before it."""
        found: set[date] = set()
        for published in self.lake.publishes(table):
            if published.record.built is not None:
                return frozenset(found.union(as_days(published.record.built)))
            found.update(as_days(published.record.days))
        is_daily = self.lake.contract(table).partition == "day" and self.lake.exists(table)
        return frozenset(found | self.lake.partition_days(table)) if is_daily else frozenset(found)

    def _begin(self, table: str) -> date | None:
        shop, reads = self.lake.shop, self.lake.tables[table].reads.values()
        # What is looked up may be there long before the first line.
        upstreams = [name for read in reads for name in read.upstreams(shop)] or [f"bronze.{name}" for name in shop.inputs]
        found = [begin for name in upstreams if name in self.lake.tables and (begin := self.begin(name))]
        return min(found, default=None)

    @property
    def first_landed(self) -> date | None:
        """The first day of which anything of the shop was landed."""
        return min((day for name in self.lake.shop.inputs for day in self.landed(name)), default=None)

    @property
    def newest_landed(self) -> date | None:
        """The newest day of which anything of the shop was landed."""
        return max((row["file_day"] for row in self._deliveries), default=None)

    @property
    def _deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._once("deliveries", FILES, lambda ledger_of_files: ledger.rows(self.lake, ledger_of_files))
        return found

    def _once(self, what: str, of: str, find: Callable[[str], Any]) -> Any:
        if (what, of) not in self._known:
            self._known[what, of] = find(of)
        return self._known[what, of]


def newest_day(lake: Lake, table: str) -> date:
    """The newest day a table was published for; `date.min` where it never was."""
    return max(BuiltDays(lake).built(table), default=date.min)
