"""kpis.product_sales_daily: what each product sold on a day, and at which list price."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from assets.kpis.sales_measures import identified_buyers, sales_measures
from lakehouse.tables.reads import days, valid
from lakehouse.tables.registry import table
from lakehouse.tables.scd2 import as_of

if TYPE_CHECKING:
    from lakehouse.tables.run import Run


@table("kpis.product_sales_daily", reads={"orders": days("silver.orders", 0), "products": valid("silver.products")}, restates=True)
def product_sales_daily(orders: DataFrame, products: DataFrame, run: Run) -> DataFrame:
    """One row per day and goods product with an order line: sold, returned and earned. Key day, product_id.

    Counts bigint, units decimal, money to the smallest coin. Non-goods lines have no row.
    """
    sold = (
        orders.where("is_goods")
        .groupBy("day", "product_id")
        .agg(
            F.max("product_group").alias("product_group"),
            *sales_measures(run.lake.shop.currency),
            identified_buyers().alias("identified_customers"),
        )
    )
    return as_of(sold, products, ["product_id"], ["price"]).withColumnRenamed("price", "list_price")
