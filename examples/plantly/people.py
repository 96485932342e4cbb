"""Shoppers: what the shop knows of them, and the taste that it does not. What they do belongs in `shopping`."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from examples.plantly.catalogue import Catalogue
from examples.plantly.genera import REGIONS
from examples.plantly.rows import Rows, texts
from examples.plantly.streams import weighted_order

FIRST_NAMES = tuple(
    [
        "Ada",
        "Amir",
        "Bea",
        "Callum",
        "Dilys",
        "Ewan",
        "Fatima",
        "Grace",
        "Hamish",
        "Isla",
        "Jonas",
        "Kofi",
        "Leila",
        "Megan",
        "Nia",
        "Oscar",
        "Priya",
        "Rhys",
        "Sofia",
        "Tom",
    ]
)
LAST_NAMES = tuple(
    [
        "Ahmed",
        "Bell",
        "Clarke",
        "Davies",
        "Evans",
        "Fraser",
        "Green",
        "Hughes",
        "Iqbal",
        "Jones",
        "Kaur",
        "Lewis",
        "Morris",
        "Nolan",
        "Owen",
        "Patel",
        "Reid",
        "Smith",
        "Taylor",
        "Ward",
    ]
)
AGE_BANDS = ("18-29", "30-44", "45-59", "60+")
ZONE_OF_REGION = np.array([9, 9, 9, 8, 8, 9, 8, 9])
# Share that has the habit, shortest and longest time between purchases in days: of a consumable, of a plant.
HABITS = ((0.35, 28, 56), (0.15, 30, 60))


@dataclass
class People:
    """The shoppers of one block, an entry a place; a shopper who leaves gives the place to a new one.

    number: unique in the shop. region: index into REGIONS. zone: hardiness zone at home. light: 0 to 3, the light at home.
    activity: relative, mean 1. appeal: place x product, 1 for what leaves one cold. habit_*: place x habit; product bought
    again each `habit_cycle` days (0: no habit), `habit_phase` days shifted.
    """

    number: np.ndarray
    moves: np.ndarray
    region: np.ndarray
    zone: np.ndarray
    age: np.ndarray
    has_pets: np.ndarray
    has_children: np.ndarray
    consents: np.ndarray
    light: np.ndarray
    activity: np.ndarray
    appeal: np.ndarray
    habit_product: np.ndarray
    habit_cycle: np.ndarray
    habit_phase: np.ndarray

    def put(self, places: np.ndarray, others: People) -> None:
        """Give places to other shoppers."""
        for field in fields(self):
            getattr(self, field.name)[places] = getattr(others, field.name)


def draw_people(rng: np.random.Generator, numbers: np.ndarray, catalogue: Catalogue) -> People:
    """New shoppers, one for each number."""
    n = len(numbers)
    region = rng.choice(len(REGIONS), n, p=[0.2, 0.18, 0.12, 0.15, 0.17, 0.06, 0.08, 0.04])
    zone = ZONE_OF_REGION[region] - (rng.random(n) < 0.25)
    pets, light = rng.random(n) < 0.45, rng.integers(0, 4, n)
    appeal = _appeal(catalogue, _taste(rng, n, len(catalogue.groups)), region, zone, pets, light)
    product, cycle, phase = _habits(rng, appeal * catalogue.popularity * ~catalogue.is_launch, catalogue.is_consumable)
    return People(
        number=numbers, moves=np.zeros(n, int), region=region, zone=zone, age=rng.choice(4, n, p=[0.2, 0.35, 0.27, 0.18]),
        has_pets=pets, has_children=rng.random(n) < 0.3, consents=rng.random(n) < 0.85, light=light,
        activity=rng.gamma(2.0, 0.5, n), appeal=appeal, habit_product=product, habit_cycle=cycle, habit_phase=phase,
    )  # fmt: skip


def _taste(rng: np.random.Generator, n: int, groups: int) -> np.ndarray:
    """Log-appeal by group: about four favourites each (+2.3), a little noise on all."""
    favourite = rng.random((n, groups)) < 4 / groups
    return np.where(favourite, 2.3, 0.0) + rng.normal(0, 0.3, (n, groups))


def _appeal(
    catalogue: Catalogue, taste: np.ndarray, region: np.ndarray, zone: np.ndarray, pets: np.ndarray, light: np.ndarray
) -> np.ndarray:
    """Appeal by shopper and product: taste, less what the light, the pets, the climate and the law make of it."""
    log: np.ndarray = taste[:, catalogue.group]
    log -= 0.7 * np.abs(light[:, None] - catalogue.light) * (catalogue.light >= 0)
    log -= 3.0 * (pets[:, None] & ~catalogue.is_pet_safe)
    log -= 2.0 * ((zone[:, None] < catalogue.zone_min) | (zone[:, None] > catalogue.zone_max))
    log -= 1.5 * catalogue.invasive.T[region]
    appeal: np.ndarray = np.exp(log).astype(np.float32)
    return appeal


def _habits(rng: np.random.Generator, wanted: np.ndarray, consumable: np.ndarray) -> tuple[np.ndarray, ...]:
    products, cycles, phases = [], [], []
    for (share, shortest, longest), allowed in zip(HABITS, (consumable, ~consumable), strict=True):
        products.append(weighted_order(rng, wanted * allowed, 1)[:, 0])
        has = rng.random(len(wanted)) < share
        cycles.append(np.where(has, rng.integers(shortest, longest + 1, len(wanted)), 0))
        phases.append(rng.integers(0, longest, len(wanted)))
    return np.stack(products, 1), np.stack(cycles, 1), np.stack(phases, 1)


def customers_file(people: People, places: np.ndarray, updated_at: str) -> Rows:
    """The rows of the customers file for some places."""
    number, moves = people.number[places].tolist(), people.moves[places].tolist()
    names = [(FIRST_NAMES[n % 20], LAST_NAMES[n // 20 % 20]) for n in number]
    suffixes = [f"{n}.{m}" if m else str(n) for n, m in zip(number, moves, strict=True)]
    return {
        "customer_id": customer_ids(people.number[places]),
        "name": texts(f"{first} {last}" for first, last in names),
        "email": texts(f"{first}.{last}.{s}@example.com".lower() for (first, last), s in zip(names, suffixes, strict=True)),
        "region": np.array(REGIONS)[people.region[places]], "climate_zone": people.zone[places],
        "age_band": np.array(AGE_BANDS)[people.age[places]],
        "has_pets": people.has_pets[places], "has_children": people.has_children[places],
        "consents_to_training": people.consents[places], "updated_at": texts([updated_at] * len(number)),
    }  # fmt: skip


def customer_ids(numbers: np.ndarray) -> np.ndarray:
    """The shop's own ids of shoppers, `C` and ten digits."""
    return texts(f"C{n:010d}" for n in numbers.tolist())
