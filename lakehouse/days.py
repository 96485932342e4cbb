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

    def whole_months(self) -> DayRange:
        """From the first day of the first month touched to the last day of the last one."""
        after_last = (self.last.replace(day=28) + timedelta(days=4)).replace(day=1)
        return DayRange(self.first.replace(day=1), after_last - timedelta(days=1))

    def months(self) -> list[date]:
        """The first day of every month touched, in order."""
        return sorted({day.replace(day=1) for day in self})

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


def month_of(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def partition_values(partition: str | None, days: Iterable[date]) -> list[date]:
    """The values of a table's partition column in which those days stand, each once and in order."""
    return sorted({month_of(day) for day in days} if partition == "month" else set(days))


def starts_at(day: Column, time_zone: str) -> Column:
    """The instant at which a date begins in a time zone, whatever the session's own: a cast of the date would read it there."""
    from pyspark.sql import functions as F

    midnight = F.lit(0)
    return F.make_timestamp_ltz(F.year(day), F.month(day), F.day(day), midnight, midnight, midnight, F.lit(time_zone))
