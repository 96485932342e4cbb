"""What had happened by a day, as far as it was known by then: goods order lines and impressions of the 90 days up to it.

For checking features, so it shares nothing with how `features/` keeps its windows. What is summed up belongs in `recomputed_features`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

LONGEST = 90
FLAGS = ["is_bought", "is_returned", "is_shown", "is_clicked"]


def events_of(orders: DataFrame, impressions: DataFrame) -> DataFrame:
    """Goods order lines and impressions as one kind of row, told apart by flags; `event_day` is the shop's day.

    What the shop does not call a return is one where units are negative.
    """
    from pyspark.sql import functions as F

    is_returned = F.expr("coalesce(is_return, quantity < 0)")
    common = ["day", "known_day", "event_at", "customer_key", "product_id", "product_group"]
    lines = orders.where("is_goods").select(
        *common, "order_id", "quantity", F.expr("cast(coalesce(amount, quantity * unit_price) AS decimal(18,4))").alias("amount"),
        (~is_returned).alias("is_bought"), is_returned.alias("is_returned"),
    )  # fmt: skip
    shown = impressions.select(*common, F.lit(True).alias("is_shown"), "is_clicked")
    return lines.unionByName(shown, allowMissingColumns=True).withColumnRenamed("day", "event_day").fillna(False, FLAGS)


def units_sold(events: DataFrame) -> DataFrame:
    """event_day, known_day, product_id, units: what was sold of each product, whoever bought it."""
    from pyspark.sql import functions as F

    return events.where("is_bought").groupBy("event_day", "known_day", "product_id").agg(F.sum("quantity").alias("units"))


def seen(pairs: DataFrame, events: DataFrame, keys: list[str], days: int = LONGEST) -> DataFrame:
    """Each day of the pairs with the events of its keys from `days` - 1 days before to that day, known by its end; `age` in days."""
    from pyspark.sql import functions as F

    asked = F.broadcast(pairs.select("day", *keys).distinct())
    past = events.join(asked, keys) if keys else events.crossJoin(asked)
    return past.withColumn("age", F.datediff("day", "event_day")).where(f"age >= 0 AND age < {days} AND known_day <= day")
