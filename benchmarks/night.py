"""The night after long history against the night after short history: what a night costs must follow the new day's data."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import ROUNDS, Comparison, seconds
from benchmarks.shop import SimulatedShop, simulated
from lakehouse.days import DayRange

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 1.3
LONG, SHORT = DayRange.parse("2021-09-18..2024-12-30"), DayRange.parse("2024-09-02..2024-12-30")  # 1,200 and 120 days
NIGHT = DayRange.parse("2024-12-31")
LAYERS = ("bronze", "silver", "kpis", "features")
CUSTOMERS = 200


def run(spark: SparkSession, folder: Path, rounds: int = ROUNDS) -> Comparison:
    """The same night in two lakes, in turn; training is left out, and so are the model's tables, which read the day alone."""
    lakes = [_built(spark, folder / name, history) for name, history in (("long", LONG), ("short", SHORT))]
    nights = [partial(shop.build, NIGHT, LAYERS) for shop in lakes]
    for night in nights:
        night()
    pairs = [tuple(map(seconds, nights)) for _ in range(rounds)]
    ours, peer = zip(*pairs, strict=True)
    return Comparison("the night after 1,200 days, against after 120", ours, peer, AT_MOST)


def _built(spark: SparkSession, folder: Path, history: DayRange) -> SimulatedShop:
    folder.mkdir()
    shop = simulated(spark, folder, DayRange(history.first, NIGHT.last), CUSTOMERS)
    shop.build(history, LAYERS)
    return shop
