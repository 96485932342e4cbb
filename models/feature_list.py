"""A version's features: their names, order and kinds, as it records them and as today's code computes them. Which a model takes belongs in its spec."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from models.errors import ModelError

if TYPE_CHECKING:
    from lakehouse.contracts.model import Contract

Grain = Literal["customer", "product", "pair"]
FEATURE_TABLES: dict[Grain, str] = {
    "customer": "features.customer_daily",
    "product": "features.product_daily",
    "pair": "features.customer_product_daily",
}
GROUP_ORDERS = "group_orders_90d"
# What no table holds is made of these while pairs are joined.
MADE_OF: dict[str, tuple[tuple[Grain, str], ...]] = {
    GROUP_ORDERS: (("pair", "orders_90d"), ("pair", "product_group"), ("product", "product_group"))
}


@dataclass(frozen=True)
class Feature:
    """A column of `features.{customer,product,customer_product}_daily`, carried as `<grain>_<column>`.

    `absent` is its value where that table has no row; None leaves it missing. `is_needed`: the version cannot score without it.
    """

    grain: Grain
    column: str
    kind: Literal["number", "category"] = "number"
    absent: float | None = None
    is_needed: bool = True

    @property
    def name(self) -> str:
        return self.column if self.column.startswith(self.grain) else f"{self.grain}_{self.column}"

    @property
    def key(self) -> tuple[str, str, str, float | None]:
        """What makes two features the same column of a matrix."""
        return self.grain, self.column, self.kind, self.absent

    @property
    def said(self) -> str:
        """For people: its name, and where it comes from."""
        return f"{self.name} ({self.column} of {FEATURE_TABLES[self.grain]})"


@dataclass(frozen=True)
class FeatureList:
    """Features in the order of a matrix's columns. `lost`: the names of those that today's code computes no more, missing throughout."""

    features: tuple[Feature, ...]
    lost: frozenset[str] = frozenset()

    def __iter__(self) -> Iterator[Feature]:
        return iter(self.features)

    def __len__(self) -> int:
        return len(self.features)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    @cached_property
    def categories(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features if feature.kind == "category")

    @cached_property
    def computed(self) -> tuple[Feature, ...]:
        """Those that are not lost."""
        return tuple(feature for feature in self.features if feature.name not in self.lost)

    @property
    def takes_group_orders(self) -> bool:
        """Whether a customer's orders of the product's group are among those computed."""
        return any(feature.column == GROUP_ORDERS for feature in self.computed)

    def columns(self, grain: Grain) -> tuple[Feature, ...]:
        """Those computed that a grain's table holds, in order."""
        return tuple(feature for feature in self.computed if feature.grain == grain and feature.column not in MADE_OF)

    def places(self, other: FeatureList) -> list[int]:
        """Where another list's features stand in this one. Raises KeyError for one that does not."""
        place = {feature.key: at for at, feature in enumerate(self.features)}
        return [place[feature.key] for feature in other.features]

    def joined(self, other: FeatureList) -> FeatureList:
        """These, and what the other has beside them."""
        known = {feature.key for feature in self.features}
        return FeatureList((*self.features, *(feature for feature in other if feature.key not in known)), self.lost | other.lost)

    def needing(self, *names: str) -> FeatureList:
        """The same columns for a version that makes something of those names alone."""
        return replace(self, features=tuple(replace(feature, is_needed=feature.name in names) for feature in self.features))

    def seen_by(self, contracts: Mapping[str, Contract]) -> FeatureList:
        """The same, with those as lost that the contracts of the feature tables do not hold, or hold as another kind."""
        return replace(self, lost=frozenset(feature.name for feature in self.features if not _is_computed(feature, contracts)))

    @property
    def missed(self) -> tuple[Feature, ...]:
        """Those lost without which the version cannot score."""
        return tuple(feature for feature in self.features if feature.is_needed and feature.name in self.lost)

    def to_json(self) -> str:
        """As a version records them."""
        return json.dumps([asdict(feature) for feature in self.features])

    @staticmethod
    def from_json(text: str) -> FeatureList:
        """As a version recorded them. Raises ModelError where the text is no such list."""
        try:
            return FeatureList(tuple(Feature(**entry) for entry in json.loads(text)))
        except (ValueError, TypeError) as error:
            raise ModelError(f"features_json is no list of features: {error}") from error


def _is_computed(feature: Feature, contracts: Mapping[str, Contract]) -> bool:
    sources = MADE_OF.get(feature.column)
    if sources:
        return all(_type(contracts, grain, column) is not None for grain, column in sources)
    kind = _type(contracts, feature.grain, feature.column)
    return kind is not None and (kind == "string") == (feature.kind == "category")


def _type(contracts: Mapping[str, Contract], grain: Grain, column: str) -> str | None:
    contract = contracts.get(FEATURE_TABLES[grain])
    found = [each.spark_type for each in contract.columns if each.name == column] if contract else []
    return found[0] if found else None
