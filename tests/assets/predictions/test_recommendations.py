"""The ten products of each customer, and what each row says of itself."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.pipeline import Pipeline

from assets.open_lake import written_contracts
from assets.predictions.recommendations import recommendations
from lakehouse.contracts.model import Column, Contract
from lakehouse.contracts.odcs import load_contract
from lakehouse.contracts.spark_schema import conform
from lakehouse.settings import REPOSITORY
from models import estimators
from models.artifact import to_bytes
from models.errors import ModelError
from models.feature_list import Feature, FeatureList
from models.infinite import refuse_infinite
from models.purchase import FEATURES, POPULARITY
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
    lake = SimpleNamespace(contract=lambda _: contract)
    return SimpleNamespace(spark=spark, lake=lake, written=(DAY,))


def test_before_a_first_model_nobody_is_recommended_anything(tables: list[DataFrame], run: SimpleNamespace) -> None:
    assert conform(recommendations(*tables, None, run), load_contract(CONTRACT)).collect() == []


def test_the_ten_likeliest_in_order_and_ties_by_product(tables: list[DataFrame], baseline: Pipeline, run: SimpleNamespace) -> None:
    serving = Serving("purchase_baseline", 4, True, to_bytes(baseline), "{}", FEATURES)
    frame = conform(recommendations(*tables, serving, run), load_contract(CONTRACT))
    rows = sorted(frame.collect(), key=lambda row: (row.customer_key, row.rank))
    assert [(row.customer_key, row.rank, row.product_id) for row in rows] == [
        (key, n + 1, f"p{n:02d}") for key in ("ann", "bob") for n in range(10)
    ]
    assert all(earlier.score >= later.score for earlier, later in pairwise(rows[:10]))
    assert {(row.day, row.model_name, row.model_version, row.is_baseline) for row in rows} == {(DAY, "purchase_baseline", 4, True)}
    assert rows[0].prediction_id == hashlib.sha256(f"{DAY}|ann|p00|purchase_baseline|4".encode()).hexdigest()
    assert len({row.prediction_id for row in rows}) == 20


def test_a_version_is_scored_from_its_own_features_whatever_todays_are(tables: list[DataFrame], run: SimpleNamespace) -> None:
    """It learnt to like what was bought before, from two features in an order of its own, one of them not among today's."""
    own = FeatureList((Feature("pair", "orders_90d", absent=0.0), Feature("customer", "units_7d")))
    again = np.arange(400) % 2
    pipeline = estimators.fit(_bare_logistic(), np.column_stack([again, np.zeros(400)]), again, np.ones(400))
    customers = tables[0].withColumn("units_7d", F.lit(0))
    serving = Serving("purchase", 7, False, to_bytes(pipeline), "{}", own)
    rows = recommendations(customers, *tables[1:], serving, run).where("rank = 1").collect()
    assert {(row.customer_key, row.product_id, row.model_version) for row in rows} == {("ann", "p14", 7), ("bob", "p00", 7)}


def _bare_logistic() -> Pipeline:
    from sklearn.linear_model import LogisticRegression

    return Pipeline([("chance", LogisticRegression())])


def test_what_the_baseline_can_do_without_is_missing_and_nothing_else_changes(
    tables: list[DataFrame], baseline: Pipeline, run: SimpleNamespace
) -> None:
    whole = Serving("purchase_baseline", 4, True, to_bytes(baseline), "{}", FEATURES.needing(POPULARITY))
    lost = replace(whole.features, lost=frozenset({"customer_orders_7d", "product_group", "pair_group_orders_90d"}))
    bare = [tables[0].drop("orders_7d"), tables[1].drop("product_group"), tables[2].drop("product_group")]
    kept = recommendations(*tables, whole, run).orderBy("customer_key", "rank").collect()
    assert recommendations(*bare, replace(whole, features=lost), run).orderBy("customer_key", "rank").collect() == kept


def test_an_infinite_feature_is_one_sentence_with_its_table(tables: list[DataFrame], baseline: Pipeline, run: SimpleNamespace) -> None:
    prices = pa.table({"day": [DAY, DAY], "mean_price_30d": [2.5, float("inf")]})
    run.lake.contract = written_contracts().get
    run.lake.arrow = lambda table, version, columns, filter: (
        ds.dataset(prices).to_table(columns, filter) if table == "features.product_daily" else prices.slice(0, 0)
    )
    run.version_of = lambda table: 1
    serving = Serving("purchase", 4, False, to_bytes(baseline), "{}", FeatureList((Feature("product", "mean_price_30d"),)))
    with pytest.raises(ModelError, match=rf"product_mean_price_30d .* of features.product_daily\) is infinite in 1 rows, first on {DAY}"):
        recommendations(*tables, serving, run)


def test_of_equal_chances_the_more_popular_comes_first_then_the_lower_product(spark: SparkSession, run: SimpleNamespace) -> None:
    own, alike = FeatureList((Feature("customer", "orders_30d"), Feature("pair", "orders_90d", absent=0.0))), np.zeros((20, 2))
    pipeline = _bare_logistic().fit(alike, np.arange(20) % 2)
    ranked = [("z", 1), ("b", 3), ("a", 3), ("c", None), *((f"p{n}", 4 + n) for n in range(8))]
    products = table_of("product", [{"product_id": name, "popularity_rank_30d": rank, "product_group": "fern"} for name, rank in ranked])
    tables = [table_of("customer", [{"customer_key": "ann"}]), products, table_of("pair", [{"customer_key": "bob", "product_id": "z"}])]
    serving = Serving("purchase", 7, False, to_bytes(pipeline), "{}", own)
    rows = recommendations(*map(spark.createDataFrame, tables), serving, run).orderBy("rank").collect()
    assert [row.product_id for row in rows] == ["z", "a", "b", *(f"p{n}" for n in range(7))]
    assert {(row.score, row.is_baseline) for row in rows} == {(0.5, False)}


def test_what_a_version_can_do_without_may_be_infinite_and_other_days_too() -> None:
    prices = pa.table({"day": [DAY], "mean_price_30d": [float("inf")]})
    column = Column("mean_price_30d", "double")
    contract = Contract("features.product_daily", "features", "product_daily", "", "1", "us", (column,))
    lake = SimpleNamespace(
        contract=lambda table: contract, arrow=lambda table, version, columns, filter: ds.dataset(prices).to_table(columns, filter)
    )
    run, needed = SimpleNamespace(lake=lake, version_of=lambda table: 1), Feature("product", "mean_price_30d")
    with pytest.raises(ModelError, match="is infinite in 1 rows"):
        refuse_infinite(run, FeatureList((needed,)), [DAY])  # type: ignore[arg-type]
    refuse_infinite(run, FeatureList((replace(needed, is_needed=False),)), [DAY])  # type: ignore[arg-type]
    refuse_infinite(run, FeatureList((needed,)), [DAY + timedelta(days=1)])  # type: ignore[arg-type]
