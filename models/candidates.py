"""Which pairs of customer and product are considered: one generator for scoring, training and drift. Sampling belongs in `population`.

A candidate is a product on sale that may be recommended, and that is among the day's most popular, or that the customer bought in 90 days; for each
customer active in 90 days. `candidates` makes them, `among` picks them out of given pairs, `count` counts them: the
two ask for work in proportion to purchases, where making the pairs asks for customers times products.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.purchase import ON_SALE_DAYS, POPULAR_CANDIDATES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

KEYS = ("day", "customer_key", "product_id")
BY_CUSTOMER, BY_PRODUCT = ["day", "customer_key"], ["day", "product_id"]


def candidates(customers: DataFrame, products: DataFrame, purchases: DataFrame, most: int = POPULAR_CANDIDATES) -> DataFrame:
    """day, customer_key, product_id of every candidate, each once.

    The three are `features.customer_daily`, `product_daily` and `customer_product_daily`; `day` is the features' day.
    """
    from pyspark.sql import functions as F

    active = customers.select(*BY_CUSTOMER)
    favoured = active.join(F.broadcast(popular(products, most)), "day").select(*KEYS)
    return favoured.unionByName(_bought_before(active, products, purchases, most))


def among(pairs: DataFrame, customers: DataFrame, products: DataFrame, purchases: DataFrame, most: int = POPULAR_CANDIDATES) -> DataFrame:
    """Those of the given pairs (day, customer_key, product_id) that are candidates."""
    active = pairs.join(customers.select(*BY_CUSTOMER), BY_CUSTOMER, "left_semi").select(*KEYS)
    favoured = active.join(popular(products, most), BY_PRODUCT, "left_semi").select(*KEYS)
    again = _bought_before(customers.select(*BY_CUSTOMER), products, purchases, most)
    return favoured.unionByName(active.join(again, list(KEYS), "left_semi").select(*KEYS))


def count(customers: DataFrame, products: DataFrame, purchases: DataFrame, most: int = POPULAR_CANDIDATES) -> DataFrame:
    """day, customers, candidates: how many there are, without making them."""
    from pyspark.sql import functions as F

    active = customers.groupBy("day").agg(F.count("*").alias("customers"))
    favourites = popular(products, most).groupBy("day").agg(F.count("*").alias("favourites"))
    again = _bought_before(customers, products, purchases, most).groupBy("day").agg(F.count("*").alias("again"))
    made = F.coalesce(F.col("customers") * F.col("favourites"), F.lit(0)) + F.coalesce("again", F.lit(0))
    joined = active.join(favourites, "day", "left").join(again, "day", "left")
    return joined.select("day", "customers", made.alias("candidates"))


def on_sale(products: DataFrame) -> DataFrame:
    """The rows of `features.product_daily` that may be recommended, sold within the last `ON_SALE_DAYS` days."""
    return products.where(f"days_since_last_sale < {ON_SALE_DAYS} AND is_recommendable")


def popular(products: DataFrame, most: int = POPULAR_CANDIDATES) -> DataFrame:
    """day, product_id of the day's most popular products on sale; ties go to the lower product_id."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    order = Window.partitionBy("day").orderBy(F.col("popularity_rank_30d").asc_nulls_last(), "product_id")
    ranked = on_sale(products).withColumn("place", F.row_number().over(order))
    return ranked.where(F.col("place") <= most).select("day", "product_id")


def _bought_before(active: DataFrame, products: DataFrame, purchases: DataFrame, most: int) -> DataFrame:
    """What active customers bought in 90 days that is on sale and not among the popular."""
    from pyspark.sql import functions as F

    rest = on_sale(products).select(*BY_PRODUCT).join(popular(products, most), BY_PRODUCT, "left_anti")
    known = purchases.select(*KEYS).join(F.broadcast(rest), BY_PRODUCT, "left_semi")
    return known.join(active, BY_CUSTOMER, "left_semi").select(*KEYS)
