"""Ranges of the shop's own days, and when one begins. A shop's time zone belongs in `lakehouse.shop.source`; partitions of a table in `lakehouse.contracts.model`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column


@dataclass(frozen=True)
class DayRange:
    """All days from `first` to `last`, both included.

    Raises ValueError where `last` lies before `first`.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"the range ends ({self.last}) before it begins ({self.first})")

    @classmethod
    def parse(cls, first: str, last: str | None = None) -> DayRange:
        """Read ISO days; a missing `last` is one day, `A..B` in `first` is a range."""
        if last is None and ".." in first:
            first, last = first.split("..", 1)
        return cls(date.fromisoformat(first), date.fromisoformat(last or first))

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(len(self)))

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"

    def widen(self, before: int = 0, after: int = 0) -> DayRange:
        """The range with `before` more days at its start and `after` more at its end."""
        return DayRange(self.first - timedelta(days=before), self.last + timedelta(days=after))

    def clip(self, first: date | None, last: date | None) -> DayRange | None:
        """The part inside `first`..`last` (None: open), or None where nothing is left."""
        start, end = max(self.first, first or self.first), min(self.last, last or self.last)
        return DayRange(start, end) if start <= end else None


def as_spans(days: Iterable[date]) -> list[str]:
    """Days in order as runs of `A..B`, so that a year is one text and not 365."""
    spans: list[list[date]] = []
    for day in days:
        if spans and (day - spans[-1][1]).days == 1:
            spans[-1][1] = day
        else:
            spans.append([day, day])
    return [str(DayRange(first, last)) for first, last in spans]


def as_ranges(days: Iterable[date]) -> list[DayRange]:
    """Days in any order as the ranges they make."""
    return [DayRange.parse(span) for span in as_spans(sorted(set(days)))]


def as_days(spans: Iterable[str]) -> tuple[date, ...]:
    """Every day of the spans that `as_spans` made, in order."""
    return tuple(day for span in spans for day in DayRange.parse(span))


@dataclass(frozen=True)
class Grain:
    """What a partition of a table spans, named as its column: a day, a week from Monday (ISO 8601), a month. Its value is its first day."""

    name: str
    longest: int

    def begin(self, day: date) -> date:
        """The first day of the span in which a day lies."""
        if self == WEEK:
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self == MONTH else day

    def whole(self, day: date) -> DayRange:
        """The span in which a day lies."""
        begin = self.begin(day)
        return DayRange(begin, self.begin(begin + timedelta(days=self.longest)) - timedelta(days=1))


DAY, WEEK, MONTH = Grain("day", 1), Grain("week", 7), Grain("month", 31)
GRAINS = {grain.name: grain for grain in (DAY, WEEK, MONTH)}


def grain_of(partition: str | None) -> Grain:
    """The grain of a table by its partition column; tables partitioned by another one, or by none, are written by the day."""
    return GRAINS.get(partition or "", DAY)


def partition_values(partition: str | None, days: Iterable[date]) -> list[date]:
    """The values of a table's partition column in which those days stand, each once and in order."""
    grain = grain_of(partition)
    return sorted({grain.begin(day) for day in days})


def starts_at(day: Column, time_zone: str) -> Column:
    """The instant at which a date begins in a time zone, whatever the session's own: a cast of the date would read it there."""
    from pyspark.sql import functions as F

    midnight = F.lit(0)
    return F.make_timestamp_ltz(F.year(day), F.month(day), F.day(day), midnight, midnight, midnight, F.lit(time_zone))
