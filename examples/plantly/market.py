"""What the shop offers on each day: prices, stock, what is on sale and how much it is wanted. Shoppers belong in `people`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from examples.plantly.catalogue import Catalogue
from examples.plantly.rows import Rows, take, texts
from examples.plantly.scenario import Scenario
from examples.plantly.streams import stream

REPRICED, RESTOCKED, SOLD_OUT = 0.02, 0.10, 0.02  # shares of the products a day; of the restocked ones
WANTED_LESS = 0.4


@dataclass(frozen=True)
class Offer:
    """One day of the shop; arrays by product. price: GBP; demand: relative, 1 is usual; visits: factor on visits."""

    price: np.ndarray
    stock_units: np.ndarray
    on_sale: np.ndarray
    demand: np.ndarray
    visits: float

    @property
    def is_shown(self) -> np.ndarray:
        """What the site shows: on sale and in stock."""
        return self.on_sale & (self.stock_units > 0)


def offers(scenario: Scenario, catalogue: Catalogue, first: date, last: date) -> dict[date, Offer]:
    """The offer of each day from `first` to `last`. The state begins anew on `first`, drawn as every later change is."""
    count = len(catalogue.group)
    rng = stream(scenario.seed, "market")
    level, stock = _price_level(rng, count), _stock(rng, count)
    by_day = {}
    for day in _days(first, last):
        rng = stream(scenario.seed, "market", day.toordinal())
        level = np.where(rng.random(count) < REPRICED, _price_level(rng, count), level)
        stock = np.where(rng.random(count) < RESTOCKED, _stock(rng, count), stock)
        by_day[day] = _offer(scenario, catalogue, day, level, stock)
    return by_day


def products_file(catalogue: Catalogue, day: date, today: Offer, yesterday: Offer | None) -> Rows:
    """The rows of the products file: all on sale where there is no yesterday, else those new or with another price or stock."""
    changed = today.on_sale.copy()
    if yesterday is not None:
        same = (today.price == yesterday.price) & (today.stock_units == yesterday.stock_units)
        changed &= ~(same & yesterday.on_sale)
    dated = texts([f"{day} 06:00:00"] * len(changed))
    rows = {**catalogue.described, "price": today.price, "stock_units": today.stock_units, "updated_at": dated}
    return take(rows, changed)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _price_level(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.uniform(0.92, 1.08, count)


def _stock(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.where(rng.random(count) < SOLD_OUT, 0, rng.poisson(120, count))


def _offer(scenario: Scenario, catalogue: Catalogue, day: date, level: np.ndarray, stock: np.ndarray) -> Offer:
    shock = np.prod([i.size for i in scenario.acting("price_shock", day)])
    launched = scenario.acting("new_products", day)
    change = scenario.acting("season_change", day)
    demand = catalogue.popularity * _season(scenario, catalogue, day) * _shift(catalogue, bool(change))
    if launched:
        demand = np.where(catalogue.is_launch, launched[0].size, demand)
    price = np.round(catalogue.base_price * level * shock, 2)
    return Offer(price, stock, ~catalogue.is_launch | bool(launched), demand, float(np.prod([i.size for i in change])))


def _season(scenario: Scenario, catalogue: Catalogue, day: date) -> np.ndarray:
    turns = (day.timetuple().tm_yday / 365.25) - (catalogue.peak_month - 0.5) / 12
    return 1 + scenario.seasonality * np.cos(2 * np.pi * turns)


def _shift(catalogue: Catalogue, changed: bool) -> np.ndarray:
    """Planting season: what grows outdoors is wanted four times as much, the rest less than half."""
    outdoors = catalogue.zone_min > 0
    return np.where(outdoors, 4.0, WANTED_LESS) if changed else np.ones(len(outdoors))
