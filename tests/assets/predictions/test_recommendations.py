"""The ten products of each customer, and what each row says of itself."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from types import SimpleNamespace

import pytest
from pyspark.sql import DataFrame, SparkSession
from sklearn.pipeline import Pipeline

from assets.predictions.recommendations import recommendations
from lakehouse.contract_file import load_contract
from lakehouse.schema import conform
from lakehouse.settings import REPOSITORY
from models import estimators
from models.artifact import to_bytes
from models.serving import Serving
from tests.models.conftest import made_up
from tests.models.frames import DAY, table_of

CONTRACT = REPOSITORY / "expectations" / "contracts" / "predictions" / "recommendations.yaml"


@pytest.fixture(scope="module")
def baseline() -> Pipeline:
    known = made_up(1000, seed=1)
    return estimators.fit(estimators.baseline(), known.features, known.labels, known.weights)


@pytest.fixture
def tables(spark: SparkSession) -> list[DataFrame]:
    customers = table_of("customer", [{"customer_key": key} for key in ("ann", "bob")])
    products = table_of(
        "product", [{"product_id": f"p{n:02d}", "popularity_rank_30d": 1 + n // 2, "product_group": "fern"} for n in range(15)]
    )
    purchases = table_of("pair", [{"customer_key": "ann", "product_id": "p14", "product_group": "fern", "orders_90d": 1}])
    return [spark.createDataFrame(table) for table in (customers, products, purchases)]


@pytest.fixture
def run(spark: SparkSession) -> SimpleNamespace:
    contract = load_contract(CONTRACT)
    return SimpleNamespace(spark=spark, lake=SimpleNamespace(contract=lambda _: contract))


def test_before_a_first_model_nobody_is_recommended_anything(tables: list[DataFrame], run: SimpleNamespace) -> None:
    assert conform(recommendations(*tables, None, run), load_contract(CONTRACT)).collect() == []


def test_the_ten_likeliest_in_order_and_ties_by_product(tables: list[DataFrame], baseline: Pipeline, run: SimpleNamespace) -> None:
    serving = Serving("purchase_baseline", 4, True, to_bytes(baseline), "{}")
    frame = conform(recommendations(*tables, serving, run), load_contract(CONTRACT))
    rows = sorted(frame.collect(), key=lambda row: (row.customer_key, row.rank))
    assert [(row.customer_key, row.rank, row.product_id) for row in rows] == [
        (key, n + 1, f"p{n:02d}") for key in ("ann", "bob") for n in range(10)
    ]
    assert all(earlier.score >= later.score for earlier, later in pairwise(rows[:10]))
    assert {(row.day, row.model_name, row.model_version, row.is_baseline) for row in rows} == {(DAY, "purchase_baseline", 4, True)}
    assert rows[0].prediction_id == hashlib.sha256(f"{DAY}|ann|p00|purchase_baseline|4".encode()).hexdigest()
    assert len({row.prediction_id for row in rows}) == 20
