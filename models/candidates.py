"""Which pairs of customer and product are considered: one generator for scoring, training and drift. Sampling belongs in `population`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.purchase import ON_SALE_DAYS, POPULAR_CANDIDATES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

KEYS = ("day", "customer_key", "product_id")


def on_sale(products: DataFrame) -> DataFrame:
    """The rows of `features.product_daily` sold within the last `ON_SALE_DAYS` days."""
    return products.where(f"days_since_last_sale < {ON_SALE_DAYS}")


def popular(products: DataFrame, most: int = POPULAR_CANDIDATES) -> DataFrame:
    """The day's most popular products on sale; ties go to the lower product_id."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    order = Window.partitionBy("day").orderBy(F.col("popularity_rank_30d").asc_nulls_last(), "product_id")
    ranked = on_sale(products).withColumn("place", F.row_number().over(order))
    return ranked.where(F.col("place") <= most).select("day", "product_id")


def candidates(customers: DataFrame, products: DataFrame, purchases: DataFrame, most: int = POPULAR_CANDIDATES) -> DataFrame:
    """day, customer_key, product_id: each active customer with what is popular and what they bought in 90 days, on sale.

    The three are `features.customer_daily`, `product_daily` and `customer_product_daily`; `day` is the features' day.
    """
    from pyspark.sql import functions as F

    favourites = F.broadcast(popular(products, most))
    active = customers.select("day", "customer_key")
    sold = F.broadcast(on_sale(products).select("day", "product_id"))
    again = (
        purchases.select(*KEYS)
        .join(sold, ["day", "product_id"], "left_semi")
        .join(favourites, ["day", "product_id"], "left_anti")
        .join(active, ["day", "customer_key"], "left_semi")
    )
    return active.join(favourites, "day").select(*KEYS).unionByName(again.select(*KEYS))
