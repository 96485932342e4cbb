"""The shop stands still unless told otherwise, and its shoppers can be told apart."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from examples.plantly.blocks import live, warm_up_from
from examples.plantly.catalogue import build_catalogue
from examples.plantly.market import offers
from examples.plantly.people import draw_people
from examples.plantly.scenario import Scenario, injection
from examples.plantly.streams import stream

FIRST, DAYS = date(2025, 1, 1), 200
# Orders of one shopper come together, so that counts vary up to half more than Poisson's (measured: 0.9 to 1.25 times). With that
# allowed for, chance alone goes beyond the 4 standard deviations that the tests allow less than once in 1,000.
OVERDISPERSION = 1.5


def _sales(scenario: Scenario, days: int = DAYS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(sales, impressions) of a one-block shop: day (0 …), customer, product and group as numbers."""
    catalogue, last = build_catalogue(scenario), FIRST + timedelta(days=days - 1)
    sold, shown = [], []
    for n, today in enumerate(live(scenario, catalogue, offers(scenario, catalogue, warm_up_from(FIRST), last), 0, FIRST)):
        orders = pd.DataFrame({column: today.orders[column] for column in ("customer_id", "product", "kind")})
        sold.append(orders[orders["kind"] == "sale"].assign(day=n))
        seen = {column: today.impressions[column] for column in ("number", "product", "position", "is_clicked")}
        shown.append(pd.DataFrame(seen).assign(day=n))
    sales, impressions = pd.concat(sold, ignore_index=True), pd.concat(shown, ignore_index=True)
    sales["customer"] = sales["customer_id"].str[1:].astype(int)
    return sales.assign(group=catalogue.group[sales["product"]]), impressions


def _spread(counts: np.ndarray, expected: np.ndarray) -> float:
    """Chi-square of counts (windows, or groups x halves), in standard deviations above its mean; overdispersion allowed for."""
    statistic, freedom = ((counts - expected) ** 2 / expected).sum() / OVERDISPERSION, len(counts) - 1
    return float((statistic - freedom) / np.sqrt(2 * freedom))


def _spread_of_counts(sales: pd.DataFrame) -> float:
    windows = np.bincount(sales["day"] // 10)
    return _spread(windows, np.full(len(windows), windows.mean()))


def _spread_of_mix(sales: pd.DataFrame) -> float:
    table = pd.crosstab(sales["group"], sales["day"] // (DAYS // 2)).to_numpy()
    table = table[table.sum(axis=1) >= 10]  # five expected in each half, without which chi-square does not hold
    return _spread(table, np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum())


@pytest.fixture(scope="module")
def still_shops() -> list[pd.DataFrame]:
    """The sales of five seeds."""
    return [_sales(Scenario(customers=300, seed=seed))[0] for seed in range(5)]


def test_orders_and_mix_stand_still_over_200_days(still_shops: list[pd.DataFrame]) -> None:
    for sales in still_shops:
        assert _spread_of_counts(sales) < 4
        assert _spread_of_mix(sales) < 4


def test_no_slow_trend_hides_in_the_five_together(still_shops: list[pd.DataFrame]) -> None:
    days = pd.concat(still_shops)["day"]
    for first_days in (20, DAYS // 2):
        share = first_days / DAYS
        deviation = np.sqrt(len(days) * share * (1 - share) * OVERDISPERSION)
        assert abs((days < first_days).sum() - len(days) * share) < 4 * deviation


def test_a_season_change_is_far_outside_that() -> None:
    sales, _ = _sales(Scenario(customers=300, injections=(injection("season_change", FIRST + timedelta(days=100)),)))
    assert _spread_of_counts(sales) > 20 and _spread_of_mix(sales) > 20


def test_seasons_swing_only_when_asked_for() -> None:
    scenario = Scenario(customers=10, seasonality=0.5)
    catalogue = build_catalogue(scenario)
    demand = np.array([offer.demand for offer in offers(scenario, catalogue, date(2025, 1, 1), date(2025, 12, 31)).values()])
    assert np.allclose(demand.max(axis=0) / demand.min(axis=0), 3, rtol=0.01)
    still = offers(Scenario(customers=10), catalogue, date(2025, 1, 1), date(2025, 12, 31)).values()
    assert np.ptp([offer.demand for offer in still], axis=0).max() == 0


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, pd.DataFrame]:
    return _sales(Scenario(customers=1000), 120)


def _rank(history: pd.DataFrame, popular: list[int], group: dict[int, int]) -> tuple[list[int], list[int]]:
    """Ten products for a shopper: bought before first, then the rest by popularity; and popularity weighted by group taste."""
    again = [product for product, _ in Counter(history["product"]).most_common()]
    liked, bought = Counter(history["group"]), Counter(history["product"])
    place = {product: n for n, product in enumerate(popular)}
    by_taste = sorted(popular, key=lambda p: place[p] / (1 + 6 * liked[group[p]] + 20 * bought[p]))
    return (again + [product for product in popular if product not in again])[:10], by_taste[:10]


def _hit_rates(sales: pd.DataFrame, day: int) -> np.ndarray:
    """Share of the shoppers buying in a week whose purchase was among ten: by popularity, by buying again, by taste."""
    past, week = sales[(sales["day"] < day) & (sales["day"] >= day - 90)], sales[sales["day"].between(day, day + 6)]
    popular = past["product"].value_counts().index.tolist()
    group = dict(zip(past["product"], past["group"], strict=True))
    histories = dict(list(past.groupby("customer")))
    hits = []
    for customer, bought in week.groupby("customer")["product"]:
        again, taste = _rank(histories.get(customer, past.head(0)), popular, group)
        hits.append([bool(set(bought) & set(ranked)) for ranked in (popular[:10], again, taste)])
    return np.mean(hits, axis=0)


def test_history_beats_popularity(shop: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    popularity, again, taste = _hit_rates(shop[0], 110)
    # About 230 buyers: a rate sways by 3 percentage points, the differences are about 20.
    assert again > popularity + 0.1 and taste > popularity + 0.1


def test_most_purchases_follow_an_impression_of_the_product_within_a_week(shop: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    sales, impressions = shop
    seen = impressions.rename(columns={"number": "customer", "day": "seen"})[["customer", "product", "seen"]]
    pairs = sales[sales["day"] >= 7].reset_index().merge(seen, on=["customer", "product"])
    after = pairs.loc[(pairs["day"] - pairs["seen"]).between(0, 6), "index"].nunique()
    assert 0.55 < after / (sales["day"] >= 7).sum() < 0.9


def test_the_top_of_the_list_is_clicked_more(shop: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    clicked = shop[1].groupby("position")["is_clicked"].mean()
    assert clicked[1] > 1.5 * clicked[8] > 0


def test_pet_owners_avoid_what_harms_pets() -> None:
    catalogue = build_catalogue(Scenario())
    people = draw_people(stream(1, "test"), np.arange(500), catalogue)
    appeal = people.appeal[:, ~catalogue.is_pet_safe].mean(axis=1)
    assert appeal[people.has_pets].mean() < 0.1 * appeal[~people.has_pets].mean()
