"""The point-in-time join of ten times the examples and rows, against the same join of one time: it must grow with them, not faster."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import ROUNDS, Comparison, compare
from benchmarks.point_in_time import FULL, Size, deliver, join

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 12.0
TIMES = 10


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS, size: Size = FULL) -> Comparison:
    """Both in turn."""
    deliver(folder / "many", size * TIMES)
    deliver(folder / "one", size)
    many, one = partial(join, spark, folder / "many"), partial(join, spark, folder / "one")
    return compare("the point-in-time join of ten times the rows, against one time", many, one, rounds, AT_MOST)
