"""The registry of tables: `@table` and the kinds of reads. What a table promises stands in its contract, how it is written in `publish`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from lakehouse.days import DayRange
from lakehouse.errors import RegistryError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.run import Run
    from lakehouse.source import Shop


class Read(Protocol):
    """Where one argument of a table function comes from."""

    @property
    def table(self) -> str | None:
        """The upstream table, or None where the argument is no table."""

    def upstreams(self, shop: Shop) -> tuple[str, ...]:
        """The tables it reads in that shop."""

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        """The days of the reading table that saw any of these days of the upstream, later ones among them."""

    def resolve(self, run: Run, name: str) -> Any:
        """The argument's value for a run."""


@dataclass(frozen=True)
class TableRead:
    """A read of one table, the same in every shop. Unless it says otherwise, each day reads that very day."""

    table: str

    def upstreams(self, shop: Shop) -> tuple[str, ...]:
        return (self.table,)

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return days


@dataclass(frozen=True)
class Days(TableRead):
    """The upstream's partitions from `before` days before the days written, to the last of them."""

    before: int = 0

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return {day + timedelta(days=after) for day in days for after in range(self.before + 1)}

    def resolve(self, run: Run, name: str) -> Any:
        if self.before:
            return run.read(self.table, run.days.widen(before=self.before))
        return run.read(self.table, run.written)


@dataclass(frozen=True)
class Months(TableRead):
    """Every day of every month touched by the days written."""

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return {each for day in days for each in DayRange(day, day).whole_months()}

    def resolve(self, run: Run, name: str) -> Any:
        return run.read(self.table, run.days.whole_months())


@dataclass(frozen=True)
class Latest(TableRead):
    """The whole upstream as it stands (for tables that merge)."""

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return set(_until_today(shop))

    def resolve(self, run: Run, name: str) -> Any:
        return run.read(self.table)


@dataclass(frozen=True)
class AllHistory(TableRead):
    """Every partition of the upstream: the one read whose cost grows with history."""

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return set(_until_today(shop))

    def resolve(self, run: Run, name: str) -> Any:
        return run.read(self.table)


def _until_today(shop: Shop) -> DayRange:
    return DayRange(shop.first_day, max(shop.first_day, datetime.now(UTC).date()))


def days(upstream: str, before: int = 0) -> Days:
    """Read the days written, and `before` more days before them."""
    return Days(upstream, before)


def months(upstream: str) -> Months:
    """Read the whole months touched by the days written."""
    return Months(upstream)


def latest(upstream: str) -> Latest:
    """Read a table that merges, as it stands."""
    return Latest(upstream)


def all_history(upstream: str) -> AllHistory:
    """Read everything an upstream holds."""
    return AllHistory(upstream)


@dataclass(frozen=True)
class Table:
    """A registered table: its function and what that reads.

    `restates`: late rows rewrite their own earlier days.
    `plan`: which days a publish writes, where that is more or less than the days asked for.
    `is_laid_out`: the function already leaves each day in one task, so the platform need not.
    `after`: what follows a publish, also one that had nothing to write; it must be safe to repeat.
    """

    name: str
    function: Callable[..., Any]
    reads: dict[str, Read]
    restates: bool = False
    plan: Callable[[Run], tuple[date, ...]] | None = None
    is_laid_out: bool = False
    after: Callable[[Run], object] | None = None

    def upstreams(self, shop: Shop) -> tuple[str, ...]:
        """Every table read in that shop, in order, once."""
        return tuple(dict.fromkeys(name for read in self.reads.values() for name in read.upstreams(shop)))

    @property
    def layer(self) -> str:
        return self.name.partition(".")[0]

    def compute(self, run: Run) -> DataFrame:
        """What the function makes of its reads in that run."""
        found = {name: read.resolve(run, name) for name, read in self.reads.items()}
        wants_run = "run" in inspect.signature(self.function).parameters
        df: DataFrame = self.function(**found, **({"run": run} if wants_run else {}))
        return df


TABLES: dict[str, Table] = {}


def table(
    name: str,
    reads: dict[str, Read],
    *,
    restates: bool = False,
    is_laid_out: bool = False,
    after: Callable[[Run], object] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a table function under its table's name and return it unchanged.

    Raises RegistryError where the name is taken or the parameters are not the reads.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        entry = Table(name, function, dict(reads), restates, is_laid_out=is_laid_out, after=after)
        _refuse_wrong(entry)
        TABLES[name] = entry
        return function

    return register


def _refuse_wrong(entry: Table) -> None:
    known = TABLES.get(entry.name)
    if known and known.function.__module__ != entry.function.__module__:
        raise RegistryError(f"{entry.name} is registered twice: {known.function.__module__} and {entry.function.__module__}")
    wanted = set(inspect.signature(entry.function).parameters) - {"run"}
    if wanted != set(entry.reads):
        raise RegistryError(f"{entry.name}: the function takes {sorted(wanted)}, its reads name {sorted(entry.reads)}")


def in_order(tables: dict[str, Table], shop: Shop) -> list[Table]:
    """Tables so that each stands after all it reads. Raises RegistryError on an unknown upstream or a circle."""
    done: dict[str, Table] = {}
    for name in tables:
        _visit(name, tables, shop, done, ())
    return list(done.values())


def _visit(name: str, tables: dict[str, Table], shop: Shop, done: dict[str, Table], path: tuple[str, ...]) -> None:
    if name in done:
        return
    if name in path:
        raise RegistryError(f"tables read each other in a circle: {' → '.join((*path, name))}")
    if name not in tables:
        raise RegistryError(f"{path[-1]} reads {name}, which no function makes")
    for upstream in tables[name].upstreams(shop):
        _visit(upstream, tables, shop, done, (*path, name))
    done[name] = tables[name]
