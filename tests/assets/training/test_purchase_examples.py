"""The training set: mature days only, and only what was known the day before."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from assets.open_lake import written_contracts
from assets.training.purchase_examples import purchase_examples
from lakehouse.contracts.odcs import load_contract
from lakehouse.settings import REPOSITORY
from models.errors import ModelError
from models.feature_list import Feature, FeatureList
from models.purchase import CATEGORIES, FEATURES
from tests.models.frames import DAY, table_of

MONDAY = DAY + timedelta(days=1)
CONTRACTS = written_contracts()
CONTRACT = REPOSITORY / "expectations" / "contracts" / "training" / "purchase_examples.yaml"
assert MONDAY.weekday() == 0


def standing(table: str, without: str = "") -> Any:
    """A Delta table with the columns of its contract, or all but one."""
    fields = [SimpleNamespace(name=name) for name in CONTRACTS[table].column_names if name != without]
    return SimpleNamespace(schema=lambda: SimpleNamespace(fields=fields))


def run_of(last_landed: date, days: list[date], featured: tuple[date, ...] = (DAY,)) -> Any:
    shop = SimpleNamespace(has=lambda name: name == "customers", consent_basis="contract", first_day=date(2011, 1, 1), lateness_days=1)
    landed = {last_landed, date(2011, 1, 1)}
    lake = SimpleNamespace(
        shop=shop, partition_days=lambda table, version: set(featured) if table.startswith("features") else landed,
        contracts=dict(CONTRACTS), delta=lambda table, version: standing(table),
    )  # fmt: skip
    return SimpleNamespace(written=tuple(days), lake=lake, version_of=lambda table: 3)


@pytest.fixture
def arguments(spark: SparkSession) -> dict[str, DataFrame]:
    orders = [("ann", "p1", 1, True, MONDAY), ("ann", "p2", 1, True, MONDAY + timedelta(days=7))]
    customers = [{"customer_key": "ann", "orders_90d": 2}, {"customer_key": "ann", "orders_90d": 99, "day": MONDAY}]
    products = [{"product_id": p, "popularity_rank_30d": n, "product_group": "fern"} for n, p in enumerate(["p1", "p2"])]
    purchases = [{"customer_key": "ann", "product_id": "p1", "product_group": "fern", "orders_90d": 5, "day": MONDAY}]
    tables = {"customers": ("customer", customers), "products": ("product", products), "purchases": ("pair", purchases)}
    return {
        "orders": spark.createDataFrame(orders, "customer_key string, product_id string, quantity int, is_goods boolean, day date"),
        "impressions": spark.createDataFrame([], "day date, customer_key string, product_id string"),
        "consents": spark.createDataFrame([("ann", True)], "customer_key string, consents_to_training boolean"),
        **{name: spark.createDataFrame(table_of(grain, rows)) for name, (grain, rows) in tables.items()},
    }


def test_features_of_the_day_before_and_labels_of_the_week_after(arguments: dict[str, DataFrame]) -> None:
    run = run_of(MONDAY + timedelta(days=7), [MONDAY + timedelta(days=n) for n in range(-2, 10)])
    rows = {row.product_id: row for row in purchase_examples(**arguments, run=run).collect()}
    assert {(row.day, row.bought) for row in rows.values()} == {(MONDAY, 1), (MONDAY, 0)}
    assert (rows["p1"].bought, rows["p2"].bought) == (1, 0)
    assert rows["p1"].customer_orders_90d == 2  # Monday's own 99 was not known before Monday
    assert rows["p1"].pair_orders_90d == 0  # nor was Monday's purchase


def test_an_immature_day_has_no_rows(arguments: dict[str, DataFrame]) -> None:
    assert purchase_examples(**arguments, run=run_of(MONDAY + timedelta(days=6), [MONDAY])).count() == 0


def test_the_contract_holds_every_feature_as_its_table_has_it() -> None:
    contract = load_contract(CONTRACT)
    kinds = {column.name: column.spark_type for column in contract.columns}
    tables = {"customer": "customer_daily", "product": "product_daily", "pair": "customer_product_daily"}
    folder = REPOSITORY / "expectations" / "contracts" / "features"
    sources = {grain: {c.name: c.spark_type for c in load_contract(folder / f"{name}.yaml").columns} for grain, name in tables.items()}
    assert list(kinds)[5:] == [feature.name for feature in FEATURES]
    for feature in FEATURES:
        assert kinds[feature.name] == sources[feature.grain].get(feature.column, "bigint")
    assert [kinds[name] for name in CATEGORIES] == ["string"]


def test_no_example_where_retention_has_passed_the_features_of_the_day_before(arguments: dict[str, DataFrame]) -> None:
    run = run_of(MONDAY + timedelta(days=7), [MONDAY], featured=(MONDAY,))
    assert purchase_examples(**arguments, run=run).count() == 0


def test_a_feature_that_no_contract_holds_is_named(arguments: dict[str, DataFrame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.training.purchase_examples.FEATURES", FeatureList((*FEATURES, Feature("customer", "mood"))))
    with pytest.raises(ModelError, match=r"models/purchase.py names customer_mood \(mood of features.customer_daily\), which the contract"):
        purchase_examples(**arguments, run=run_of(MONDAY + timedelta(days=7), [MONDAY]))


def test_a_ranking_of_what_the_model_does_not_take_is_named_before_the_set_is_made(
    arguments: dict[str, DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    left = FeatureList(tuple(each for each in FEATURES if each.name != "product_buyers_30d"))
    monkeypatch.setattr("assets.training.purchase_examples.FEATURES", left)
    with pytest.raises(ModelError, match=r"models/baselines\.py makes buyers of product_buyers_30d"):
        purchase_examples(run=run_of(MONDAY + timedelta(days=7), [MONDAY]), **arguments)


def test_a_feature_that_its_table_was_not_published_with_is_named_with_the_command(arguments: dict[str, DataFrame]) -> None:
    run = run_of(MONDAY + timedelta(days=7), [MONDAY])
    run.lake.delta = lambda table, version: standing(table, without="units_90d" if table.endswith("product_daily") else "")
    with pytest.raises(ModelError, match=r"\./greenhouse backfill features.product_daily --feature units_90d --from 2011-01-01"):
        purchase_examples(**arguments, run=run)
