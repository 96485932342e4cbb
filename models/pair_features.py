"""The features of a pair: the one definition of joining `features.*` to (customer, product). Its dense twin for ranking is `grid`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.feature_list import GROUP_ORDERS

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from models.feature_list import FeatureList, Grain

ITS_GROUP = "its_group"


def with_features(pairs: DataFrame, customers: DataFrame, products: DataFrame, purchases: DataFrame, features: FeatureList) -> DataFrame:
    """The pairs with each of those features of their `feature_day`, the lost ones missing; no pair is added or lost.

    `pairs` has feature_day, customer_key, product_id and whatever else it carries along. The others are
    `features.customer_daily`, `product_daily` and `customer_product_daily`, whose `day` is that feature_day.
    """
    from pyspark.sql import functions as F

    by_group = features.takes_group_orders
    groups = [F.col("product_group").alias(ITS_GROUP)] if by_group else []
    known = (
        pairs.join(_side(customers, features, "customer", "customer_key"), ["feature_day", "customer_key"], "left")
        .join(F.broadcast(_side(products, features, "product", "product_id", *groups)), ["feature_day", "product_id"], "left")
        .join(_side(purchases, features, "pair", "customer_key", "product_id"), ["feature_day", "customer_key", "product_id"], "left")
    )
    if by_group:
        orders = group_orders(purchases).withColumnRenamed("product_group", ITS_GROUP)
        known = known.join(orders, ["feature_day", "customer_key", ITS_GROUP], "left").drop(ITS_GROUP)
    filled = _filled(features)
    return known.withColumns(filled) if filled else known  # the engine's client takes no empty ones


def _filled(features: FeatureList) -> dict[str, Column]:
    """What is absent, by its value; what is lost, as missing."""
    from pyspark.sql import functions as F

    absent = {f.name: F.coalesce(f.name, F.lit(_whole(f.absent))) for f in features.computed if f.absent is not None}
    lost = {f.name: F.lit(None).cast("string" if f.kind == "category" else "double") for f in features if f.name in features.lost}
    return absent | lost


def _whole(value: float) -> float:
    """A whole number as one, so that a count stays a count."""
    return int(value) if value.is_integer() else value


def group_orders(purchases: DataFrame) -> DataFrame:
    """A customer's orders of a product group in 90 days; an order holding two products of the group counts for both."""
    from pyspark.sql import functions as F

    grouped = purchases.groupBy(F.col("day").alias("feature_day"), "customer_key", "product_group")
    return grouped.agg(F.sum("orders_90d").alias(f"pair_{GROUP_ORDERS}"))


def _side(table: DataFrame, features: FeatureList, grain: Grain, *keys: str | Column) -> DataFrame:
    from pyspark.sql import functions as F

    taken = [F.col(feature.column).alias(feature.name) for feature in features.columns(grain)]
    return table.select(F.col("day").alias("feature_day"), *keys, *taken)
