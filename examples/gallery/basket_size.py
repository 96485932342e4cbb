"""A KPI table of one's own: one contract (`basket_size.yaml`), one function, and a test (`tests/line/test_tiny_plantly.py` holds this one's)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.tables.reads import days
from lakehouse.tables.registry import Table

NAME = "kpis.basket_size"


def basket_size(orders: DataFrame) -> DataFrame:
    """One row per day with an order of goods: `orders` bigint, `lines_per_order` double. Key day."""
    goods = orders.where("is_goods AND quantity > 0")
    counted = goods.groupBy("day").agg(F.count_distinct("order_id").alias("orders"), F.count(F.lit(1)).alias("lines"))
    return counted.select("day", "orders", (F.col("lines") / F.col("orders")).alias("lines_per_order"))


# In assets/kpis/ this line is a decorator over the function: @table(NAME, reads={…}, restates=True).
BASKET_SIZE = Table(NAME, basket_size, {"orders": days("silver.orders")}, restates=True)
