"""What an order line is worth to a feature: the measures every grain adds up. Daily sums belong in `partials`, windows in `windows`."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def goods_lines(orders: DataFrame) -> DataFrame:
    """Order lines of goods with `units`, `spend` and `returned_units` (decimals; never negative).

    A return counts in `returned_units` alone: units and spend are what was bought, before returns.
    """
    bought = ~F.col("is_return")
    return orders.where("is_goods").select(
        "day", "known_day", "order_id", "customer_key", "product_id", "product_group", "event_at",
        bought.alias("is_bought"),
        F.lit(1).cast("bigint").alias("lines"),
        F.when(bought, F.col("quantity")).otherwise(0).cast("decimal(18,4)").alias("units"),
        F.when(bought, F.col("amount")).otherwise(0).cast("decimal(18,4)").alias("spend"),
        F.when(bought, 0).otherwise(-F.col("quantity")).cast("decimal(18,4)").alias("returned_units"),
    )  # fmt: skip


def new_orders(lines: DataFrame, keys: list[str]) -> DataFrame:
    """Each order of a key with a bought line, once on each of its days: `orders` is 1, known with the first of its lines.

    Orders of different days can then be added up; one that goes on on another day counts there again.
    """
    orders = lines.where("is_bought").groupBy("day", *keys, "order_id").agg(F.min("known_day").alias("known_day"))
    return orders.select("day", *keys, "known_day", F.lit(1).cast("bigint").alias("orders"))
