"""The night after long history against the night after short history: what a night costs must follow the new day's data."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compare import ROUNDS, Comparison, seconds
from benchmarks.shop import SimulatedShop, simulated
from lakehouse.days import DayRange

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AT_MOST = 1.3
LAST = date(2024, 12, 30)
LONG, SHORT = 1200, 120
LAYERS = ("bronze", "silver", "kpis", "partials", "features")
CUSTOMERS = 200


def run(
    spark: SparkSession, folder: Path, rounds: int = ROUNDS, long: int = LONG, short: int = SHORT, layers: tuple[str, ...] = LAYERS
) -> Comparison:
    """One night after another in two lakes of so many days, in turn; the first warms up.

    Training is left out, and so are the model's tables, which read the day alone.
    """
    nights = [LAST + timedelta(days=number) for number in range(1, rounds + 2)]
    lakes = [_built(spark, folder / name, days, nights[-1], layers) for name, days in (("long", long), ("short", short))]
    pairs = [tuple(seconds(partial(shop.build, DayRange(night, night), layers)) for shop in lakes) for night in nights]
    return Comparison.warmed_up(f"the night after {long:,} days, against after {short:,}", pairs, AT_MOST)


def _built(spark: SparkSession, folder: Path, days: int, last: date, layers: tuple[str, ...]) -> SimulatedShop:
    folder.mkdir()
    history = DayRange(LAST - timedelta(days=days - 1), LAST)
    shop = simulated(spark, folder, DayRange(history.first, last), CUSTOMERS)
    shop.build(history, layers)
    return shop
