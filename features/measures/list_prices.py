"""What the catalogue said of a product on a day: price, stock and attributes, from the versions of `silver.products`.

What an order line is worth belongs in `sales`, windows in `windows`.
"""

from __future__ import annotations

from datetime import timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.measures.totals import LONGEST
from lakehouse.contracts.model import VALID_FROM, VALID_TO
from lakehouse.days import DayRange
from lakehouse.tables.scd2 import as_of

KEY = ["product_id"]
PRICE_AGE_DAYS = 30


def listings(products: DataFrame, days: DayRange) -> DataFrame:
    """Versions of products as events: `listed_on` (the day, the price, whether it may be recommended) and `restocked_on` on the day a version began, and
    `listed_before`, the same price, PRICE_AGE_DAYS later, when it becomes the price of so long ago.

    A version that began before the longest window counts from its first day on, as it then stood: what changed earlier is over.
    `products` holds the versions of the days and of the LONGEST days before them.
    """
    opening = F.lit(days.first - timedelta(days=LONGEST - 1))
    in_time = Window.partitionBy(*KEY).orderBy(VALID_FROM)
    rose = F.col("stock_units") > F.coalesce(F.lag("stock_units").over(in_time), F.lit(0))
    day = F.greatest(F.col(VALID_FROM), opening)
    restocked_on = F.when((F.col(VALID_FROM) >= opening) & rose, day)
    versions = products.select(*KEY, VALID_TO, day.alias("day"), restocked_on.alias("restocked_on"), "price", "is_recommendable")
    versions = versions.where(F.coalesce(F.col(VALID_TO) > opening, F.lit(True))).drop(VALID_TO)
    later = versions.withColumn("day", F.date_add("day", PRICE_AGE_DAYS)).drop("restocked_on")
    return _priced(versions, "listed_on").unionByName(_priced(later, "listed_before"), allowMissingColumns=True)


def _priced(versions: DataFrame, name: str) -> DataFrame:
    return versions.withColumns({"known_day": F.col("day"), name: F.struct("day", "price", "is_recommendable")}).drop(
        "price", "is_recommendable"
    )


def price_change() -> Column:
    """By which share the list price differs from what it was PRICE_AGE_DAYS ago; null where there is none, or was none or 0."""
    now, before = F.col("listed_on.price"), F.col("listed_before.price")
    return F.try_divide((now - before).cast("double"), before.cast("double"))


def with_discount(lines: DataFrame, products: DataFrame) -> DataFrame:
    """Goods lines with `discount` (never negative): how far below that day's list price they were bought; 0 where there was none."""
    priced = as_of(lines, products, KEY, ["price"])
    # A list price too large to multiply gives no discount, so that one slip in a catalogue does not stop the night.
    below = (F.col("price") * F.col("units") - F.col("spend")).try_cast("decimal(18,4)")
    nothing = F.lit(0).cast("decimal(18,4)")
    return priced.withColumn("discount", F.greatest(F.coalesce(below, nothing), nothing)).drop("price")
