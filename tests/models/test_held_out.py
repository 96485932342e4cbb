"""Held-out weeks: who is ranked, by whose features."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from models.feature_list import Feature, FeatureList
from models.held_out import bought, example_days, examples, weeks
from tests.models.frames import DAY, table_of

MONDAY = DAY + timedelta(days=1)
OWN = FeatureList((Feature("customer", "orders_30d"), Feature("pair", "units_90d", absent=0.0)))
ONE = Decimal("0.2500")
BUYERS = ["ann", "bob", "cy"]


class Lake:
    """A shop in memory: three customers who bought the same product, one who bought only fuel, which is never recommended; ann consents, bob does no longer, and nobody knows of cy."""

    def __init__(self, *canonical: str) -> None:
        self.shop = SimpleNamespace(has=lambda name: name in canonical)
        consents = {"customer_key": ["ann", "bob", "bob"], "consents_to_training": [True, False, True], "is_current": [True, True, False]}
        orders = [{"day": MONDAY, "customer_key": who, "product_id": "p", "quantity": ONE, "is_goods": True} for who in [*BUYERS, None]]
        orders += [{**orders[0], "customer_key": who, "product_id": "fuel"} for who in ("ann", "dan")]
        products = [
            {"product_id": "p"},
            {"product_id": "old", "days_since_last_sale": 30},
            {"product_id": "fuel", "is_recommendable": False},
        ]
        self.tables = {
            "silver.customers": pa.table(consents),
            "silver.orders": pa.Table.from_pylist(orders),
            "features.customer_daily": table_of("customer", [{"customer_key": who} for who in [*BUYERS, "dan"]]),
            "features.product_daily": table_of("product", products),
            "features.customer_product_daily": table_of("pair", [{"customer_key": "ann", "product_id": "p"}]),
        }

    def arrow(self, table: str, version: int | None, columns: list[str], filter: Any = None) -> pa.Table:
        return ds.dataset(self.tables[table]).to_table(columns=columns, filter=filter)


@pytest.mark.parametrize(("canonical", "ranked"), [(("orders", "customers"), ["ann"]), (("orders",), BUYERS)])
def test_who_consents_is_ranked_and_everyone_where_the_shop_selects_no_customers(canonical: tuple[str, ...], ranked: list[str]) -> None:
    run = SimpleNamespace(lake=Lake(*canonical), version_of=lambda table: 1)
    (week,) = weeks(run, [MONDAY], MONDAY.weekday(), OWN)  # type: ignore[arg-type]
    assert week.features.customers["customer_key"].to_pylist() == ranked
    assert week.bought == [frozenset("p")] * len(ranked)
    assert week.features.products["product_id"].to_pylist() == ["p"]


def test_only_what_ranking_and_those_features_are_made_of_is_read() -> None:
    run = SimpleNamespace(lake=Lake("orders"), version_of=lambda table: 1)
    (week,) = weeks(run, [MONDAY], MONDAY.weekday(), OWN)  # type: ignore[arg-type]
    assert week.features.customers.column_names == ["customer_key", "orders_90d", "orders_30d"]
    assert week.features.purchases.column_names == ["customer_key", "product_id", "product_group", "orders_90d", "units_90d"]


class Tables:
    """Tables in memory, read as the lake's are; `days` are their partitions."""

    def __init__(self, days: tuple[date, ...] = (), **tables: pa.Table) -> None:
        self.shop, self.days, self.tables = SimpleNamespace(has=lambda name: False), days, tables

    def arrow(self, table: str, version: int | None, columns: list[str], filter: Any = None) -> pa.Table:
        return ds.dataset(self.tables[table.partition(".")[2]]).to_table(columns=columns, filter=filter)

    def partition_days(self, table: str, version: int) -> set[date]:
        return set(self.days)


def _run(lake: Tables, asked_until: date = MONDAY) -> Any:
    return SimpleNamespace(lake=lake, version_of=lambda table: 1, asked=SimpleNamespace(last=asked_until))


def test_what_was_bought_is_goods_kept_by_a_known_customer_in_seven_days() -> None:
    sold = [
        ("first day", 0, "ann", 1, True), ("last day", 6, "ann", 1, True), ("the day before", -1, "ann", 1, True), ("a week later", 7, "ann", 1, True),
        ("returned", 0, "ann", -1, True), ("none", 0, "ann", 0, True), ("postage", 0, "ann", 1, False), ("anyone's", 0, None, 1, True),
    ]  # fmt: skip
    rows = [
        {"product_id": what, "day": MONDAY + timedelta(days=after), "customer_key": who, "quantity": quantity, "is_goods": is_goods}
        for what, after, who, quantity, is_goods in sold
    ]
    assert bought(Tables(orders=pa.Table.from_pylist(rows)), MONDAY) == {"ann": {"first day", "last day"}}  # type: ignore[arg-type]


