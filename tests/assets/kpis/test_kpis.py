"""KPIs equal what DuckDB makes of the words of their contracts, on lines small enough to read."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from pyspark.sql import DataFrame, SparkSession

from assets.kpis.customer_cohorts_monthly import customer_cohorts_monthly
from assets.kpis.daily_conversion import daily_conversion
from assets.kpis.daily_sales import daily_sales
from assets.kpis.product_sales_daily import product_sales_daily
from lakehouse.contracts.currency import Currency
from lakehouse.contracts.odcs import load_contract
from lakehouse.contracts.spark_schema import conform

CONTRACTS = Path(__file__).parents[3] / "expectations" / "contracts" / "kpis"
ORDERS = (
    "day date, known_day date, order_id string, customer_key string, product_id string, product_group string, quantity decimal(18,4), "
    "amount decimal(18,4), is_goods boolean, is_return boolean, event_at timestamp"
)
IMPRESSIONS = (
    "day date, known_day date, customer_key string, product_id string, channel string, is_clicked boolean, event_at timestamp, "
    "source_file string, source_row bigint"
)
GBP: Any = SimpleNamespace(lake=SimpleNamespace(shop=SimpleNamespace(currency=Currency("GBP"))))
ONE, TWO, LATER = date(2011, 3, 31), date(2011, 4, 1), date(2011, 4, 2)


def line(
    day: date, order: str, who: str | None, what: str, quantity: int | Decimal, price: str, goods: bool = True, hour: int = 9
) -> tuple[Any, ...]:
    return (
        day,
        day,
        order,
        who,
        what,
        "house",
        Decimal(quantity),
        quantity * Decimal(price),
        goods,
        quantity < 0,
        datetime.combine(day, time(hour)),
    )


LINES = [
    line(ONE, "1", "ann", "fern", 3, "0.0050"),
    line(ONE, "1", "ann", "ivy", 2, "0.1500"),
    line(ONE, "1", "ann", "POST", 1, "18.0000", goods=False),
    line(ONE, "2", "bob", "fern", 1, "1.9900", hour=12),
    line(ONE, "3", None, "fern", 4, "0.0000"),
    line(ONE, "C4", "ann", "ivy", -1, "0.1550"),
    line(TWO, "C5", "bob", "fern", -1, "1.9900"),
    line(LATER, "6", None, "D", -1, "27.5000", goods=False),
    line(LATER, "7", "cat", "fern", 2, "1.0050"),
]
SOLD, BACK = "is_goods AND NOT is_return", "is_goods AND is_return"
SALES = f"""count(DISTINCT order_id) FILTER ({SOLD}) AS orders, count(*) FILTER ({SOLD}) AS order_lines,
    coalesce(sum(quantity) FILTER ({SOLD}), 0)::DECIMAL(18,4) AS units_sold, coalesce(-sum(quantity) FILTER ({BACK}), 0)::DECIMAL(18,4) AS units_returned,
    round(coalesce(sum(amount) FILTER ({SOLD}), 0), 2)::DECIMAL(18,2) AS sold_amount,
    round(coalesce(-sum(amount) FILTER ({BACK}), 0), 2)::DECIMAL(18,2) AS returned_amount,
    round(coalesce(sum(amount) FILTER (is_goods), 0), 2)::DECIMAL(18,2) AS net_revenue"""
BUYERS = f"count(DISTINCT customer_key) FILTER ({SOLD}) AS identified_customers"


@pytest.fixture
def orders(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(LINES, ORDERS)


def checked(df: DataFrame, name: str) -> list[dict[str, Any]]:
    """The rows, in the contract's columns and types."""
    rows: list[dict[str, Any]] = conform(df, load_contract(CONTRACTS / f"{name}.yaml").in_currency(Currency("GBP"))).toArrow().to_pylist()
    return rows


def told(query: str, orders: DataFrame) -> list[dict[str, Any]]:
    connection = duckdb.connect()
    connection.register("orders", orders.toArrow())
    rows: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return rows


def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def test_daily_sales_equal_the_words(orders: DataFrame) -> None:
    non_goods = "round(coalesce(sum(amount) FILTER (NOT is_goods), 0), 2)::DECIMAL(18,2) AS non_goods_amount"
    expected = told(f"SELECT day, {SALES}, {non_goods}, {BUYERS} FROM orders GROUP BY day", orders)
    found = ordered(checked(daily_sales(orders, GBP), "daily_sales"))
    assert found == ordered(expected)
    first = found[0]
    # 0.0150 + 0.3000 + 1.9900 = 2.3050: rounded half up, once; 0.1550 likewise.
    assert (first["sold_amount"], first["returned_amount"], first["net_revenue"]) == (Decimal("2.31"), Decimal("0.16"), Decimal("2.15"))
    assert (first["orders"], first["order_lines"], first["non_goods_amount"]) == (3, 4, Decimal("18.00"))


def test_product_sales_equal_the_words(spark: SparkSession, orders: DataFrame) -> None:
    group = "max(product_group) AS product_group"
    price = f"CASE WHEN product_id = 'fern' THEN CASE WHEN day < DATE '{LATER}' THEN 1.99 ELSE 2.5 END END::DECIMAL(18,6) AS list_price"
    query = f"SELECT day, product_id, {group}, {SALES}, {BUYERS}, {price} FROM orders WHERE is_goods GROUP BY day, product_id"
    prices = [("fern", Decimal("1.99"), ONE, LATER), ("fern", Decimal("2.5"), LATER, None), ("D", Decimal(9), ONE, None)]
    products = spark.createDataFrame(prices, "product_id string, price decimal(18,6), valid_from date, valid_to date")
    assert ordered(checked(product_sales_daily(orders, products, GBP), "product_sales_daily")) == ordered(told(query, orders))


