"""Candidates: popular or bought before, on sale and to be recommended, for active customers; three renderings of one definition."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession

from models.candidates import among, candidates, count
from tests.models.frames import DAY, table_of

PRODUCTS = [
    {"product_id": "best", "popularity_rank_30d": 1, "days_since_last_sale": 0},
    {"product_id": "tie_b", "popularity_rank_30d": 2, "days_since_last_sale": 29},
    {"product_id": "tie_a", "popularity_rank_30d": 2, "days_since_last_sale": 3},
    {"product_id": "slow", "popularity_rank_30d": 9, "days_since_last_sale": 10},
    {"product_id": "off_sale", "popularity_rank_30d": 3, "days_since_last_sale": 30},
    {"product_id": "fuel", "popularity_rank_30d": 1, "days_since_last_sale": 0, "is_recommendable": False},
    {"product_id": "unranked", "popularity_rank_30d": None, "days_since_last_sale": 5},
    {"product_id": "never_sold", "popularity_rank_30d": None, "days_since_last_sale": None},
]
BOUGHT = [("ann", "slow"), ("ann", "fuel"), ("ann", "best"), ("ann", "off_sale"), ("gone", "slow")]
EXPECTED = {("ann", "best"), ("ann", "tie_a"), ("ann", "slow"), ("bob", "best"), ("bob", "tie_a")}


@pytest.fixture
def tables(spark: SparkSession) -> list[DataFrame]:
    customers = table_of("customer", [{"customer_key": key} for key in ("ann", "bob")])
    pairs = table_of("pair", [{"customer_key": key, "product_id": product} for key, product in BOUGHT])
    return [spark.createDataFrame(table) for table in (customers, table_of("product", PRODUCTS), pairs)]


def test_popular_or_bought_before_and_on_sale(tables: list[DataFrame]) -> None:
    found = [(row.customer_key, row.product_id) for row in candidates(*tables, most=2).collect()]
    assert len(found) == len(set(found))
    assert set(found) == EXPECTED


def test_counting_and_picking_agree_with_making(spark: SparkSession, tables: list[DataFrame]) -> None:
    assert [tuple(row) for row in count(*tables, most=2).collect()] == [(DAY, 2, len(EXPECTED))]
    everything = [(DAY, key, product["product_id"]) for key in ("ann", "bob", "gone") for product in PRODUCTS]
    pairs = spark.createDataFrame(everything, "day date, customer_key string, product_id string")
    assert sorted((row.customer_key, row.product_id) for row in among(pairs, *tables, most=2).collect()) == sorted(EXPECTED)


def test_where_nobody_bought_anything_before_the_popular_are_counted_all_the_same(tables: list[DataFrame]) -> None:
    customers, products, purchases = tables
    assert [tuple(row) for row in count(customers, products, purchases.limit(0), most=2).collect()] == [(DAY, 2, 4)]
