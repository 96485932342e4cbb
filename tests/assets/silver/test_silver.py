"""Silver functions add the few columns that follow from others, and let every row and all lineage through."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from assets.silver.customer_identity import customer_identity
from assets.silver.customers import customers
from assets.silver.impressions import impressions
from assets.silver.orders import orders
from assets.silver.products import products
from lakehouse.contracts.odcs import load_contract
from lakehouse.contracts.spark_schema import conform
from lakehouse.publishing.quarantine import divert
from lakehouse.publishing.write_modes import Scd2

CONTRACTS = Path(__file__).parents[3] / "expectations" / "contracts" / "silver"
FUNCTIONS = {
    "orders": orders,
    "impressions": impressions,
    "customers": customers,
    "customer_identity": customer_identity,
    "products": products,
}
PLATFORM = {
    "source_sha256": "string", "delivery_state": "string", "file_day": "date", "duplicate_key": "string", "is_malformed": "boolean",
    "is_in_time": "boolean", "is_before_first_day": "boolean", "is_written": "boolean",
}  # fmt: skip
DAY = date(2011, 3, 31)
NIGHT = datetime.combine(DAY, time(22, 59))
GIVEN: dict[str, Any] = {
    "order_id": "1", "customer_key": "ann", "product_id": "fern", "quantity": 2, "unit_price": Decimal("0.0150"), "is_goods": True,
    "event_at": datetime.combine(DAY, time(9)), "known_at": NIGHT, "known_day": DAY, "source_file": "a.csv", "source_row": 1, "day": DAY, "source_sha256": "0" * 64, "delivery_state": "landed",
    "file_day": DAY, "is_malformed": False, "is_in_time": True, "is_before_first_day": False, "is_written": True,
    "source_customer_id": "7",
}  # fmt: skip


def selected(spark: SparkSession, name: str, *rows: dict[str, Any]) -> DataFrame:
    """What a shop's SELECT gives for a canonical table; what a row leaves out is as in GIVEN, or null."""
    names = {"customer_identity", "customers"} if name.startswith("customer") else {name}
    derived = {"is_amount_told", "first_known_at", "first_known_day"}
    columns = [column for each in sorted(names) for column in load_contract(CONTRACTS / f"{each}.yaml").columns]
    found = {column.name: column.spark_type for column in columns if column.name not in derived}
    found |= {"source_file": "string", "source_row": "bigint", "known_day": "date", "gone_day": "date"} | PLATFORM
    ddl = ", ".join(f"{column} {kind}" for column, kind in found.items())
    filled = [[(kind, {**GIVEN, **row}.get(column)) for column, kind in found.items()] for row in rows]
    return spark.createDataFrame([tuple(_as(kind, value) for kind, value in row) for row in filled], ddl)


def _as(kind: str, value: Any) -> Any:
    return Decimal(value) if kind.startswith("decimal") and value is not None else value


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_kept_is_what_the_contract_says(spark: SparkSession, name: str) -> None:
    contract = load_contract(CONTRACTS / f"{name}.yaml")
    split = divert(FUNCTIONS[name](selected(spark, name, {})), contract)
    assert conform(split.kept, contract).count() == 1


def test_orders_have_exact_amounts_and_reasons_for_what_is_diverted(spark: SparkSession) -> None:
    rows = [
        {"source_row": 1},
        {"source_row": 2, "quantity": -80995, "unit_price": Decimal("2.0800")},
        {"source_row": 3, "unit_price": Decimal("-11062.0600"), "is_goods": False},
        {"source_row": 4, "quantity": 0},
        {"source_row": 5, "quantity": None},
        {"source_row": 6, "quantity": 5, "is_return": True},
        {"source_row": 7, "quantity": -5, "is_return": False},
        {"source_row": 8, "quantity": -5, "is_return": False, "is_goods": False, "customer_key": None, "unit_price": Decimal(0)},
        {"source_row": 9, "quantity": 2_000_000_000, "unit_price": Decimal("999999999999")},
    ]
    split = divert(orders(selected(spark, "orders", *rows)), load_contract(CONTRACTS / "orders.yaml"))
    kept = {row.source_row: (row.amount, row.is_return) for row in split.kept.collect()}
    assert kept == {1: (Decimal("0.0300"), False), 2: (Decimal("-168469.6000"), True), 8: (Decimal("0.0000"), False)}
    assert {row.source_row: set(row.broken_rules) for row in split.diverted.collect()} == {
        3: {"unit_price_is_at_least_0"},
        4: {"quantity_is_not_zero"},
        5: {"quantity_is_present", "amount_is_present"},
        6: {"returns_have_a_negative_quantity"},
        7: {"negative_goods_are_returns"},
        9: {"amount_is_present"},
    }


