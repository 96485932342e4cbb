"""What an order line is worth to a feature: the measures every grain adds up. Windows belong in `windows`."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def goods_lines(orders: DataFrame) -> DataFrame:
    """Order lines of goods with `units`, `spend` and `returned_units` (bigint, GBP decimal, bigint; never negative).

    A return counts in `returned_units` alone: units and spend are what was bought, before returns.
    """
    bought = ~F.col("is_return")
    return orders.where("is_goods").select(
        "day", "known_day", "order_id", "customer_key", "product_id", "product_group", "event_at",
        bought.alias("is_bought"),
        F.lit(1).cast("bigint").alias("lines"),
        F.when(bought, F.col("quantity")).otherwise(0).cast("bigint").alias("units"),
        F.when(bought, F.col("amount_gbp")).otherwise(0).cast("decimal(18,4)").alias("spend"),
        F.when(bought, 0).otherwise(-F.col("quantity")).cast("bigint").alias("returned_units"),
    )  # fmt: skip


def added_up(lines: DataFrame, keys: list[str], measures: list[str]) -> DataFrame:
    """Lines of one key, day and known day as one event: its sums, `bought_on` where something was bought, `group_on` where named."""
    sums = [F.sum(name).alias(name) for name in measures]
    bought_on = F.max(F.when(F.col("is_bought"), F.col("day"))).alias("bought_on")
    return lines.groupBy(*keys, "day", "known_day").agg(*sums, bought_on, named_group())


def named_group() -> Column:
    """`group_on`: the product_group and the day that named it, so that the latest can be kept; null where none did."""
    named = F.when(F.col("product_group").isNotNull(), F.struct("day", "product_group"))
    return F.max(named).alias("group_on")
