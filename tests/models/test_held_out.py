"""Held-out weeks: who is ranked, by whose features."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from models.feature_list import Feature, FeatureList
from models.held_out import weeks
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