def test_a_line_comes_with_a_price_or_with_its_amount(spark: SparkSession) -> None:
    three_for_one, fuel = {"quantity": 3, "amount": Decimal("1.00")}, {"quantity": 10_400, "amount": Decimal("14.56")}
    rows = [
        {"source_row": 1, "quantity": "0.4530", "unit_price": "2.99"},
        {"source_row": 2, "unit_price": None, **three_for_one},
        {"source_row": 3, "unit_price": "0.40", **three_for_one},
        {"source_row": 4, "unit_price": None, **fuel},
        {"source_row": 5, "unit_price": None, "quantity": -3, "amount": "-1.00"},
        {"source_row": 6, "unit_price": None, "quantity": 1, "amount": "-0.50", "is_goods": False},
        {"source_row": 7, "unit_price": None},
        {"source_row": 8, "unit_price": None, "quantity": 3, "amount": "-1.00"},
        {"source_row": 9, "unit_price": None, "quantity": 0, "amount": "1.00"},
        {"source_row": 10, "unit_price": None, "quantity": None, "amount": "1.00"},
    ]
    split = divert(orders(selected(spark, "orders", *rows)), load_contract(CONTRACTS / "orders.yaml"))
    kept = {row.source_row: (str(row.unit_price), str(row.amount), row.is_amount_told) for row in split.kept.collect()}
    assert kept == {
        1: ("2.990000", "1.3545", False),  # 1.35447
        2: ("0.333333", "1.0000", True),
        3: ("0.400000", "1.0000", True),
        4: ("0.001400", "14.5600", True),
        5: ("0.333333", "-1.0000", True),
        6: ("0.500000", "-0.5000", True),
    }
    assert {row.source_row: set(row.broken_rules) for row in split.diverted.collect()} == {
        7: {"unit_price_is_present", "amount_is_present"},
        8: {"amount_has_the_sign_of_the_quantity"},
        9: {"quantity_is_not_zero", "unit_price_is_present"},
        10: {"quantity_is_present", "unit_price_is_present"},
    }


def test_a_told_amount_far_from_its_price_is_warned_of(spark: SparkSession) -> None:
    (rule,) = [each for each in load_contract(CONTRACTS / "orders.yaml").rules if each.name == "told_amounts_are_near_their_prices"]
    rows = [
        {"source_row": row, "quantity": 2, "unit_price": "1.50", "amount": amount} for row, amount in enumerate(["3.00", "30", "30.01"])
    ]
    found = orders(selected(spark, "orders", *rows)).where(f"NOT ({rule.arguments['query']})").select("source_row").collect()
    assert ([row.source_row for row in found], rule.severity) == ([2], "warning")


@pytest.mark.parametrize("state", ["overwritten", "superseded", "deleted"])
def test_a_line_that_may_not_be_published_makes_no_other_a_duplicate(spark: SparkSession, state: str) -> None:
    rows = [{"source_row": row, "duplicate_key": "k", "delivery_state": state if row != 2 else "landed"} for row in (1, 2, 3)]
    broken = {"source_row": 4, "quantity": None, "delivery_state": state}
    split = divert(orders(selected(spark, "orders", *rows, broken)), load_contract(CONTRACTS / "orders.yaml"))
    assert [row.source_row for row in split.kept.collect()] == [2]
    found = {row.source_row: row.outcome for row in split.diverted.collect()}
    assert found == {1: state, 3: state, 4: state}, "nor is it held against its day, whatever is wrong with it"


