"""kpis.daily_sales: the shop's day in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame

from assets.kpis.sales_measures import identified_buyers, money, sales_measures
from lakehouse.tables.reads import days
from lakehouse.tables.registry import table

if TYPE_CHECKING:
    from lakehouse.tables.run import Run


@table("kpis.daily_sales", reads={"orders": days("silver.orders", 0)}, restates=True)
def daily_sales(orders: DataFrame, run: Run) -> DataFrame:
    """One row per day with an order line: goods sold, returned and earned, and beside them what was no goods. Key day.

    Counts bigint, units decimal, money to the smallest coin; a day without any order line (closed) has no row.
    """
    return orders.groupBy("day").agg(
        *sales_measures(run.lake.shop.currency),
        money("NOT is_goods", run.lake.shop.currency).alias("non_goods_amount"),
        identified_buyers().alias("identified_customers"),
    )
