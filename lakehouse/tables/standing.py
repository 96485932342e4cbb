"""What the publishes of a silver table that stand recorded: the figures of each day, and the quarantine's version. Judging them belongs in `reconcile`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from lakehouse.days import as_days
from lakehouse.tables.books import Books, Written

if TYPE_CHECKING:
    from lakehouse.tables.commit_record import CommitRecord
    from lakehouse.tables.lake import Lake


@dataclass
class Standing:
    """What the publishes that stand say: of each day written by the newest that wrote it, of each file day by the newest that read it."""

    written: dict[date, list[Written]] = field(default_factory=dict)
    left_out: dict[date, int] = field(default_factory=dict)
    has_figures: bool = True

    def add(self, said: CommitRecord) -> None:
        """The next older publish."""
        fresh: dict[date, list[Written]] = {day: [] for day in as_days(said.days) if day not in self.written}
        books = Books.from_json(said.books) if said.books is not None else None
        self.has_figures &= books is not None or not fresh
        for line in books.written if books else ():
            fresh.get(line.day, []).append(line)
        for file in books.read if books else ():
            self.left_out.setdefault(file.file_day, sum(file.left_out.values()))
        self.written |= fresh

    @property
    def lines(self) -> list[Written]:
        return [each for entries in self.written.values() for each in entries]

    def totals(self) -> Counter[str]:
        """The lines by what became of them."""
        return sum((Counter(each.outcomes) for each in self.lines), Counter())


def quarantine_version(lake: Lake, silver: str) -> int | None:
    """The version of the quarantine that the last silver publish names; readers go by it, never by the newest."""
    return named_version(standing_publishes(lake, silver))


def named_version(publishes: Iterable[CommitRecord]) -> int | None:
    """As `quarantine_version`, of publishes that were read already, newest first."""
    return next((said.quarantine_version for said in publishes if said.quarantine_version is not None), None)


def standing_publishes(lake: Lake, table: str) -> list[CommitRecord]:
    """What the publishes that stand recorded, newest first."""
    return [published.record for published in lake.publishes(table)]