@pytest.mark.parametrize(
    ("code", "sold"), [("JPY", Decimal(2)), ("GBP", Decimal("2.31")), ("KWD", Decimal("2.305")), ("CLF", Decimal("2.3050"))]
)
def test_money_is_rounded_to_the_smallest_coin_of_the_currency(orders: DataFrame, code: str, sold: Decimal) -> None:
    currency = Currency(code)
    run: Any = SimpleNamespace(lake=SimpleNamespace(shop=SimpleNamespace(currency=currency)))
    contract = load_contract(CONTRACTS / "daily_sales.yaml").in_currency(currency)
    (row,) = conform(daily_sales(orders.where(f"day = date'{ONE}'"), run), contract).collect()
    assert (str(row.sold_amount), contract.column("sold_amount").unit) == (str(sold), code)
    (rule,) = [rule for rule in contract.rules if rule.name == "net_is_sold_minus_returned_up_to_rounding"]
    assert rule.arguments["query"].endswith(f"<= {currency.smallest}")


def test_what_is_sold_by_weight_adds_up_to_the_gram(spark: SparkSession) -> None:
    apples = [line(ONE, str(n), "ann", "apple", Decimal("0.4530"), "2.0000") for n in range(3)]
    (row,) = checked(daily_sales(spark.createDataFrame(apples, ORDERS), GBP), "daily_sales")
    assert (row["units_sold"], row["sold_amount"]) == (Decimal("1.3590"), Decimal("2.72"))


def test_a_day_without_lines_has_no_row(orders: DataFrame) -> None:
    assert checked(daily_sales(orders.where("false"), GBP), "daily_sales") == []


def test_conversion_counts_what_was_bought_after_seeing_it(spark: SparkSession, orders: DataFrame) -> None:
    seen = [
        ("ann", "fern", "web", True, 9), ("ann", "fern", "app", False, 8), ("ann", "ivy", "web", False, 10),
        ("bob", "fern", "web", True, 11), (None, "fern", "web", False, 8), ("cat", "fern", "email", False, 8),
    ]  # fmt: skip
    rows = [(ONE, ONE, *told, datetime.combine(ONE, time(hour)), "f", n) for n, (*told, hour) in enumerate(seen)]
    found = checked(daily_conversion(spark.createDataFrame(rows, IMPRESSIONS), orders), "daily_conversion")
    figures = {row["channel"]: tuple(row.values())[2:] for row in found}
    assert figures == {"web": (4, 2, 2, 2, 0.5, 0.5), "app": (1, 0, 1, 1, 0.0, 1.0), "email": (1, 0, 0, 0, 0.0, 0.0)}


def test_cohorts_keep_those_who_stay_away(spark: SparkSession, orders: DataFrame) -> None:
    march, april = date(2011, 3, 1), date(2011, 4, 1)
    known = [("ann", march), ("bob", march + timedelta(days=30)), ("dan", date(2011, 1, 5)), ("cat", april)]
    customers = spark.createDataFrame(known, "customer_key string, first_known_day date")
    found = checked(customer_cohorts_monthly(orders, customers, GBP), "customer_cohorts_monthly")
    figures = {(row["cohort_month"], row["month"]): tuple(row.values())[2:] for row in found}
    assert figures == {
        (date(2011, 1, 1), march): (1, 0, 0, Decimal("0.00"), 0.0),
        (march, march): (2, 2, 2, Decimal("2.15"), 1.0),
        (date(2011, 1, 1), april): (1, 0, 0, Decimal("0.00"), 0.0),
        (march, april): (2, 0, 0, Decimal("-1.99"), 0.0),
        (april, april): (1, 1, 1, Decimal("2.01"), 1.0),
    }


def test_a_customer_known_late_is_not_lost(spark: SparkSession, orders: DataFrame) -> None:
    customers = spark.createDataFrame([("ann", date(2011, 4, 1))], "customer_key string, first_known_day date")
    found = checked(customer_cohorts_monthly(orders.where(f"day = date'{ONE}'"), customers, GBP), "customer_cohorts_monthly")
    assert [(row["cohort_month"], row["month"], row["active_customers"]) for row in found] == [(date(2011, 4, 1), date(2011, 3, 1), 1)]


def test_an_impression_converts_once_however_often_it_is_bought_after_also_at_that_very_moment(spark: SparkSession) -> None:
    lines = [line(ONE, order, "ann", "fern", 1, "1.0000", hour=hour) for order, hour in (("1", 9), ("1", 9), ("2", 10), ("0", 8))]
    seen = [(ONE, ONE, "ann", "fern", "web", True, datetime.combine(ONE, time(9)), "f", 1)]
    (row,) = checked(daily_conversion(spark.createDataFrame(seen, IMPRESSIONS), spark.createDataFrame(lines, ORDERS)), "daily_conversion")
    assert (row["impressions"], row["converted_impressions"], row["attributed_orders"], row["conversion_share"]) == (1, 1, 2, 1.0)


def test_a_cohort_of_this_month_of_which_nobody_bought_has_its_row(spark: SparkSession, orders: DataFrame) -> None:
    customers = spark.createDataFrame([("dan", LATER), ("eve", date(2011, 5, 1))], "customer_key string, first_known_day date")
    found = checked(customer_cohorts_monthly(orders, customers, GBP), "customer_cohorts_monthly")
    assert [(row["cohort_month"], row["month"], row["cohort_customers"], row["active_customers"], row["orders"]) for row in found] == [
        (date(2011, 4, 1), date(2011, 4, 1), 1, 0, 0)
    ]
