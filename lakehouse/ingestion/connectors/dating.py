"""The day on which a pulled row became known: its own, but never one that is closed, nor one to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column


@dataclass(frozen=True)
class Dating:
    """`first_open`: the first day that no pull has closed; a row of an earlier time, seen only now, became known on it.

    `building`: the day being built, on which rows become known that have no time of their own. It is never before `first_open`.
    `today`: a row of a later time (a clock that runs ahead) is known all the same.
    """

    time_zone: str
    first_open: date
    building: date
    today: date

    def day(self, at: Column) -> Column:
        """The day of a timestamp column, as the shop's clock says it."""
        from pyspark.sql import functions as F

        own = F.coalesce(F.to_date(F.from_utc_timestamp(at, self.time_zone)), F.lit(self.building))
        return F.greatest(F.least(own, F.lit(self.today)), F.lit(self.first_open))
