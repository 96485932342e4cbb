"""What lies in a landing folder, or in the spool of a pulled input, and was not taken yet: read once, told apart from earlier deliveries, and the days that are still missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from lakehouse.days import DayRange
from lakehouse.errors import LandingError, together
from lakehouse.ingestion.connectors import spool
from lakehouse.ingestion.files.delivery_ledger import LANDED, OVERWRITTEN, Delivery, Known, classified, known_deliveries
from lakehouse.ingestion.files.file_inspection import delivered_files, examine, let_settle
from lakehouse.ingestion.files.strangers import strangers
from lakehouse.shop.inputs import Input
from lakehouse.shop.landed_file import LandedFile
from lakehouse.shop.names import RESCUED, free_names, mapping
from lakehouse.shop.source import Shop

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake


@dataclass(frozen=True)
class Arrivals:
    """The new deliveries of one input in order of day and name, why others could not be taken, and all that is known with them."""

    input: str
    deliveries: list[Delivery]
    problems: dict[LandedFile, str]
    known: Known
    # Columns that source.yaml does not name and no file had before, each with a sentence.
    new_columns: dict[str, str]
    # Files of which no row says anything of columns of the input, each with a sentence.
    unsaid: list[str]
    # Days before all that was landed, of which files lie there.
    untaken: list[date]

    @property
    def notes(self) -> list[str]:
        """A sentence for each delivery that is not simply new lines."""
        told = [_note(delivery) for delivery in self.deliveries if delivery.outcome != LANDED]
        return [*told, *self.new_columns.values(), *self.unsaid, *self.problems.values(), *self._format_untaken]

    @property
    def _format_untaken(self) -> list[str]:
        if not self.untaken:
            return []
        way_out = f"./greenhouse run --from {self.untaken[0]} --to {self.untaken[-1]} lands them"
        return [f"input {self.input}: files of {_spoken(self.untaken)} lie there and were never landed; {way_out}"]

    def earlier_missing(self, shop: Shop, first: date) -> list[str]:
        """A sentence where days before that one, and after the first taken, are still to come."""
        begin = min(self.known.days, default=first)
        missing = self.missing(shop, DayRange(begin, first - timedelta(days=1))) if begin < first else []
        return [f"input {self.input} still has no file for {_spoken(missing)}: what looks back there waits for it"] if missing else []

    def reasons(self, day: date) -> list[str]:
        """What is wrong with what lies there for a day."""
        wrong = [reason for file, reason in self.problems.items() if file.day == day]
        return wrong or [told for repeated, told in self.known.repeats.items() if repeated == day]

    def missing(self, shop: Shop, days: DayRange) -> list[date]:
        """The open days of the range of which nothing was taken, and something should have been."""
        if shop.inputs[self.input].pulled:
            return []  # what is pulled is whole with the pull: a day without rows is a day on which nothing became known
        open_days = [day for day in shop.open_days(days) if day not in self.known.days]
        return [day for day in open_days if shop.inputs[self.input].delivers_every_day or self.reasons(day)]

    def gap(self, shop: Shop, days: DayRange) -> tuple[date, str] | None:
        """The first open day of the range that no file was taken of, and why none was of all those days; None where there is none."""
        missing = self.missing(shop, days)
        if not missing:
            return None
        told = {day: self.reasons(day) for day in missing}
        if absent := [day for day, reasons in told.items() if not reasons]:
            way_out = f"deliver it as {shop.inputs[self.input].files}, or list the day under closed_days in {shop.path}"
            told[absent[0]] = [
                f"{shop.landing_folder}: input {self.input} has no file for {_spoken(absent)}{strangers(shop, self.input)}; {way_out}"
            ]
        return missing[0], together([reason for reasons in told.values() for reason in reasons])


def arrived(lake: Lake, name: str, days: DayRange | None = None, *, since: Callable[[], date | None] | None = None) -> Arrivals:
    """What was delivered for an input and is not in the ledger; reads each such file once.

    Of a range: its days' files, and those that came late for earlier days, back to the first day ever landed; where nothing was, back to
    the day that `since` says, which is asked only then.
    """
    entry, known = lake.shop.inputs[name], known_deliveries(lake, name)
    begin = None if known.days or not since else since()
    first = min([days.first, begin or days.first, *known.days]) if days else date.min
    lying = spool.files(lake, name) if entry.pulled else delivered_files(lake.shop, name)
    fresh = [file for file in lying if file.stamp not in known.stamps and (days is None or first <= file.day <= days.last)]
    read = spool.examined(fresh, entry) if entry.pulled else _read(entry, fresh, lake.settings.landing_quiet_seconds)
    whole = [file for file in read if isinstance(file, LandedFile)]
    problems = {file: error.message for file, error in zip(fresh, read, strict=True) if isinstance(error, LandingError)}
    new_columns = _new_columns(lake.shop, name, whole, known)
    unsaid = [f"{file.name}: no line says {', '.join(names)}; taken as empty" for file in whole if (names := file.unsaid(entry))]
    untaken = [] if entry.pulled else sorted({file.day for file in lying if file.day < first and file.stamp not in known.stamps})
    return Arrivals(name, classified(whole, known), problems, known, new_columns, unsaid, untaken)


def _read(entry: Input, files: list[LandedFile], quiet_seconds: float) -> Sequence[LandedFile | LandingError]:
    let_settle(files, quiet_seconds)
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(partial(_examined, entry), files))


def _new_columns(shop: Shop, name: str, whole: Sequence[LandedFile], known: Known) -> dict[str, str]:
    """A sentence for each column that no file had before. None of the names it tells clashes with another, told now or before."""
    entry = shop.inputs[name]
    found: dict[str, LandedFile] = {}
    for file in whole:
        found |= {column: file for column in file.rescued(entry) if column not in {*found, *known.rescued_columns}}
    free = free_names([*sorted(known.rescued_columns), *found], beside={*entry.column_names, *entry.taken})
    return {
        column: f"{file.name}: column {column} is not in {shop.path}; it is kept in {RESCUED} until inputs.{name}.columns holds {mapping(column, free[column])}"
        for column, file in found.items()
    }


def _examined(entry: Input, file: LandedFile) -> LandedFile | LandingError:
    try:
        return examine(entry, file)
    except LandingError as error:
        return error


def _note(delivery: Delivery) -> str:
    if delivery.outcome == OVERWRITTEN:
        return f"{delivery.file.name} was overwritten: the lines of both versions wait in quarantine; see `greenhouse files list`"
    return f"{delivery.file.name} repeats {delivery.same_as}: not landed again"


def _spoken(days: list[date]) -> str:
    shown = ", ".join(str(day) for day in days[:5])
    return shown if len(days) <= 5 else f"{shown} and {len(days) - 5} more days"
