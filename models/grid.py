"""The features of every customer with every product, dense and in pieces, for ranking. Equal to `pair_features` by test.

Both read the same list, `purchase.FEATURES`; only the way of joining differs: three million pairs are a matter of
seconds here, and minutes as a join.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.matrix import matrix
from models.pair_features import GROUP_ORDERS
from models.purchase import CATEGORIES, FEATURES

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


def grid(day: Day) -> Iterator[tuple[slice, np.ndarray]]:
    """Slices of the customers with the features of all their pairs: customers × products × features."""
    import numpy as np

    by_customer, by_product = _own(day.customers, "customer"), _own(day.products, "product")
    for first in range(0, day.customers.num_rows, CUSTOMERS_AT_ONCE):
        part = slice(first, min(first + CUSTOMERS_AT_ONCE, day.customers.num_rows))
        cube = np.empty((part.stop - part.start, day.products.num_rows, len(FEATURES)))
        cube[:, :, _places("customer")] = by_customer[part, None, :]
        cube[:, :, _places("product")] = by_product[None, :, :]
        _fill_pairs(cube, day, part)
        yield part, cube


def _fill_pairs(cube: np.ndarray, day: Day, part: slice) -> None:
    import numpy as np
    import pyarrow.compute as pc

    places, features = _places("pair"), [f for f in FEATURES if f.grain == "pair"]
    cube[:, :, places] = [np.nan if f.absent is None else f.absent for f in features]
    customers = day.customers["customer_key"][part.start : part.stop]
    mine = day.purchases.filter(pc.is_in(day.purchases["customer_key"], customers.combine_chunks()))
    who = pc.index_in(mine["customer_key"], customers.combine_chunks()).to_numpy()
    what = pc.index_in(mine["product_id"], day.products["product_id"].combine_chunks()).fill_null(-1).to_numpy()
    known = what >= 0
    values = _own(mine, "pair")
    cube[who[known][:, None], what[known][:, None], _own_places("pair")] = values[known]
    cube[:, :, _index(GROUP_ORDERS)] = _group_orders(mine, who, day.products, len(customers))


def _group_orders(mine: pa.Table, who: np.ndarray, products: pa.Table, customers: int) -> np.ndarray:
    import numpy as np
    import pyarrow.compute as pc

    groups = pc.unique(products["product_group"]).drop_null()
    bought = pc.index_in(mine["product_group"], groups).fill_null(len(groups)).to_numpy()
    counts = np.zeros((customers, len(groups) + 1))
    np.add.at(counts, (who, bought), mine["orders_90d"].to_numpy())
    counts[:, -1] = 0  # of no group, or of one that is not among the products
    return counts[:, pc.index_in(products["product_group"], groups).fill_null(len(groups)).to_numpy()]


def _own(table: pa.Table, grain: str) -> np.ndarray:
    columns = [f for f in FEATURES if f.grain == grain and f.column != GROUP_ORDERS]
    return matrix(table, [f.column for f in columns], [f.column for f in columns if f.name in CATEGORIES])


def _places(grain: str) -> list[int]:
    return [place for place, f in enumerate(FEATURES) if f.grain == grain]


def _own_places(grain: str) -> list[int]:
    return [place for place, f in enumerate(FEATURES) if f.grain == grain and f.column != GROUP_ORDERS]


def _index(column: str) -> int:
    return next(place for place, f in enumerate(FEATURES) if f.column == column)
