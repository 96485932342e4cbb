"""What became of each delivered file: landed, repeated under another name, or overwritten.

Contents are told apart by their SHA-256, not by their file's name. Events are landed once; what holds as of a day may be said of a later one again. Reading files belongs in `file_inspection`, which version of an
overwritten one is right in `overwritten_files`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from lakehouse.shop.landed_file import LandedFile
from lakehouse.shop.location import Location
from lakehouse.shop.source import Shop
from lakehouse.tables import ledger

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake

FILES = "monitoring.landed_files"
LANDED, REPEATED, OVERWRITTEN = "landed", "repeated", "overwritten"


@dataclass(frozen=True)
class Delivery:
    """A file as it was seen, and what became of it. `same_as`: the file whose content it repeats."""

    file: LandedFile
    outcome: str
    same_as: str | None = None

    @property
    def has_new_lines(self) -> bool:
        return self.outcome != REPEATED


@dataclass
class Known:
    """What was delivered for one input so far: by the ledger, and by what was classified since.

    `days`: those that have a delivery of their own. Where rows are events, a file that repeats another day's is none: the
    day's own events are still to come. Two days' lists of customers or products may well be the same, and with another between
    them the later one says something new: a price, a region, a consent is again what it was.
    """

    is_events: bool
    stamps: set[tuple[str, int, datetime | None]] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    # The name and day under which each content stands. Files without lines are all alike, and repeat nothing.
    contents: dict[tuple[str, date | None], tuple[str, date]] = field(default_factory=dict)
    days: set[date] = field(default_factory=set)
    rescued_columns: set[str] = field(default_factory=set)
    # What lies there instead of a day's own file, as a sentence.
    repeats: dict[date, str] = field(default_factory=dict)

    def add(self, file: LandedFile, rows: int, outcome: str) -> None:
        """One more delivery."""
        self.stamps.add(file.stamp)
        self.names.add(file.name)
        if rows and outcome != REPEATED:
            self.contents.setdefault(self._content(file), (file.name, file.day))
        first, day = self.standing_as(file) or (file.name, file.day)
        if outcome != REPEATED or not self.is_events or day == file.day:
            self.days.add(file.day)
        else:
            self.repeats[file.day] = f"{file.name} repeats {first}; deliver the file of {file.day}"

    def standing_as(self, file: LandedFile) -> tuple[str, date] | None:
        """The name and day under which what the file says was landed; None where it says something new."""
        return self.contents.get(self._content(file))

    def _content(self, file: LandedFile) -> tuple[str, date | None]:
        return file.sha256, None if self.is_events else file.day


def known_deliveries(lake: Lake, name: str) -> Known:
    """What the ledger holds of an input."""
    return known_of(lake.shop, name, landed_rows(lake, name))


def known_of(shop: Shop, name: str, rows: Iterable[dict[str, Any]]) -> Known:
    """What the ledger's rows of an input say."""
    known = Known(shop.holds_events(name))
    for row in sorted(rows, key=lambda row: (row["landed_at"], row["outcome"] == REPEATED)):
        file = LandedFile(row["file_name"], Location(""), row["file_day"], row["size_bytes"], row["modified_at"], sha256=row["sha256"])
        known.add(file, row["rows"], row["outcome"])
        known.rescued_columns |= set(row["rescued_columns"])
    return known


def classified(files: Iterable[LandedFile], known: Known) -> list[Delivery]:
    """What each new delivery is, in the order given, beside those known and those before it. Adds them to `known`."""
    found = []
    for file in files:
        delivery = _classified(file, known)
        known.add(file, file.contents.rows, delivery.outcome)
        found.append(delivery)
    return found


def _classified(file: LandedFile, known: Known) -> Delivery:
    if same := known.standing_as(file):
        return Delivery(file, REPEATED, same[0])
    return Delivery(file, OVERWRITTEN if file.name in known.names else LANDED)


def landed_rows(lake: Lake, name: str) -> list[dict[str, Any]]:
    """The ledger's rows of an input, one a delivery, in no order."""
    return ledger.rows(lake, FILES, filter=of_input(name))


def of_input(name: str) -> Any:
    """The filter for a ledger's rows of one input."""
    import pyarrow.dataset as ds

    return ds.field("input") == name
