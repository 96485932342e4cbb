"""The kinds of reads: where an argument of a table function comes from, how far back, and which days a change upstream reaches.

The shop's own SELECT is a read too: see `canonical`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from lakehouse.days import MONTH, WEEK, DayRange, Grain
from lakehouse.tables import scd2

if TYPE_CHECKING:
    from lakehouse.shop.source import Shop
    from lakehouse.tables.run import Run


class Part(Protocol):
    """Tables that are read alike: which days of theirs, and which days of the reader that is."""

    @property
    def days_back(self) -> int | None:
        """How many days before its own a day of the reading table reads at most; None: all there are."""

    def upstreams(self, shop: Shop) -> tuple[str, ...]:
        """The tables it reads in that shop."""

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        """The days of the reading table that saw any of these days of the upstream, later ones among them."""

    def looks_at(self, days: Iterable[date]) -> set[date]:
        """The days of the upstream that those days are made of, each of which must be built; none where it is not read by the day."""


class Read(Part, Protocol):
    """Where one argument of a table function comes from."""

    @property
    def table(self) -> str | None:
        """The upstream table, or None where the argument is no table."""

    def looks_up(self, shop: Shop) -> Sequence[Part]:
        """What it reads beside that in that shop, otherwise than by the same day."""

    def resolve(self, run: Run, name: str) -> Any:
        """The argument's value for a run."""

    def restated(self, run: Run, days: DayRange) -> set[date]:
        """The earlier days of the reading table that rows known on those days belong to."""


@dataclass(frozen=True)
class TableRead:
    """A read of one table, the same in every shop. Unless it says otherwise, each day reads that very day."""

    table: str

    @property
    def days_back(self) -> int | None:
        return 0

    def upstreams(self, shop: Shop) -> tuple[str, ...]:
        return (self.table,)

    def looks_up(self, shop: Shop) -> Sequence[Part]:
        return ()

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return days

    def looks_at(self, days: Iterable[date]) -> set[date]:
        return set()

    def restated(self, run: Run, days: DayRange) -> set[date]:
        return set()


@dataclass(frozen=True)
class Days(TableRead):
    """The upstream's partitions from `before` days before the days written, to the last of them."""

    before: int = 0

    @property
    def days_back(self) -> int | None:
        return self.before

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return ahead(days, self.before)

    def looks_at(self, days: Iterable[date]) -> set[date]:
        return back(days, self.before)

    def resolve(self, run: Run, name: str) -> Any:
        if self.before:
            return run.read(self.table, run.days.widen(before=self.before))
        return run.read(self.table, run.written)

    def restated(self, run: Run, days: DayRange) -> set[date]:
        return _known_late(run, self.table, days)


@dataclass(frozen=True)
class Spans(TableRead):
    """Every day of every week, or month, touched by the days written."""

    grain: Grain

    @property
    def days_back(self) -> int | None:
        return self.grain.longest

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return {each for day in days for each in self.grain.whole(day)}

    def looks_at(self, days: Iterable[date]) -> set[date]:
        return {each for day in days for each in DayRange(self.grain.begin(day), day)}

    def resolve(self, run: Run, name: str) -> Any:
        begins = sorted({self.grain.begin(day) for day in run.written})
        return run.read(self.table, tuple(day for begin in begins for day in self.grain.whole(begin)))

    def restated(self, run: Run, days: DayRange) -> set[date]:
        return _known_late(run, self.table, days)


@dataclass(frozen=True)
class Whole(TableRead):
    """All that an upstream holds."""

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return set(DayRange(shop.first_day, max(shop.first_day, datetime.now(UTC).date())))

    def resolve(self, run: Run, name: str) -> Any:
        return run.read(self.table)


@dataclass(frozen=True)
class Current(Whole):
    """The current version of each key of a table that keeps history."""

    def resolve(self, run: Run, name: str) -> Any:
        return scd2.current(run.read(self.table))


@dataclass(frozen=True)
class Valid(TableRead):
    """The versions of a table with history that are valid on the days written, or on the `before` days before them."""

    before: int = 0

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return set(DayRange(min(days), max(*days, datetime.now(UTC).date()))) if days else set()

    def looks_at(self, days: Iterable[date]) -> set[date]:
        return back(days, self.before)

    def resolve(self, run: Run, name: str) -> Any:
        return scd2.valid_in(run.read(self.table), run.days.widen(before=self.before))


@dataclass(frozen=True)
class AllHistory(Whole):
    """Every partition of the upstream: the one read whose cost grows with history."""

    @property
    def days_back(self) -> int | None:
        return None


def _known_late(run: Run, table: str, days: DayRange) -> set[date]:
    """Days before those that hold rows known on them: two columns of few partitions, so read here."""
    import pyarrow.dataset as ds

    if "known_day" not in run.lake.contract(table).column_names:
        return set()
    day, known = ds.field("day"), ds.field("known_day")
    since = max(run.lake.shop.first_day, days.first - timedelta(days=run.lake.shop.lateness_days))
    earlier = (day >= since) & (day < days.first) & (known >= days.first) & (known <= days.last)
    found = run.lake.arrow(table, run.version_of(table), ["day"], earlier)
    return set(found["day"].unique().to_pylist())


def back(days: Iterable[date], before: int) -> set[date]:
    """Those days, and so many before each."""
    return {day - timedelta(days=n) for day in days for n in range(before + 1)}


def ahead(days: Iterable[date], after: int) -> set[date]:
    """Those days, and so many after each."""
    return {day + timedelta(days=n) for day in days for n in range(after + 1)}


def days(upstream: str, before: int = 0) -> Days:
    """Read the days written, and `before` more days before them."""
    return Days(upstream, before)


def weeks(upstream: str) -> Spans:
    """Read the whole weeks, from Monday, touched by the days written."""
    return Spans(upstream, WEEK)


def months(upstream: str) -> Spans:
    """Read the whole months touched by the days written."""
    return Spans(upstream, MONTH)


def current(upstream: str) -> Current:
    """Read a table that keeps history, as it stands now."""
    return Current(upstream)


def valid(upstream: str, before: int = 0) -> Valid:
    """Read the versions valid on the days written, and on `before` more days before them."""
    return Valid(upstream, before)


def all_history(upstream: str) -> AllHistory:
    """Read everything an upstream holds."""
    return AllHistory(upstream)
