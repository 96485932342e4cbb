"""partials.customer_product_day: what a customer bought and returned of a product on one day."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.feature_version import feature_versions
from features.measures.sales import goods_lines, new_orders
from features.partials.summing import summed
from lakehouse.tables.reads import days
from lakehouse.tables.registry import table

KEY = ["customer_key", "product_id"]
MEASURES = ("orders", "units", "spend", "returned_units")


@table("partials.customer_product_day", reads={"orders": days("silver.orders")}, restates=True, versions=feature_versions)
def customer_product_day(orders: DataFrame) -> DataFrame:
    """One row per day, customer, product and day by whose end it was known. Key day, customer_key, product_id, known_day.

    Counts bigint, units and money decimal and before returns; `product_group` the last by the alphabet that the day's lines named.
    These are also the sets that different products and buyers are counted by. Rows without a customer_key count for nobody.
    """
    lines = goods_lines(orders).where("customer_key IS NOT NULL")
    return summed([lines, new_orders(lines, KEY)], KEY, MEASURES, F.max("product_group").alias("product_group"))
