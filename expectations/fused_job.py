"""Computes many aggregates, each for every partition value and in total, in one Spark job.

Knows nothing of Great Expectations or contracts: which figures are needed is decided in `expectations.spark_engine`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import groupby
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from expectations.duplicates import any_duplicates, duplicates_by_partition
from lakehouse.tables.audit_report import NO_PARTITION

ALL_ROWS = ""
PART = "__part"
WHOLE = ""  # the one "partition value" of a table without partitions


@dataclass(frozen=True, eq=False)
class Figure:
    """One aggregate `column` over the rows of `frame`; figures of one `scan` read the frame together.

    `combine` makes the total from the partitions' values; without one the total is computed from the rows again.
    With `keys` it counts the rows whose keys other rows have too.
    """

    id: Hashable
    frame: DataFrame
    column: Column | None = None
    scan: str = ALL_ROWS
    combine: Callable[[Iterable[Any]], Any] | None = None
    keys: tuple[str, ...] = ()

    @property
    def shared(self) -> tuple[str, bool, str]:
        """Figures equal in this can stand in one aggregate."""
        return self.scan, self.combine is not None, repr(self.id) if self.keys else ""


@dataclass
class Values:
    """A figure's value in total and for each partition value that has rows."""

    total: Any = None
    by: dict[str, Any] = field(default_factory=dict)


@dataclass
class FusedJob:
    """Runs figures by the values of `partition`, and keeps what came out or why it did not (`broken`)."""

    partition: str | None
    values: dict[Hashable, Values] = field(default_factory=dict)
    broken: dict[Hashable, Exception] = field(default_factory=dict)
    is_computable: bool | None = None

    def run(self, figures: Sequence[Figure]) -> None:
        """Compute all figures. Where one cannot be computed it is found by halving, so that the others still are."""
        # One order for the same figures: Spark then finds the code it generated for them last time.
        ordered = sorted(figures, key=lambda figure: (figure.shared, repr(figure.id)))
        try:
            rows = self._frame(ordered).collect()
        except Exception as error:  # noqa: BLE001 - whatever it is, these figures have none; their checks fail with it as the reason
            self._halve(ordered, error)
            return
        self._read(ordered, rows)
        for figure in ordered:
            if figure.keys and self.values[figure.id].total:
                self._count_duplicates(figure)

    def _halve(self, figures: Sequence[Figure], error: Exception) -> None:
        # Without an error condition it is the engine that failed, not one figure: asking again would only wait again.
        if len(figures) == 1 or not isinstance(error, PySparkException) or not error.getCondition() or not self._has_rows(figures[0].frame):
            self.broken |= {figure.id: error for figure in figures}
            return
        middle = len(figures) // 2
        self.run(figures[:middle])
        self.run(figures[middle:])

    def _has_rows(self, frame: DataFrame) -> bool:
        """Whether the engine can compute the frame at all; where it cannot, every figure is broken alike and none need be looked for."""
        if self.is_computable is None:
            try:
                frame.groupBy().count().collect()
                self.is_computable = True
            except PySparkException:
                self.is_computable = False
        return self.is_computable

    def _frame(self, figures: Sequence[Figure]) -> DataFrame:
        numbered = enumerate(figures)
        scans = [list(group) for _, group in groupby(numbered, key=lambda pair: pair[1].shared)]
        parts = [self._scan(scan).withColumn("scan", F.lit(number)) for number, scan in enumerate(scans)]
        return reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), parts)

    def _scan(self, scan: list[tuple[int, Figure]]) -> DataFrame:
        """Rows (is_total, part, one column a figure) of figures that are read together."""
        first = scan[0][1]
        if first.keys:
            found = any_duplicates(first.frame, first.keys).withColumnRenamed("duplicates", f"f{scan[0][0]}")
            return found.withColumns({"is_total": F.lit(True), PART: F.lit(None).cast("string")})
        frame = first.frame.withColumn(PART, F.col(f"`{self.partition}`") if self.partition else F.lit(WHOLE))
        named = [figure.column.alias(f"f{number}") for number, figure in scan if figure.column is not None]
        if first.combine or not self.partition:
            grouped = frame.groupBy(PART).agg(F.lit(False).alias("is_total"), *named)
        else:
            grouped = frame.rollup(PART).agg((F.grouping(PART) == 1).alias("is_total"), *named)
        return grouped.withColumn(PART, F.col(PART).cast("string"))

    def _read(self, figures: Sequence[Figure], rows: list[Row]) -> None:
        scans = [list(group) for _, group in groupby(enumerate(figures), key=lambda pair: pair[1].shared)]
        for number, scan in enumerate(scans):
            mine = [row for row in rows if row["scan"] == number]
            for index, figure in scan:
                self.values[figure.id] = self._values(figure, f"f{index}", mine)

    def _values(self, figure: Figure, name: str, rows: list[Row]) -> Values:
        by = {NO_PARTITION if row[PART] is None else row[PART]: row[name] for row in rows if not row["is_total"]}
        if figure.combine:
            return Values(figure.combine(value for value in by.values() if value is not None), by)
        totals = [row[name] for row in rows if row["is_total"]]
        return Values(totals[0] if totals else by.get(WHOLE), by)

    def _count_duplicates(self, figure: Figure) -> None:
        """The exact rows by partition, asked for only where there may be any (hashes of keys can collide)."""
        part = F.col(f"`{self.partition}`") if self.partition else F.lit(WHOLE)
        try:
            rows = duplicates_by_partition(figure.frame, figure.keys, part).collect()
        except Exception as error:  # noqa: BLE001 - as above: a check without a count has failed
            self.broken[figure.id] = error
            return
        by = {NO_PARTITION if row["part"] is None else row["part"]: row["duplicates"] for row in rows}
        self.values[figure.id] = Values(sum(by.values()), by)
