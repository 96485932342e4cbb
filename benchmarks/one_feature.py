"""One feature added over 365 days, audited, the others staying as they stand, against that feature computed alone and written as it comes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import ROUNDS, Comparison, compare
from benchmarks.shop import asked, publish_audited, simulated
from lakehouse.days import DayRange
from lakehouse.lake import Lake
from lakehouse.run import Run

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 1.5
TABLE, FEATURE = "features.customer_daily", "spend_30d_gbp"
HISTORY = DayRange.parse("2024-04-01..2025-06-29")
ADDED = DayRange.parse("2024-06-30..2025-06-29")


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS) -> Comparison:
    """Both in turn, over a table that stands with all its features."""
    shop = simulated(spark, folder, HISTORY)
    shop.build(HISTORY, ("bronze", "silver"))
    shop.publish(TABLE, ADDED)
    ours, peer = partial(publish_audited, shop.lake, TABLE, ADDED, (FEATURE,)), partial(_alone, shop.lake, str(folder / "alone"))
    return compare("one feature over 365 days beside the others, against it alone in a bare job", ours, peer, rounds, AT_MOST)


def _alone(lake: Lake, to: str) -> None:
    """The feature's own function, nothing else of its table, in one write of one file a day."""
    run = Run(lake, lake.tables[TABLE], ADDED, asked(), "benchmark")
    df = run.table.compute(run).select("day", "customer_key", FEATURE).repartition("day")
    df.write.format("delta").mode("overwrite").partitionBy("day").save(to)
