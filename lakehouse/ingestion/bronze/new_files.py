"""What lies in a landing folder, or in the spool of a pulled input, and was not taken yet: read once, told apart from earlier deliveries, and the days that are still missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from lakehouse.days import DayRange
from lakehouse.errors import LandingError
from lakehouse.ingestion.connectors import pull, spool
from lakehouse.ingestion.files.delivery_ledger import LANDED, OVERWRITTEN, Delivery, Known, classified, known_deliveries
from lakehouse.ingestion.files.file_inspection import delivered_files, examine, let_settle
from lakehouse.shop.inputs import Input
from lakehouse.shop.landed_file import LandedFile
from lakehouse.shop.names import RESCUED, mapping
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
        return [*told, *self.new_columns.values(), *self.unsaid, *self.problems.values(), *self._untaken_told]

    @property
    def _untaken_told(self) -> list[str]:
        if not self.untaken:
            return []
        way_out = f"./greenhouse run --from {self.untaken[0]} --to {self.untaken[-1]} lands them"
        return [f"input {self.input}: files of {_spoken(self.untaken)} lie there and were never landed; {way_out}"]

    def earlier_missing(self, shop: Shop, first: date) -> list[str]:
        """A sentence where days before that one, and after the first taken, are still to come."""
        begin = min(self.known.days, default=first)
        missing = self.missing(shop, DayRange(begin, first - timedelta(days=1))) if begin < first else []
        return [f"input {self.input} still has no file for {_spoken(missing)}: what looks back there waits for it"] if missing else []

    def why(self, day: date) -> str | None:
        """What is wrong with what lies there for a day, None where nothing does."""
        return next((reason for file, reason in self.problems.items() if file.day == day), self.known.repeats.get(day))

    def missing(self, shop: Shop, days: DayRange) -> list[date]:
        """The open days of the range of which nothing was taken, and something should have been."""
        if shop.inputs[self.input].pulled:
            return []  # what is pulled is whole with the pull: a day without rows is a day on which nothing became known
        open_days = [day for day in shop.open_days(days) if day not in self.known.days]
        return [day for day in open_days if shop.inputs[self.input].delivers_every_day or self.why(day)]

    def gap(self, shop: Shop, days: DayRange) -> tuple[date, str] | None:
        """The first open day of the range that no file was taken of, and why; None where there is none."""
        missing = self.missing(shop, days)
        if not missing:
            return None
        way_out = f"deliver it as {shop.inputs[self.input].files}, or list the day under closed_days in {shop.path}"
        no_file = f"{shop.landing_folder}: input {self.input} has no file for {_spoken(missing)}; {way_out}"
        return missing[0], self.why(missing[0]) or no_file


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
    new_columns = {
        column: f"{file.name}: column {column} is not in {lake.shop.path}; it is kept in {RESCUED} until inputs.{name}.columns holds {mapping(column, beside=entry.column_names)}"
        for file in reversed(whole)
        for column in file.rescued(entry)
        if column not in known.rescued_columns
    }
    unsaid = [f"{file.name}: no line says {', '.join(names)}; taken as empty" for file in whole if (names := file.unsaid(entry))]
    untaken = [] if entry.pulled else sorted({file.day for file in lying if file.day < first and file.stamp not in known.stamps})
    return Arrivals(name, classified(whole, known), problems, known, new_columns, unsaid, untaken)


def ready_until(lake: Lake) -> tuple[date, str | None]:
    """The last day up to which every input's files are there and whole; and why no further, where files of later days lie there.

    Raises LandingError where not even the shop's first open day is.
    """
    ends = [_whole_until(lake, name) for name in lake.shop.inputs]
    last = min((day for day, _ in ends if day), default=_newest_delivered(lake))
    reason = next((why for day, why in ends if day == last and why), None)
    if last < lake.shop.first_day:
        raise LandingError(reason or f"{lake.shop.landing_folder}: no files were delivered yet; see `landing` in {lake.shop.path}")
    return last, reason


def _whole_until(lake: Lake, name: str) -> tuple[date | None, str | None]:
    """None where nothing holds the input up: it delivers only what changed."""
    shop = lake.shop
    if shop.inputs[name].pulled:
        return pull.ready_until(lake), None
    first = min(known_deliveries(lake, name).days, default=shop.first_day)
    found = arrived(lake, name)
    lying = max([*found.known.days, *found.known.repeats, *(file.day for file in found.problems)], default=first - timedelta(days=1))
    gap = found.gap(shop, DayRange(first, lying)) if lying >= first else None
    if gap:
        return gap[0] - timedelta(days=1), gap[1]
    return (lying if shop.inputs[name].delivers_every_day else None), None


def _newest_delivered(lake: Lake) -> date:
    days = [day for name in lake.shop.inputs for day in arrived(lake, name).known.days]
    return max(days, default=lake.shop.first_day - timedelta(days=1))


def _read(entry: Input, files: list[LandedFile], quiet_seconds: float) -> Sequence[LandedFile | LandingError]:
    let_settle(files, quiet_seconds)
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(partial(_examined, entry), files))


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
