"""A shop without examples is told what is really missing."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from models.errors import NothingToLearn
from models.train import train
from models.unready import first_example_day, why_so_early

FIRST = date(2025, 1, 1)  # a Wednesday; 90 days later is Tuesday, 1 April, and the Monday after it the 7th
MONDAY = date(2025, 4, 7)


def shop(*tables: str, lateness: int = 3) -> Any:
    return SimpleNamespace(first_day=FIRST, lateness_days=lateness, has=lambda name: name in tables, consent_basis="a test")


def test_the_first_example_looks_back_over_whole_windows_in_the_shops_cadence() -> None:
    assert first_example_day(shop("orders")) == MONDAY
    assert first_example_day(shop("orders", "impressions")) == FIRST + timedelta(days=90)


@pytest.mark.parametrize(
    ("last_order", "told"),
    [
        (None, ["silver.orders holds no order up to 2025-05-01"]),
        (date(2025, 2, 1), ["history is too short", "90 days from 2025-01-01", "first example is of 2025-04-07", "final on 2025-04-16", "reach to 2025-02-01"]),
        (date(2025, 4, 6), ["history is too short"]),
        (date(2025, 4, 7), ["no label is final yet", "up to 2025-04-13", "3 days late", "reach to 2025-04-07; 2025-04-16 is needed"]),
        (date(2025, 4, 15), ["no label is final yet"]),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(last_order: date | None, told: list[str]) -> None:
    said = why_so_early(shop("orders"), last_order, date(2025, 5, 1))
    assert all(part in said for part in told), said


def test_when_labels_are_final_time_explains_nothing() -> None:
    assert why_so_early(shop("orders"), date(2025, 4, 16), date(2025, 5, 1)) == ""


class Lake:
    """Two tables in memory, and no examples."""

    def __init__(self, shop: Any, last_order: date, consents: bool, customer: str | None = "ann") -> None:
        self.shop = shop
        self.days = {last_order}
        consent = {"customer_key": ["ann"], "consents_to_training": [consents], "is_current": [True]}
        orders = {"day": [last_order], "customer_key": pa.array([customer], pa.string())}
        self.tables = {"silver.customers": pa.table(consent), "silver.orders": pa.table(orders)}

    def partition_days(self, table: str, version: int | None = None) -> set[date]:
        return self.days if table == "silver.orders" else set()

    def arrow(self, table: str, version: int | None = None, columns: list[str] | None = None, filter: Any = None) -> pa.Table:
        return ds.dataset(self.tables[table]).to_table(columns=columns, filter=filter)


@pytest.mark.parametrize(
    ("lake", "told"),
    [
        (Lake(shop("orders", "customers"), date(2025, 2, 1), consents=True), "the history is too short"),
        (Lake(shop("orders", "customers"), date(2025, 4, 30), consents=False), "no customer in silver.customers consents to training"),
        (Lake(shop("orders"), date(2025, 4, 30), consents=False, customer=None), "no order in silver.orders names its customer"),
        (Lake(shop("orders"), date(2025, 4, 30), consents=False), "training.purchase_examples holds no example"),
    ],
)
def test_training_says_it_and_stops(lake: Lake, told: str) -> None:
    asked = SimpleNamespace(last=date(2025, 5, 1))
    run = SimpleNamespace(lake=lake, asked=asked, version_of=lambda table: 1)
    with pytest.raises(NothingToLearn, match=told):
        train(run)  # type: ignore[arg-type]
