"""A training set of one's own: which customers come back within thirty days, by what was known of them when the day began.

`GREENHOUSE_HOME=… .venv/bin/python -m examples.gallery.returning_customers` prints it for a home that is built. To learn another thing,
change `examples` (who is asked about, when, and what came true); to learn from other columns, `known_of_customers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.leakage import leaks
from features.point_in_time import FeatureRows, daily, point_in_time
from lakehouse.days import starts_at

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.tables.lake import Lake

WITHIN_DAYS = 30
COLUMNS = ("orders_90d", "spend_90d", "days_since_last_order", "distinct_products_90d")


def examples(lake: Lake) -> DataFrame:
    """day, customer_key, as_of, returned: one row a customer and day of goods bought, whose thirty days after have ended.

    `as_of` is when the day began, so that nothing of the day itself is known.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    bought = (
        lake.read("silver.orders").where("is_goods AND quantity > 0 AND customer_key IS NOT NULL").select("day", "customer_key").distinct()
    )
    again = F.lead("day").over(Window.partitionBy("customer_key").orderBy("day"))
    returned = bought.withColumn("returned", F.coalesce(again <= F.date_add("day", WITHIN_DAYS), F.lit(False)))
    last = bought.agg(F.max("day").alias("last"))
    mature = returned.crossJoin(F.broadcast(last)).where(F.date_add("day", WITHIN_DAYS) <= F.col("last"))
    return mature.select("day", "customer_key", starts_at(F.col("day"), lake.shop.time_zone).alias("as_of"), "returned")


def known_of_customers(lake: Lake) -> FeatureRows:
    """What is known of a customer from the end of each day on; of customers not seen for long, nothing."""
    return daily(lake.read("features.customer_daily"), ["customer_key"], COLUMNS, lake.shop.time_zone, max_age_days=1)


def training_set(lake: Lake) -> DataFrame:
    """The examples with what was known at their moment."""
    return point_in_time(examples(lake), [known_of_customers(lake)])


def refuse_leaks(lake: Lake, frame: DataFrame) -> None:
    """For a frame of one's own join, with customer_key, as_of and those columns. Raises ValueError naming what is not as it was known then.

    Of what `point_in_time` made it would prove nothing: it is the same join.
    """
    if found := leaks(frame, [known_of_customers(lake)]):
        raise ValueError(f"not as they were known at as_of: {', '.join(sorted(leak.column for leak in found))}")


def main() -> None:
    """Print the training set of the home that GREENHOUSE_HOME names."""
    from assets.open_lake import open_lake
    from lakehouse.settings import load_settings

    training_set(open_lake(load_settings())).orderBy("day", "customer_key").show(20)


if __name__ == "__main__":
    main()
