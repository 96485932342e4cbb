"""A pull that finds nothing new after 1,200 days of files, against three seconds."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.busy_shop import FIRST, busy_lake, deliver
from benchmarks.compare import ROUNDS, Comparison, seconds
from benchmarks.shop import publish_audited
from lakehouse.days import DayRange

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DAYS, LINES, LIMIT_SECONDS = 1200, 1000, 3.0


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS, files: int = DAYS, lines: int = LINES) -> Comparison:
    """Lands them all first. The limit stands where a peer's time does."""
    lake, days = busy_lake(spark, folder), DayRange(FIRST, FIRST + timedelta(days=files - 1))
    for day in days:
        deliver(lake.shop.landing_folder, day, lines)
    pull = partial(publish_audited, lake, "bronze.lines", days)
    pull()
    return Comparison(
        f"a pull that finds nothing new in {files:,} files", tuple(seconds(pull) for _ in range(rounds)), (LIMIT_SECONDS,) * rounds, 1.0
    )
