"""A block: some thousand shoppers who go through the days together, on their own random streams. The unit of parallel work.

Blocks share the catalogue and the offers and nothing else, so they may run anywhere in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from examples.plantly.catalogue import Catalogue
from examples.plantly.market import Offer
from examples.plantly.people import People, customers_file, draw_people
from examples.plantly.rows import Rows, count, texts
from examples.plantly.scenario import Scenario
from examples.plantly.shopping import decisions, visit
from examples.plantly.streams import stream
from examples.plantly.tills import LATEST_RETURN, Till

BLOCK_SIZE = 5000
# Days lived before the first file, so that the first days' orders and returns are as many as later ones.
WARM_UP_DAYS = LATEST_RETURN + 7
NUMBERS_OF_A_BLOCK = 1_000_000


@dataclass(frozen=True)
class Day:
    """What one block did on one day. `product` (index) and `second` (of the day) still stand for id and time."""

    day: date
    customers: Rows
    impressions: Rows
    orders: Rows


def block_numbers(scenario: Scenario) -> range:
    """The blocks of a shop."""
    return range(-(-scenario.customers // BLOCK_SIZE))


def live(scenario: Scenario, catalogue: Catalogue, offers: dict[date, Offer], block: int, first: date) -> Iterator[Day]:
    """The block's days from `first` on, one at a time, to the last day on offer. `offers` begin WARM_UP_DAYS before `first`."""
    size = min(BLOCK_SIZE, scenario.customers - block * BLOCK_SIZE)
    numbers = block * NUMBERS_OF_A_BLOCK + np.arange(size)
    people = draw_people(stream(scenario.seed, "people", block), numbers, catalogue)
    till, known = Till(catalogue, block, scenario.return_share), int(size)
    for day, offer in offers.items():
        rng = stream(scenario.seed, "day", block, day.toordinal())
        # Nobody leaves before the first file, so that whoever buys or returns later is in it.
        renewed, newcomers = _renew(rng, scenario, catalogue, people, block * NUMBERS_OF_A_BLOCK + known) if day > first else ((), 0)
        known += newcomers
        visits = visit(rng, scenario, catalogue, people, offer)
        till.take(decisions(rng, scenario, people, visits, day), day)
        orders = till.close(rng, day, offer)
        if day >= first:
            listed = np.arange(size) if day == first else np.asarray(renewed)
            yield Day(day, customers_file(people, listed, f"{day} 06:30:00"), _numbered(visits.impressions, people, block, day), orders)


def _renew(rng: np.random.Generator, scenario: Scenario, catalogue: Catalogue, people: People, next_number: int) -> tuple[np.ndarray, int]:
    """Replace some shoppers and let some change their e-mail address. The places touched, and the number of newcomers."""
    chance = rng.random(len(people.number))
    gone = np.flatnonzero(chance < scenario.replaced_customers)
    people.put(gone, draw_people(rng, next_number + np.arange(len(gone)), catalogue))
    changed = np.flatnonzero(chance > 1 - scenario.changed_customers)
    people.moves[changed] += 1
    return np.concatenate([gone, changed]), len(gone)


def _numbered(impressions: Rows, people: People, block: int, day: date) -> Rows:
    prefix = f"I{day:%y%m%d}{block:05d}"
    ids = texts(f"{prefix}{n:06d}" for n in range(count(impressions)))
    return {**impressions, "impression_id": ids, "number": people.number[impressions["place"]]}


def warm_up_from(first: date) -> date:
    """The day on which the shop begins to live, for files from `first` on."""
    return first - timedelta(days=WARM_UP_DAYS)
