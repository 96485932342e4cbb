"""Each injection is in the files exactly as truth.json says, and nothing else differs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from examples.plantly.landing import simulate
from examples.plantly.scenario import Scenario, parse_injection

Read = Callable[[Path, str], pd.DataFrame]
FIRST, LAST = date(2025, 1, 1), date(2025, 1, 20)
FAULTS = (
    "duplicates=2025-01-03,days=2,size=0.1", "late_events=2025-01-07,days=2,size=0.2", "bad_rows=2025-01-12,days=2,size=0.3",
    "tracking_outage=2025-01-15,days=3",
)  # fmt: skip
MARKET = ("price_shock=2025-01-08", "new_products=2025-01-11", "season_change=2025-01-11")
KEY = {"orders": "line_id", "impressions": "impression_id"}
AT = {"orders": "ordered_at", "impressions": "shown_at"}


def _shop(folder: Path, *happens: str) -> Path:
    simulate(folder, Scenario(customers=400, injections=tuple(map(parse_injection, happens))), FIRST, LAST)
    return folder


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _shop(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _shop(tmp_path_factory.mktemp("faulty"), *FAULTS)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _shop(tmp_path_factory.mktemp("changed"), *MARKET)


def _truth(folder: Path, kind: str) -> dict[str, Any]:
    every = json.loads((folder / "truth.json").read_text())["injections"]
    return next(one for one in every if one["kind"] == kind)


def _found(events: pd.DataFrame, key: str) -> dict[str, int]:
    """Lines by file day, as truth.json counts them."""
    return events.groupby("file_day")[key].size().to_dict()


@pytest.mark.parametrize("name", KEY)
def test_duplicates_are_exact_repeats(faulty: Path, read_input: Read, name: str) -> None:
    events, truth = read_input(faulty, name), _truth(faulty, "duplicates")
    again = events[events.duplicated(KEY[name])]
    assert sorted(again[KEY[name]]) == sorted(one for ids in truth["ids"][name].values() for one in ids)
    assert _found(again, KEY[name]) == truth["counts"][name]
    assert events.drop(columns="file_day").duplicated().sum() == len(again)
    next_day = again[again["file_day"] != again[AT[name]].str[:10]]
    assert sorted(next_day[KEY[name]]) == truth["ids"][name].get("in_the_next_file", [])


@pytest.mark.parametrize("name", KEY)
def test_late_events_stand_in_a_later_file(faulty: Path, read_input: Read, name: str) -> None:
    events, truth = read_input(faulty, name), _truth(faulty, "late_events")
    events = events[events[AT[name]].str[:10].between("2025-01-07", "2025-01-08")]
    late = (pd.to_datetime(events["file_day"]) - pd.to_datetime(events[AT[name]].str[:10])).dt.days
    for days in (1, 2, 3):
        assert sorted(events.loc[late == days, KEY[name]]) == truth["ids"][name].get(f"{days}_days_late", [])
    assert _found(events[late > 0], KEY[name]) == truth["counts"][name]


def test_bad_rows_are_bad_in_the_way_said(faulty: Path, read_input: Read) -> None:
    truth = _truth(faulty, "bad_rows")["ids"]
    orders, shown = read_input(faulty, "orders"), read_input(faulty, "impressions")
    known = set(read_input(faulty, "products")["product_id"])
    found = {
        ("orders", "unparseable_date"): pd.to_datetime(orders["ordered_at"], errors="coerce").isna(),
        ("orders", "negative_price"): orders["unit_price"].str.startswith("-"),
        ("orders", "unknown_product"): ~orders["product_id"].isin(known),
        ("orders", "unparseable_quantity"): ~orders["quantity"].str.fullmatch(r"-?\d+"),
        ("impressions", "unparseable_date"): pd.to_datetime(shown["shown_at"], errors="coerce").isna(),
        ("impressions", "unknown_product"): ~shown["product_id"].isin(known),
        ("impressions", "negative_position"): shown["position"].str.startswith("-"),
    }
    for (name, what), is_bad in found.items():
        events = orders if name == "orders" else shown
        assert sorted(events.loc[is_bad, KEY[name]]) == truth[name][what], what


def test_an_outage_empties_tracking_on_its_days(faulty: Path, read_input: Read) -> None:
    shown, truth = read_input(faulty, "impressions"), _truth(faulty, "tracking_outage")
    missing = (shown[["position", "channel", "is_clicked"]] == "").all(axis=1)
    assert set(shown.loc[missing, "file_day"]) == {"2025-01-15", "2025-01-16", "2025-01-17"}
    assert _found(shown[missing], "impression_id") == truth["counts"]["impressions"]
    nobody = shown.loc[shown["customer_id"] == "", "impression_id"]
    assert sorted(nobody) == truth["ids"]["impressions"]["tracking_and_customer_missing"]
    assert truth["counts"].keys() == {"impressions"}


@pytest.mark.parametrize("name", KEY)
def test_every_other_line_is_as_without_faults(clean: Path, faulty: Path, read_input: Read, name: str) -> None:
    truth = json.loads((faulty / "truth.json").read_text())
    touched = {line for one in truth["injections"] for ids in one["ids"].get(name, {}).values() for line in ids}
    with_faults, without = read_input(faulty, name), read_input(clean, name)
    pd.testing.assert_frame_equal(*(f[~f[KEY[name]].isin(touched)].reset_index(drop=True) for f in (with_faults, without)))
    assert truth["lines"][name] == len(with_faults)


def test_what_would_come_after_the_last_day_is_not_counted(tmp_path: Path, read_input: Read) -> None:
    folder = _shop(tmp_path, "late_events=2025-01-20,size=1")
    assert _truth(folder, "late_events")["counts"] == {}
    assert "2025-01-20" not in set(read_input(folder, "impressions")["file_day"])


def test_a_price_shock_shows_in_the_products_and_in_the_orders(changed: Path, clean: Path, read_input: Read) -> None:
    price = {}
    for folder in (clean, changed):
        products = read_input(folder, "products").pivot(index="product_id", columns="file_day", values="price")
        price[folder] = products.astype(float).ffill(axis=1)
    ids = _truth(changed, "price_shock")["ids"]["products"]["repriced"]
    factor = (price[changed] / price[clean]).loc[ids]
    assert (factor.loc[:, :"2025-01-07"] == 1).all(axis=None)
    assert factor.loc[:, "2025-01-08":].sub(1.6).abs().max(axis=None) < 0.01
    sold = read_input(changed, "orders").query("file_day == '2025-01-09' and kind == 'sale'")
    listed = sold["product_id"].map(price[changed]["2025-01-09"])
    assert (sold["unit_price"].astype(float) == listed).all()


def test_new_products_are_launched_shown_and_sold_from_their_day_on(changed: Path, read_input: Read) -> None:
    ids = set(_truth(changed, "new_products")["ids"]["products"]["launched"])
    for name in ("products", "impressions"):
        rows = read_input(changed, name)
        assert rows.loc[rows["product_id"].isin(ids), "file_day"].min() == "2025-01-11"
    assert set(read_input(changed, "products")["product_id"]) >= ids
    assert read_input(changed, "orders")["product_id"].isin(ids).any()


def test_a_season_change_moves_visits_and_the_mix(changed: Path, read_input: Read) -> None:
    shown, products = read_input(changed, "impressions"), read_input(changed, "products").drop_duplicates("product_id")
    outdoors = set(products.loc[products["hardiness_zone_min"] != "", "product_group"])
    after = shown["file_day"] >= "2025-01-11"
    # Ten days each side, about 3,800 impressions before: visits sway by 5 %, shares by 1 percentage point.
    assert 1.9 < after.sum() / (~after).sum() < 2.5
    share = shown["product_group"].isin(outdoors).groupby(after).mean()
    assert share[True] > share[False] + 0.2
    assert (_truth(changed, "season_change")["start"], _truth(changed, "season_change")["counts"]) == ("2025-01-11", {})
