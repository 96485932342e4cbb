"""90 days of features in one run, against 90 times one day: the same function, publish and audit."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import ROUNDS, Comparison, seconds
from benchmarks.shop import simulated
from lakehouse.days import DayRange

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 0.1
TABLE = "features.customer_product_daily"
HISTORY = DayRange.parse("2025-01-01..2025-06-29")
BACKFILLED = DayRange.parse("2025-04-01..2025-06-29")


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS) -> Comparison:
    """Each round: the 90 days in one publish, and its last day alone; the peer's time is 90 times that of the one day."""
    shop = simulated(spark, folder, HISTORY)
    shop.build(HISTORY, ("bronze", "silver", "partials"))
    last = DayRange(BACKFILLED.last, BACKFILLED.last)
    many, one = partial(shop.publish, TABLE, BACKFILLED), partial(shop.publish, TABLE, last)
    many(), one()
    pairs = [(seconds(many), len(BACKFILLED) * seconds(one)) for _ in range(rounds)]
    ours, peer = zip(*pairs, strict=True)
    return Comparison("backfill of 90 days of features, against 90 x one day", ours, peer, AT_MOST)
