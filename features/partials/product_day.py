"""partials.product_day: what was sold, returned, shown and clicked of a product on one day, by anyone."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.feature_version import feature_versions
from features.measures.impressions import converted, showings
from features.measures.sales import goods_lines
from features.partials.summing import summed
from lakehouse.tables.reads import days
from lakehouse.tables.registry import table

KEY = ["product_id"]
MEASURES = ("units", "revenue", "returned_units", "impressions", "clicks", "conversions")


@table(
    "partials.product_day",
    reads={"orders": days("silver.orders"), "impressions": days("silver.impressions")},
    restates=True,
    versions=feature_versions,
)
def product_day(orders: DataFrame, impressions: DataFrame) -> DataFrame:
    """One row per day, product and day by whose end it was known. Key day, product_id, known_day.

    Counts bigint, units and money decimal and before returns; `product_group` the last by the alphabet that the day's lines named.
    """
    lines = goods_lines(orders)
    sold = lines.withColumnRenamed("spend", "revenue")
    return summed(
        [sold, showings(impressions), converted(impressions, lines)], KEY, MEASURES, F.max("product_group").alias("product_group")
    )
