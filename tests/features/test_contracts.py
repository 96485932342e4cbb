"""What the feature functions return is what their contracts say: columns, order of types, and keys."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from features.partials.customer_attribute_day import customer_attribute_day
from features.partials.customer_day import customer_day
from features.partials.customer_product_day import customer_product_day
from features.partials.product_day import product_day
from lakehouse.contracts.odcs import load_contract
from lakehouse.contracts.spark_schema import conform
from tests.features.frames import customers_frame, impressions_frame, orders_frame, products_frame, run_of
from tests.features.from_silver import attributes_of, customers_of, pairs_of, products_of

CONTRACTS = Path(__file__).parents[2] / "expectations" / "contracts" / "features"


@pytest.mark.parametrize("name", ["customer_daily", "customer_attribute_daily", "product_daily", "customer_product_daily"])
def test_conforms_even_when_nothing_happened(spark: SparkSession, name: str) -> None:
    contract = load_contract(CONTRACTS / f"{name}.yaml")
    orders, impressions, run = orders_frame(spark, []), impressions_frame(spark, []), run_of(date(2011, 1, 1))
    products = products_frame(spark)
    frames: dict[str, DataFrame] = {
        "customer_daily": customers_of(orders, impressions, customers_frame(spark), products, run),
        "customer_attribute_daily": attributes_of(orders, products, run),
        "product_daily": products_of(orders, impressions, products, run),
        "customer_product_daily": pairs_of(orders, run),
    }
    assert conform(frames[name], contract).count() == 0


@pytest.mark.parametrize("name", ["customer_day", "customer_attribute_day", "product_day", "customer_product_day"])
def test_daily_sums_conform_even_when_nothing_happened(spark: SparkSession, name: str) -> None:
    orders, impressions, products = orders_frame(spark, []), impressions_frame(spark, []), products_frame(spark)
    frames: dict[str, DataFrame] = {
        "customer_day": customer_day(orders, impressions, products),
        "customer_attribute_day": customer_attribute_day(orders, products),
        "product_day": product_day(orders, impressions),
        "customer_product_day": customer_product_day(orders),
    }
    assert conform(frames[name], load_contract(CONTRACTS.parent / "partials" / f"{name}.yaml")).count() == 0


@pytest.mark.parametrize("path", sorted(CONTRACTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_feature_says_what_is_expected_of_it(path: Path) -> None:
    features = [column for column in load_contract(path).columns if not column.primary_key]
    # No figure is to be had of a text or a yes or no that is always there: its known values, or a rule, say all.
    judged = [column for column in features if not (column.required and (column.enum or column.spark_type == "boolean"))]
    assert [column.name for column in judged if column.expected is None] == []
