"""kpis.daily_sales: the shop's day in one row."""

from pyspark.sql import DataFrame

from assets.kpis.sales_measures import identified_buyers, pounds, sales_measures
from lakehouse.reads import days
from lakehouse.registry import table


@table("kpis.daily_sales", reads={"orders": days("silver.orders", 0)}, restates=True)
def daily_sales(orders: DataFrame) -> DataFrame:
    """One row per day with an order line: goods sold, returned and earned, and beside them what was no goods. Key day.

    Counts bigint, money GBP to the penny; a day without any order line (closed) has no row.
    """
    return orders.groupBy("day").agg(
        *sales_measures(),
        pounds("NOT is_goods").alias("non_goods_gbp"),
        identified_buyers().alias("identified_customers"),
    )
