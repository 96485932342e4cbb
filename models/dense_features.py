"""The features of every customer with every product, dense and in pieces, for ranking. Equal to `pair_features` by test.

Both take the same list of features; only the way of joining differs: three million pairs are a matter of
seconds here, and minutes as a join.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.feature_list import GROUP_ORDERS, Feature, FeatureList, Grain
from models.matrix import matrix

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

CUSTOMERS_AT_ONCE = 64


@dataclass(frozen=True)
class Day:
    """One day of the three feature tables: customers to rank for, products to rank, and all purchases of 90 days."""

    customers: pa.Table
    products: pa.Table
    purchases: pa.Table


def grid(day: Day, features: FeatureList) -> Iterator[tuple[slice, np.ndarray]]:
    """Slices of the customers with the features of all their pairs: customers × products × features.

    None of the features may be lost.
    """
    import numpy as np

    by_customer, by_product = _own(day.customers, features.columns("customer")), _own(day.products, features.columns("product"))
    for first in range(0, day.customers.num_rows, CUSTOMERS_AT_ONCE):
        part = slice(first, min(first + CUSTOMERS_AT_ONCE, day.customers.num_rows))
        cube = np.empty((part.stop - part.start, day.products.num_rows, len(features)))
        cube[:, :, _places(features, "customer")] = by_customer[part, None, :]
        cube[:, :, _places(features, "product")] = by_product[None, :, :]
        _fill_pairs(cube, day, part, features)
        yield part, cube


def _fill_pairs(cube: np.ndarray, day: Day, part: slice, features: FeatureList) -> None:
    import pyarrow.compute as pc

    pairs = [feature for feature in features if feature.grain == "pair"]
    cube[:, :, [at for at, feature in enumerate(features) if feature.grain == "pair"]] = [_absent(feature) for feature in pairs]
    customers = day.customers["customer_key"][part.start : part.stop]
    mine = day.purchases.filter(pc.is_in(day.purchases["customer_key"], customers.combine_chunks()))
    who = pc.index_in(mine["customer_key"], customers.combine_chunks()).to_numpy()
    what = pc.index_in(mine["product_id"], day.products["product_id"].combine_chunks()).fill_null(-1).to_numpy()
    known = what >= 0
    values = _own(mine, features.columns("pair"))
    cube[who[known][:, None], what[known][:, None], _places(features, "pair")] = values[known]
    for at, feature in enumerate(features):
        if feature.column == GROUP_ORDERS:
            cube[:, :, at] = _group_orders(mine, who, day.products, len(customers))


def _group_orders(mine: pa.Table, who: np.ndarray, products: pa.Table, customers: int) -> np.ndarray:
    import numpy as np
    import pyarrow.compute as pc

    groups = pc.unique(products["product_group"]).drop_null()
    bought = pc.index_in(mine["product_group"], groups).fill_null(len(groups)).to_numpy()
    counts = np.zeros((customers, len(groups) + 1))
    np.add.at(counts, (who, bought), mine["orders_90d"].to_numpy())
    counts[:, -1] = 0  # of no group, or of one that is not among the products
    return counts[:, pc.index_in(products["product_group"], groups).fill_null(len(groups)).to_numpy()]


def _own(table: pa.Table, features: Sequence[Feature]) -> np.ndarray:
    return matrix(table, [f.column for f in features], [f.column for f in features if f.kind == "category"])


def _places(features: FeatureList, grain: Grain) -> list[int]:
    """Where a grain's own columns stand."""
    return [at for at, feature in enumerate(features) if feature in features.columns(grain)]


def _absent(feature: Feature) -> float:
    return float("nan") if feature.absent is None else feature.absent
