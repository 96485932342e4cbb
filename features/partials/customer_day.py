"""partials.customer_day: what a customer bought, returned, saw and clicked on one day."""

from __future__ import annotations

from pyspark.sql import DataFrame

from features.feature_version import feature_versions
from features.measures.impressions import showings
from features.measures.list_prices import with_discount
from features.measures.sales import goods_lines, new_orders
from features.partials.summing import summed
from lakehouse.tables.reads import days, valid
from lakehouse.tables.registry import table

KEY = ["customer_key"]
MEASURES = ("lines", "orders", "units", "spend", "returned_units", "discount", "impressions", "clicks")


@table(
    "partials.customer_day",
    reads={"orders": days("silver.orders"), "impressions": days("silver.impressions"), "products": valid("silver.products")},
    restates=True,
    versions=feature_versions,
)
def customer_day(orders: DataFrame, impressions: DataFrame, products: DataFrame) -> DataFrame:
    """One row per day, customer and day by whose end it was known. Key day, customer_key, known_day.

    Counts bigint, units and money decimal and before returns. Rows without a customer_key count for nobody.
    """
    lines = with_discount(goods_lines(orders).where("customer_key IS NOT NULL"), products)
    seen = showings(impressions).where("customer_key IS NOT NULL")
    return summed([lines, new_orders(lines, KEY), seen], KEY, MEASURES)
