"""partials.customer_attribute_day: how much a customer bought on one day of what had an attribute."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.feature_version import feature_versions
from features.measures.list_prices import KEY as BY_PRODUCT
from features.measures.sales import goods_lines
from features.partials.summing import summed
from lakehouse.tables.reads import days, valid
from lakehouse.tables.registry import table
from lakehouse.tables.scd2 import as_of

GROUP = "product_group"
OF_PRODUCTS = ("light_need", "is_pet_safe")
KEY = ["customer_key", "attribute", "value"]


@table(
    "partials.customer_attribute_day",
    reads={"orders": days("silver.orders"), "products": valid("silver.products")},
    restates=True,
    versions=feature_versions,
)
def customer_attribute_day(orders: DataFrame, products: DataFrame) -> DataFrame:
    """One row per day, customer, attribute, value and day by whose end it was known. Key day, customer_key, attribute, value, known_day.

    `units` decimal, before returns. The product_group is the order line's; the other attributes are the product's of that day.
    """
    bought = goods_lines(orders).where("customer_key IS NOT NULL AND is_bought")
    told = as_of(bought, products, BY_PRODUCT, list(OF_PRODUCTS))
    pairs = [F.struct(F.lit(name).alias("attribute"), F.col(name).cast("string").alias("value")) for name in (GROUP, *OF_PRODUCTS)]
    each = told.select("day", "known_day", "customer_key", "units", F.inline(F.array(*pairs))).where("value IS NOT NULL")
    return summed([each], KEY, ["units"])
