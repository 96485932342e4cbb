"""The feature tables of silver rows, through the daily partial aggregates between them, as a night makes them."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame

from features.customer import customer_daily
from features.customer_attribute import customer_attribute_daily
from features.customer_product import customer_product_daily
from features.partials.customer_attribute_day import customer_attribute_day
from features.partials.customer_day import customer_day
from features.partials.customer_product_day import customer_product_day
from features.partials.product_day import product_day
from features.product import product_daily


def customers_of(orders: DataFrame, impressions: DataFrame, customers: DataFrame, products: DataFrame, run: Any) -> DataFrame:
    sums, attributes = customer_day(orders, impressions, products), customer_attribute_day(orders, products)
    return customer_daily(sums, customer_product_day(orders), attributes, customers, run)


def products_of(orders: DataFrame, impressions: DataFrame, products: DataFrame, run: Any) -> DataFrame:
    return product_daily(product_day(orders, impressions), customer_product_day(orders), products, run)


def pairs_of(orders: DataFrame, run: Any) -> DataFrame:
    return customer_product_daily(customer_product_day(orders), run)


def attributes_of(orders: DataFrame, products: DataFrame, run: Any) -> DataFrame:
    return customer_attribute_daily(customer_attribute_day(orders, products), run)