def test_a_week_is_ranked_by_the_features_of_its_eve() -> None:
    lake = Lake("orders")
    later = table_of("customer", [{"day": MONDAY, "customer_key": "ann", "orders_30d": 99}])
    lake.tables["features.customer_daily"] = pa.concat_tables([lake.tables["features.customer_daily"], later])
    (week,) = weeks(_run(lake), [DAY, MONDAY], MONDAY.weekday(), OWN)  # type: ignore[arg-type]
    assert week.features.customers.select(["customer_key", "orders_30d"]).to_pylist() == [
        {"customer_key": who, "orders_30d": 0} for who in BUYERS
    ]


def test_all_weeks_together_rank_no_more_customers_than_the_spec_says() -> None:
    mondays = [MONDAY, MONDAY + timedelta(days=7)]
    everyone = [f"c{n}" for n in range(1100)]
    customers = [table_of("customer", [{"day": day - timedelta(days=1), "customer_key": who} for who in everyone]) for day in mondays]
    sold = [{"day": day, "customer_key": who, "product_id": "p", "quantity": 1, "is_goods": True} for day in mondays for who in everyone]
    lake = Tables(
        orders=pa.Table.from_pylist(sold), customer_daily=pa.concat_tables(customers), product_daily=table_of("product", [{"product_id": "p"}]),
        customer_product_daily=table_of("pair", []),
    )  # fmt: skip
    days = [*mondays, mondays[0] + timedelta(days=1)]  # of which a Tuesday begins no week
    assert [week.features.customers.num_rows for week in weeks(_run(lake), days, MONDAY.weekday(), OWN)] == [1000, 1000]


def test_examples_come_in_an_order_of_their_own_with_what_stands_behind_them() -> None:
    rows = [
        {"day": day, "customer_key": who, "product_id": what, "bought": int((who, what) == ("ann", "p")), "weight": weight, "customer_orders_30d": n}
        for n, (day, who, what, weight) in enumerate([(MONDAY, "ann", "p", 1.0), (MONDAY, "ann", "q", 3.0), (MONDAY, "bob", "p", 4.0)])
    ]  # fmt: skip
    other = {**rows[0], "day": DAY, "customer_orders_30d": 99}
    stored = pa.Table.from_pylist([rows[2], other, rows[1], rows[0]])
    learnt = examples(_run(Tables(purchase_examples=stored)), [MONDAY], FeatureList((Feature("customer", "orders_30d"),)))
    assert learnt.examples.features[:, 0].tolist() == [0, 1, 2]
    assert learnt.examples.labels.tolist() == [1, 0, 0]
    assert learnt.examples.weights.tolist() == [1.0, 3.0, 4.0]
    assert learnt.sizes == {"customer": 2, "product": 2, "pair": 2}  # (1 + 3 + 4)² / (1 + 9 + 16) = 2.46


def test_a_day_whose_label_is_not_final_by_the_last_day_asked_for_is_no_example() -> None:
    lake = Tables(days=(MONDAY, MONDAY - timedelta(days=1), MONDAY - timedelta(days=7)))
    assert example_days(_run(lake, MONDAY + timedelta(days=6))) == [MONDAY - timedelta(days=7), MONDAY - timedelta(days=1), MONDAY]
    assert example_days(_run(lake, MONDAY + timedelta(days=5))) == [MONDAY - timedelta(days=7), MONDAY - timedelta(days=1)]


class Versions(Lake):
    """The shop in memory, which remembers at which version each table was read."""

    def __init__(self) -> None:
        super().__init__("orders", "customers")
        self.read: set[tuple[str, int | None]] = set()

    def arrow(self, table: str, version: int | None, columns: list[str], filter: Any = None) -> pa.Table:
        self.read.add((table, version))
        return super().arrow(table, version, columns, filter)


def test_a_week_is_read_at_the_versions_that_the_run_names() -> None:
    lake = Versions()
    weeks(SimpleNamespace(lake=lake, version_of=len), [MONDAY], MONDAY.weekday(), OWN)  # type: ignore[arg-type]
    assert lake.read == {(table, len(table)) for table in lake.tables}


def test_products_and_pairs_are_those_of_the_eve() -> None:
    """Of the day itself they would know the first day of the label."""
    own = FeatureList((Feature("product", "units_7d"), Feature("pair", "units_90d", absent=0.0)))
    lake = Lake("orders")
    for table, grain, row in (
        ("features.customer_product_daily", "pair", {"customer_key": "bob", "product_id": "p", "units_90d": 99}),
        ("features.product_daily", "product", {"product_id": "p", "units_7d": 99}),
    ):
        lake.tables[table] = pa.concat_tables([lake.tables[table], table_of(grain, [{"day": MONDAY, **row}])])
    (week,) = weeks(_run(lake), [MONDAY], MONDAY.weekday(), own)
    assert week.features.purchases["customer_key"].to_pylist() == ["ann"]
    assert 99 not in week.features.products["units_7d"].to_pylist()
