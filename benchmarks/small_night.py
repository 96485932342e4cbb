"""The night of a shop that sells thirty lines a day, through Dagster and audited, against its functions called and written by Spark alone.

The same two ways as `overhead`, on so few rows that planning, commits and events are all there is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import overhead
from benchmarks.compare import ROUNDS, Comparison

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST, LINES = 0.7, 30


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS, lines: int = LINES) -> Comparison:
    """One small night after another in two lakes, in turn; the first warms up."""
    return overhead.run(spark, folder, rounds, lines, AT_MOST)
