"""The registry of tables: `@table`. What a table reads is said in `reads`, what it promises in its contract, how it is written in `publish`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from lakehouse.errors import RegistryError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.shop.source import Shop
    from lakehouse.tables.lake import Lake
    from lakehouse.tables.own_check import OwnCheck
    from lakehouse.tables.reads import Part, Read
    from lakehouse.tables.run import Run

Versions = Callable[["Table", "Lake"], dict[str, str]]


@dataclass(frozen=True)
class Table:
    """A registered table: its function and what that reads.

    `restates`: late rows rewrite their own earlier days.
    `plan`: which days a publish writes, where that is more or less than the days asked for.
    `is_laid_out`: the function already leaves each day in one task, so the platform need not.
    `after`: what follows a publish, also one that had nothing to write; it must be safe to repeat.
    `versions`: for a table whose columns have each a version of its own, that finds them; commits record them.
    `replaces`: of a table that appends, which of the rows that stand for its days a publish replaces, as SQL, where not all of them.
    `checks`: what it checks of its rows beyond its contract.
    `verify`: compares the rows of each day, judged and not yet committed, with what they were made from; it raises where they differ.
    """

    name: str
    function: Callable[..., Any]
    reads: dict[str, Read]
    restates: bool = False
    plan: Callable[[Run], tuple[date, ...]] | None = None
    is_laid_out: bool = False
    after: Callable[[Run], object] | None = None
    versions: Versions | None = None
    replaces: Callable[[Run], str] | None = None
    verify: Callable[[Run, dict[str, int]], None] | None = None
    checks: tuple[OwnCheck, ...] = ()

    def upstreams(self, shop: Shop) -> tuple[str, ...]:
        """Every table read in that shop, in order, once."""
        return tuple(dict.fromkeys(name for part in self.parts(shop) for name in part.upstreams(shop)))

    def parts(self, shop: Shop) -> list[Part]:
        """All that it reads in that shop: its reads, and what these look up."""
        return [part for read in self.reads.values() for part in (read, *read.looks_up(shop))]

    @property
    def layer(self) -> str:
        return self.name.partition(".")[0]

    def column_versions(self, run: Run) -> dict[str, str]:
        """The version of each column that the run writes; empty where columns have none of their own."""
        found = self.versions(self, run.lake) if self.versions else {}
        return {name: version for name, version in found.items() if name in (run.info.only_columns or found)}

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
    versions: Versions | None = None,
    checks: tuple[OwnCheck, ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a table function under its table's name and return it unchanged.

    Raises RegistryError where the name is taken or the parameters are not the reads.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        entry = Table(name, function, dict(reads), restates, is_laid_out=is_laid_out, after=after, versions=versions, checks=checks)
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
