"""The products as arrays, in a fixed order, with their popularity. What changes by the day belongs in `market`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from examples.plantly.genera import GENERA, INVASIVE, LAUNCHES, REGIONS, Genus
from examples.plantly.rows import Rows, texts
from examples.plantly.scenario import Scenario
from examples.plantly.streams import stream

LIGHT = {"low": 0, "medium": 1, "bright": 2, "full_sun": 3}
NOT_PLANTED_OUT = (-1, 99)


@dataclass(frozen=True)
class Catalogue:
    """Every product, launches last; all arrays are by product.

    described: columns of the products file that never change. group: index into `groups`. light: 0 to 3, -1 for consumables.
    zone_min, zone_max: -1 and 99 where never planted out. invasive: product x region. popularity: relative, mean 1.
    base_price: GBP. peak_month: 1 to 12.
    """

    described: Rows
    groups: tuple[str, ...]
    group: np.ndarray
    light: np.ndarray
    zone_min: np.ndarray
    zone_max: np.ndarray
    is_pet_safe: np.ndarray
    is_consumable: np.ndarray
    is_launch: np.ndarray
    invasive: np.ndarray
    peak_month: np.ndarray
    base_price: np.ndarray
    popularity: np.ndarray


def build_catalogue(scenario: Scenario) -> Catalogue:
    """The catalogue of a shop: the same products for every seed, popularity and exact prices by seed."""
    products = [(genus, name) for genus in GENERA + LAUNCHES for name in genus.cultivars]
    genera = [genus for genus, _ in products]
    groups = tuple(dict.fromkeys(genus.name for genus in genera))
    zones = np.array([genus.zones or NOT_PLANTED_OUT for genus in genera])
    price, popularity = _drawn(scenario, genera)
    return Catalogue(
        described=_described(products), groups=groups, group=np.array([groups.index(genus.name) for genus in genera]),
        light=np.array([LIGHT.get(genus.light_need, -1) for genus in genera]), zone_min=zones[:, 0], zone_max=zones[:, 1],
        is_pet_safe=np.array([genus.pet_safe for genus in genera]),
        is_consumable=np.array([genus.is_consumable for genus in genera]),
        is_launch=np.array([genus in LAUNCHES for genus in genera]),
        invasive=np.array([[region in INVASIVE.get(name, ()) for region in REGIONS] for _, name in products]),
        peak_month=np.array([genus.peak_month for genus in genera]), base_price=price, popularity=popularity,
    )  # fmt: skip


def _drawn(scenario: Scenario, genera: list[Genus]) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(scenario.seed, "catalogue")
    typical = np.array([genus.price for genus in genera])
    price = np.round(typical * rng.uniform(0.8, 1.3, len(genera))) - 0.01
    popularity = 1.0 / rng.permutation(np.arange(1, len(genera) + 1)) ** 0.6
    return price, popularity / popularity.mean()


def _described(products: list[tuple[Genus, str]]) -> Rows:
    zones = [genus.zones or ("", "") for genus, _ in products]
    return {
        "product_id": texts(f"P{n:04d}" for n in range(1, len(products) + 1)),
        "name": texts(name for _, name in products),
        "product_group": texts(genus.name for genus, _ in products),
        "light_need": texts(genus.light_need for genus, _ in products),
        "is_pet_safe": np.array([genus.pet_safe for genus, _ in products]),
        "hardiness_zone_min": texts(str(low) for low, _ in zones),
        "hardiness_zone_max": texts(str(high) for _, high in zones),
        "invasive_regions": texts(";".join(INVASIVE.get(name, ())) for _, name in products),
    }
