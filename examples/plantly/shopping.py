"""What shoppers do on a day: visit, see, click, decide to buy. Turning decisions into orders belongs in `tills`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from examples.plantly.catalogue import Catalogue
from examples.plantly.market import Offer
from examples.plantly.people import People
from examples.plantly.rows import Rows, count, join, take
from examples.plantly.scenario import Scenario
from examples.plantly.streams import weighted_order

CHANNELS, CHANNEL_SHARES = ("web", "app", "email"), (0.55, 0.35, 0.10)
HALF_ATTRACTED = 4.0  # the appeal at which attraction is a half; a favourite group has about 10, the rest about 1
CLICKS, POSITION_BIAS = 0.6, 0.5
BUYS_CLICKED, BUYS_UNCLICKED = 0.8, 0.012
DECIDES_WITHIN_A_DAY, LAST_DAY_TO_DECIDE = 0.45, 6
KEEPS_HABIT = 0.9
PRICE_ELASTICITY = -1.2
NOTHING_DECIDED: Rows = {column: np.zeros(0, np.int64) for column in ("number", "product", "delay", "second")}


@dataclass(frozen=True)
class Visits:
    """The visits of a day: the visitor's place in the block, the second of the shop's day, and what was shown (impressions)."""

    place: np.ndarray
    second: np.ndarray
    weights: np.ndarray
    impressions: Rows


def visit(rng: np.random.Generator, scenario: Scenario, catalogue: Catalogue, people: People, offer: Offer) -> Visits:
    """Who comes and what they are shown: one impression row a product shown, in order of position (1 is the top)."""
    chance = np.minimum(people.activity * scenario.visits * offer.visits, 0.95)
    place = np.flatnonzero(rng.random(len(chance)) < chance)
    wanted = people.appeal[place] * (offer.demand * offer.is_shown).astype(np.float32)
    product = weighted_order(rng, _logging_policy(scenario, offer, wanted), scenario.impressions_per_visit)
    second = time_of_day(rng, len(place))
    shown = _impressions(rng, place, second, product)
    attraction = _attraction(people, shown)
    examined = shown["position"] ** -POSITION_BIAS
    shown["is_clicked"] = rng.random(count(shown)) < CLICKS * examined * attraction
    chance = np.where(shown["is_clicked"], BUYS_CLICKED, BUYS_UNCLICKED) * attraction
    shown["is_bought"] = rng.random(count(shown)) < chance * _pull(catalogue, offer)[shown["product"]]
    return Visits(place, second, wanted, shown)


def decisions(rng: np.random.Generator, scenario: Scenario, people: People, visits: Visits, day: date) -> Rows:
    """What was decided on a day, from what was shown, directly and by habit.

    One row a product to be bought: number (of the shopper), product, delay (days from now), second (of the day it is bought).
    """
    return join([_after_impressions(rng, people, visits), _directly(rng, scenario, people, visits), _by_habit(rng, people, day)])


def time_of_day(rng: np.random.Generator, count: int) -> np.ndarray:
    """Seconds since midnight, 7:00 to 22:45, most in the early evening; never in an hour that summer time skips or repeats."""
    return (rng.triangular(7, 19, 22.75, count) * 3600).astype(np.int64)


def _logging_policy(scenario: Scenario, offer: Offer, wanted: np.ndarray) -> np.ndarray:
    """The site's own ranking: a mix of what sells, what this shopper likes, and exploration."""
    popular = offer.demand * offer.is_shown
    explored = 1 - scenario.shown_by_popularity - scenario.shown_by_taste
    shared = scenario.shown_by_popularity * popular / popular.sum() + explored * offer.is_shown / offer.is_shown.sum()
    policy: np.ndarray = scenario.shown_by_taste * wanted / wanted.sum(axis=1, keepdims=True) + shared.astype(np.float32)
    return policy


def _impressions(rng: np.random.Generator, place: np.ndarray, second: np.ndarray, product: np.ndarray) -> Rows:
    slots = product.shape[1]
    channel = rng.choice(len(CHANNELS), len(place), p=CHANNEL_SHARES)
    return {
        "place": np.repeat(place, slots), "product": product.ravel(), "position": np.tile(np.arange(1, slots + 1), len(place)),
        "channel": np.array(CHANNELS)[np.repeat(channel, slots)], "second": np.repeat(second, slots),
    }  # fmt: skip


def _attraction(people: People, shown: Rows) -> np.ndarray:
    appeal = people.appeal[shown["place"], shown["product"]]
    return appeal / (appeal + HALF_ATTRACTED)


def _pull(catalogue: Catalogue, offer: Offer) -> np.ndarray:
    """How much likelier than usual a product is bought on such a day: by price and by season."""
    season = np.clip(np.sqrt(offer.demand / catalogue.popularity), 0.3, 2.0)
    pull: np.ndarray = season * (offer.price / catalogue.base_price) ** PRICE_ELASTICITY
    return pull


def _after_impressions(rng: np.random.Generator, people: People, visits: Visits) -> Rows:
    bought = take(visits.impressions, visits.impressions["is_bought"])
    delay = np.minimum(rng.geometric(DECIDES_WITHIN_A_DAY, count(bought)) - 1, LAST_DAY_TO_DECIDE)
    soon = bought["second"] + rng.integers(300, 3600, count(bought))
    second = np.where(delay == 0, soon, time_of_day(rng, count(bought)))
    return _decided(people.number[bought["place"]], bought["product"], delay, second)


def _directly(rng: np.random.Generator, scenario: Scenario, people: People, visits: Visits) -> Rows:
    buys = rng.random(len(visits.place)) < scenario.direct_purchase_share
    product = weighted_order(rng, visits.weights[buys], 1)[:, 0]
    return _decided(people.number[visits.place[buys]], product, np.zeros(len(product), int), visits.second[buys] + 600)


def _by_habit(rng: np.random.Generator, people: People, day: date) -> Rows:
    since = (day.toordinal() + people.habit_phase) % np.maximum(people.habit_cycle, 1)
    due = (people.habit_cycle > 0) & (since == 0) & (rng.random(since.shape) < KEEPS_HABIT)
    place, habit = np.nonzero(due)
    return _decided(people.number[place], people.habit_product[place, habit], rng.integers(0, 4, len(place)), time_of_day(rng, len(place)))


def _decided(number: np.ndarray, product: np.ndarray, delay: np.ndarray, second: np.ndarray) -> Rows:
    return {"number": number, "product": product, "delay": delay, "second": second}
