"""The features of a pair: the one definition of joining `features.*` to (customer, product). Its dense twin for ranking is `grid`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.purchase import FEATURES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

GROUP_ORDERS = "group_orders_90d"


def with_features(pairs: DataFrame, customers: DataFrame, products: DataFrame, purchases: DataFrame) -> DataFrame:
    """The pairs with every feature of their `feature_day`; no pair is added or lost.

    `pairs` has feature_day, customer_key, product_id and whatever else it carries along. The others are
    `features.customer_daily`, `product_daily` and `customer_product_daily`, whose `day` is that feature_day.
    """
    from pyspark.sql import functions as F

    known = (
        pairs.join(_side(customers, "customer", ["customer_key"]), ["feature_day", "customer_key"], "left")
        .join(F.broadcast(_side(products, "product", ["product_id"])), ["feature_day", "product_id"], "left")
        .join(_side(purchases, "pair", ["customer_key", "product_id"]), ["feature_day", "customer_key", "product_id"], "left")
        .join(group_orders(purchases), ["feature_day", "customer_key", "product_group"], "left")
    )
    return known.withColumns({f.name: F.coalesce(f.name, F.lit(int(f.absent))) for f in FEATURES if f.absent is not None})


def group_orders(purchases: DataFrame) -> DataFrame:
    """A customer's orders of a product group in 90 days; an order holding two products of the group counts for both."""
    from pyspark.sql import functions as F

    grouped = purchases.groupBy(F.col("day").alias("feature_day"), "customer_key", "product_group")
    return grouped.agg(F.sum("orders_90d").alias(f"pair_{GROUP_ORDERS}"))


def _side(table: DataFrame, grain: str, keys: list[str]) -> DataFrame:
    from pyspark.sql import functions as F

    taken = [f for f in FEATURES if f.grain == grain and f.column != GROUP_ORDERS]
    return table.select(F.col("day").alias("feature_day"), *keys, *(F.col(f.column).alias(f.name) for f in taken))
