"""Accounts for every landed line by the figures that silver's publishes left (`books`), beside what the tables hold by their logs.

Reads no row and needs no engine. Publishes that left no figures are counted anew (`recount`). Inputs that are only looked up have no
account: of them it tells the lines that cannot be read, which one column of bronze says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.ingestion.bronze.overwritten_files import SUPERSEDED
from lakehouse.ingestion.files.delivery_ledger import OVERWRITTEN
from lakehouse.ingestion.recount import recount
from lakehouse.ingestion.silver.change_capture import DELETED
from lakehouse.shop.names import MALFORMED
from lakehouse.tables.books import PUBLISHED
from lakehouse.tables.lake import Lake
from lakehouse.tables.standing import Standing, named_version, standing_publishes

if TYPE_CHECKING:
    from lakehouse.shop.source import CanonicalName

ByDay = Mapping[date, int]


@dataclass(frozen=True)
class Account:
    """The lines of one input as one table accounts for them.

    `set_aside`: of files that were overwritten, until a version is chosen, and of versions that another replaced or a delete took away.
    `left_out`: what the source file says is not for the table. `unaccounted` are landed lines that stand nowhere, or rows that stand for
    no landed line: those of `not_built`, days that landed and no publish wrote, and those of the days that are `wrong`.
    """

    input: str
    table: str
    landed: int
    published: int
    quarantined: int
    duplicates: int
    set_aside: int
    left_out: int
    unaccounted: int
    not_built: tuple[date, ...] = ()
    wrong: tuple[date, ...] = ()

    @property
    def balances(self) -> bool:
        said = self.published + self.quarantined + self.duplicates + self.set_aside + self.left_out
        return self.unaccounted == 0 and self.landed == said


@dataclass(frozen=True)
class OnlyLookedUp:
    """An input that tables look up and none accounts for: the lines that landed, and of them the malformed ones, which no line sees."""

    input: str
    tables: tuple[str, ...]
    landed: int
    malformed: int


def only_looked_up(lake: Lake) -> list[OnlyLookedUp]:
    """Each such input, in the order of the shop's source file."""
    given, found = lake.shop.tables, []
    accounted = {entry.accounts_for for entry in given.values()}
    for name in lake.shop.inputs:
        tables = tuple(f"silver.{table}" for table, entry in given.items() if name in entry.looks_up)
        if tables and name not in accounted:
            found.append(OnlyLookedUp(name, tables, *_lines(lake, f"bronze.{name}")))
    return found


def _lines(lake: Lake, bronze: str) -> tuple[int, int]:
    """The rows of a bronze table, and those that are malformed."""
    if not lake.exists(bronze):
        return 0, 0
    told = lake.arrow(bronze, columns=[MALFORMED])[MALFORMED]
    return len(told), len(told) - told.null_count


def reconcile(lake: Lake) -> list[Account]:
    """An account for each input of the shop and table that accounts for it, in the order of its source file; of what never landed, of no lines."""
    tables = lake.shop.tables.items()
    return [_account(lake, name, table) for name in lake.shop.inputs for table, entry in tables if entry.accounts_for == name]


def _account(lake: Lake, name: str, canonical: CanonicalName) -> Account:
    silver, standing, landed = f"silver.{canonical}", Standing(), _rows_by(lake, f"bronze.{name}", "file_day")
    publishes = standing_publishes(lake, silver)
    version = named_version(publishes)
    for said in publishes:
        standing.add(said)
    not_built = tuple(sorted(set(landed) - standing.written.keys()))
    if standing.has_figures:
        off = _off(lake, silver, version, landed, standing)
        left_out = sum(standing.left_out.get(day, 0) for day in landed)
        wrong = tuple(sorted(set(off) - set(not_built)))
        return _account_of(name, silver, landed, standing.totals(), left_out, sum(off.values()), not_built, wrong)
    counted, lost = recount(lake, name, silver, version, publishes)
    return _account_of(name, silver, landed, Counter(counted), 0, lost, not_built, ())


def _account_of(
    name: str, silver: str, landed: ByDay, by: Counter[str], left_out: int, unaccounted: int, not_built: tuple[date, ...], wrong: tuple[date, ...]
) -> Account:  # fmt: skip
    aside = sum(by[outcome] for outcome in (OVERWRITTEN, SUPERSEDED, DELETED))
    return Account(
        name, silver, sum(landed.values()), by[PUBLISHED], by["quarantined"], by["duplicate"], aside, left_out, unaccounted, not_built, wrong,
    )  # fmt: skip


def _off(lake: Lake, silver: str, version: int | None, landed: ByDay, standing: Standing) -> Counter[date]:
    """By day, the lines landed and not in the figures, or the other way round; and the rows that stand and are not, or the other way round."""
    said = Counter({day: standing.left_out.get(day, 0) for day in landed})
    published, diverted = Counter[date](), Counter[date]()
    for each in standing.lines:
        kept = each.outcomes.get(PUBLISHED, 0)
        said[each.file_day] += sum(each.outcomes.values())
        published[each.day] += kept
        diverted[each.day] += sum(each.outcomes.values()) - kept
    off = _difference(landed, said)
    if not standing.written:
        return off
    beside = f"quarantine.{silver.partition('.')[2]}"
    off += _difference(_rows_by(lake, beside, "day", version), diverted)
    if not lake.contract(silver).merges:
        off += _difference(_rows_by(lake, silver, "day"), published)
    return off


def _difference(one: ByDay, other: ByDay) -> Counter[date]:
    found = {day: abs(one.get(day, 0) - other.get(day, 0)) for day in one.keys() | other.keys()}
    return Counter({day: rows for day, rows in found.items() if rows})


def _rows_by(lake: Lake, table: str, partition: str, version: int | None = None) -> Counter[date]:
    """A table's rows by its partition's day, as its log counts them."""
    found: Counter[date] = Counter()
    if not lake.exists(table):
        return found
    files = lake.files(table, version).select([f"partition.{partition}", "num_records"])
    if files["num_records"].null_count:  # written by someone who leaves no statistics
        return Counter(lake.arrow(table, version, columns=[partition])[partition].to_pylist())
    for file in files.to_pylist():
        found[date.fromisoformat(str(file[f"partition.{partition}"]))] += file["num_records"]
    return found
