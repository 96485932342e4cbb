"""Looks up in other inputs what stands beside a line: as of the day of its file, so that a night and a year see the same.

What a shop may look up is declared in its source.yaml (`source.LookUp`). A row is seen by its file's day: one that comes later changes what
the days after it see, which `LookedUp.reach` names for `invalidation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from lakehouse.days import DayRange
from lakehouse.ingestion.bronze.input_lines import Files, told_lines
from lakehouse.ingestion.bronze.overwritten_files import is_one_of, withheld
from lakehouse.ingestion.silver.change_capture import IS_DELETE
from lakehouse.ingestion.silver.line_key import line_key
from lakehouse.shop.names import MALFORMED, quoted
from lakehouse.tables.reads import ahead, back

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from lakehouse.shop.inputs import Input
    from lakehouse.shop.source import LookUp, Shop
    from lakehouse.tables.run import Run

# No column of an input is called so.
KEY, ROWS, IS_LINE = "#key", "#rows", "#is_line"


@dataclass(frozen=True)
class LookedUp:
    """An input as the days of one table look it up. `late`: how many days after a day the files may come that hold lines of it."""

    name: str
    last_days: int | None
    late: int

    @property
    def days_back(self) -> int | None:
        return self.last_days - 1 if self.last_days else None

    def upstreams(self, shop: Shop) -> tuple[str, ...]:
        return (f"bronze.{self.name}",)

    def reach(self, days: set[date], shop: Shop) -> set[date]:
        return {day for day in back(self._files_that_see(days), self.late) if day >= shop.first_day}

    def looks_at(self, days: Iterable[date]) -> set[date]:
        return back(days, (self.last_days or 1) - 1)

    def _files_that_see(self, days: set[date]) -> set[date]:
        if self.last_days:
            return ahead(days, self.last_days - 1)
        return set(DayRange(min(days), max(*days, datetime.now(UTC).date()))) if days else set()


def looked_up(run: Run, look_ups: Mapping[str, LookUp], lines: DataFrame, files: Files) -> tuple[DataFrame, list[Column]]:
    """The lines of those files, each still there once, and of each look-up the column to select: a row or null, or with `last_days` an array of rows."""
    from pyspark.sql import functions as F

    for name, look_up in look_ups.items():
        lines = _with_rows(run, name, look_up, lines, files)
    return lines, [F.col(quoted(f"#{name}")).alias(name) for name in look_ups]


def _with_rows(run: Run, name: str, look_up: LookUp, lines: DataFrame, files: Files) -> DataFrame:
    from pyspark.sql import functions as F

    keyed = lines.withColumn(KEY, line_key({column: F.expr(told) for column, told in look_up.key.items()}))
    asked = keyed.where(F.col(KEY).isNotNull()).select(KEY, "file_day").distinct().withColumn(IS_LINE, F.lit(True))
    rows = _rows(run, name, look_up, files).withColumn(IS_LINE, F.lit(False))
    # Of a key and day there is one row of the rows and one of those asked for, so no line is doubled by the join, nor lost.
    seen = rows.unionByName(asked, allowMissingColumns=True).withColumn(f"#{name}", _seen(look_up)).where(F.col(IS_LINE))
    joined = keyed.join(seen.select(KEY, "file_day", quoted(f"#{name}")), [KEY, "file_day"], "left").drop(KEY)
    return joined.withColumn(f"#{name}", F.coalesce(quoted(f"#{name}"), F.array())) if look_up.last_days else joined


def _rows(run: Run, name: str, look_up: LookUp, files: Files) -> DataFrame:
    """By key and file day what that day's files say: the last row, or with `last_days` all rows in order."""
    from pyspark.sql import functions as F

    entry = run.lake.shop.inputs[name]
    landed = _landed(run, name, _days_seen(look_up, files)).withColumn(
        KEY, line_key({column: F.col(quoted(column)) for column in look_up.key})
    )
    row = F.struct("file_day", *(quoted(column) for column in entry.column_names))
    return landed.where(F.col(KEY).isNotNull()).groupBy(KEY, "file_day").agg(_of_day(entry, look_up, row).alias(ROWS))


def _of_day(entry: Input, look_up: LookUp, row: Column) -> Column:
    """In a struct where it is one row: null in it tells that the row is gone, which null in its place would not."""
    from pyspark.sql import functions as F

    if look_up.last_days:
        in_order = F.array_sort(F.collect_list(F.struct("file_name", "file_row", row.alias("row"))))
        return F.transform(in_order, lambda each: each["row"])
    if entry.postgres:
        return F.struct(F.max_by(F.when(~F.expr(IS_DELETE), row), F.col("row_version").cast("bigint")).alias("row"))
    return F.struct(F.max_by(row, F.struct("file_name", "file_row")).alias("row"))


def _seen(look_up: LookUp) -> Column:
    """What a key's day sees of the rows up to it."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    by_day = Window.partitionBy(KEY).orderBy(F.unix_date("file_day"))
    if look_up.last_days:
        return F.flatten(F.collect_list(ROWS).over(by_day.rangeBetween(1 - look_up.last_days, Window.currentRow)))
    return F.last(ROWS, ignorenulls=True).over(by_day.rangeBetween(Window.unboundedPreceding, Window.currentRow))["row"]


def _landed(run: Run, name: str, days: DayRange) -> DataFrame:
    """The lines that a look-up may see: well formed, and of no file whose versions are in dispute."""
    from pyspark.sql import functions as F

    withdrawn = list(withheld(run, name))
    lines = told_lines(run, name, days).where(F.col(MALFORMED).isNull())
    return lines.where(~is_one_of(withdrawn)) if withdrawn else lines


def _days_seen(look_up: LookUp, files: Files) -> DayRange:
    first, last = (files.first, files.last) if isinstance(files, DayRange) else (min(files), max(files))
    return DayRange(first - timedelta(days=look_up.last_days - 1) if look_up.last_days else date.min, last)