@pytest.mark.parametrize(("is_declared", "sorts"), [(True, True), (False, False)])
def test_a_shop_that_declares_no_duplicates_pays_for_none(spark: SparkSession, is_declared: bool, sorts: bool) -> None:
    given = selected(spark, "orders", {"duplicate_key": "k"})
    given = given if is_declared else given.withColumn("duplicate_key", F.lit(None))
    split = divert(orders(given), load_contract(CONTRACTS / "orders.yaml"))
    assert ("Window" in split.judged.rows._explain_string()) == sorts
    assert split.kept.count() == 1


def test_impressions_are_not_clicked_unless_told(spark: SparkSession) -> None:
    given = selected(spark, "impressions", {"source_row": 1}, {"source_row": 2, "channel": "app", "is_clicked": True})
    found = {row.source_row: (row.channel, row.is_clicked) for row in impressions(given).collect()}
    assert found == {1: ("unknown", False), 2: ("app", True)}


def test_a_customer_is_as_last_known_since_first_known(spark: SparkSession) -> None:
    earlier = {"known_at": NIGHT - timedelta(days=9), "known_day": DAY - timedelta(days=9), "region": "Kent", "consents_to_training": True}
    given = selected(spark, "customers", {"region": "Devon"}, earlier, {"customer_key": None})
    contract = load_contract(CONTRACTS / "customers.yaml")
    split = divert(customers(given), contract)
    (row,) = Scd2().one_each(split.kept, contract).collect()
    assert (row.region, row.consents_to_training, row.known_at) == ("Devon", False, NIGHT)
    assert (row.first_known_at, row.first_known_day) == (earlier["known_at"], earlier["known_day"])
    assert [row.broken_rules for row in split.diverted.collect()] == [["customer_key_is_present"]]


def test_only_the_identity_says_who_it_is(spark: SparkSession) -> None:
    given = selected(spark, "customers", {"name": "Ann Lee", "email": "ann@example.org"})
    (row,) = customer_identity(given).collect()
    assert (row.customer_key, row.source_customer_id, row.name, row.email) == ("ann", "7", "Ann Lee", "ann@example.org")
    assert not {"name", "email", "source_customer_id"} & set(customers(given).columns)


def test_a_product_is_goods_unless_told_and_goods_may_be_recommended_unless_told(spark: SparkSession) -> None:
    fuel, gift = {"product_id": "fuel", "is_recommendable": False}, {"product_id": "gift", "is_goods": False, "is_recommendable": True}
    given = selected(spark, "products", {"is_goods": None, "name": "Fern"}, {"product_id": "POST", "is_goods": False}, fuel, gift)
    found = {row.product_id: (row.is_goods, row.is_recommendable, row.first_known_at) for row in products(given).collect()}
    assert found == {"fern": (True, True, NIGHT), "POST": (False, False, NIGHT), "fuel": (True, False, NIGHT), "gift": (False, True, NIGHT)}


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_lines_of_a_product_in_one_day_the_last_counts(spark: SparkSession, order: int) -> None:
    lines = [
        {"product_id": "a", "source_row": 1, "name": "z"}, {"product_id": "a", "source_row": 10, "name": "a"},
        {"product_id": "b", "source_row": 9, "source_file": "a.csv", "name": "z"}, {"product_id": "b", "source_row": 1, "source_file": "b.csv", "name": "a"},
        {"product_id": "c", "source_row": 1, "name": "good"}, {"product_id": "c", "source_row": 2, "name": "bad", "is_malformed": True},
    ]  # fmt: skip
    contract = load_contract(CONTRACTS / "products.yaml")
    split = divert(products(selected(spark, "products", *lines[::order])), contract)
    assert {row["product_id"]: row["name"] for row in split.kept.collect()} == {"a": "a", "b": "a", "c": "good"}
    assert len(split.kept.collect()) == 3 and split.diverted.count() == 1
