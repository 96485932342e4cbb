"""The three feature tables of a small shop: literal rows, and a made-up shop to compare two ways of joining on."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from models.feature_list import GROUP_ORDERS
from models.purchase import FEATURES

DAY = date(2011, 6, 5)
TEXTS = {"customer": ["customer_key"], "product": ["product_id", "product_group"], "pair": ["customer_key", "product_id", "product_group"]}


def table_of(grain: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Arrow rows of a feature table: `day` is DAY and figures are 0 where a row does not say."""
    numbers = [f.column for f in FEATURES if f.grain == grain and f.kind == "number" and f.column != GROUP_ORDERS]
    kinds = [("day", pa.date32()), *((name, pa.string()) for name in TEXTS[grain]), *((name, _kind(name)) for name in numbers)]
    kinds += [("is_recommendable", pa.bool_())] if grain == "product" else []
    filled = [{**dict.fromkeys(numbers, 0), "day": DAY, "is_recommendable": True, **row} for row in rows]
    return pa.Table.from_pylist(filled, schema=pa.schema(kinds))


def _kind(name: str) -> pa.DataType:
    is_real = name.startswith(("spend", "revenue", "mean_price", "units", "returned_units", "conversion"))
    return pa.float64() if is_real else pa.int64()


def made_up_shop(seed: int = 5, customers: int = 12, products: int = 9) -> dict[str, pa.Table]:
    """Tables with every kind of gap: a product without a group, a pair whose product is gone, missing figures."""
    random = np.random.default_rng(seed)
    groups = ["fern", "palm", None]
    ids = [f"p{n}" for n in range(products)]
    group = {product: groups[n % 3] for n, product in enumerate(ids)}
    keys = [f"c{n}" for n in range(customers)]
    pairs = [(key, product) for key in keys for product in [*ids, "gone"] if random.random() < 0.4]
    return {
        "customer": table_of("customer", [{"customer_key": key, **_figures("customer", random)} for key in keys]),
        "product": table_of("product", [{"product_id": i, "product_group": group[i], **_figures("product", random)} for i in ids]),
        "pair": table_of(
            "pair",
            [{"customer_key": k, "product_id": i, "product_group": group.get(i, "palm"), **_figures("pair", random)} for k, i in pairs],
        ),
    }


def _figures(grain: str, random: np.random.Generator) -> dict[str, Any]:
    numbers = [f for f in FEATURES if f.grain == grain and f.kind == "number" and f.column != GROUP_ORDERS]
    missing = {f.column for f in numbers if f.absent is None and grain != "customer" and random.random() < 0.2}
    drawn = {f.column: int(random.integers(0, 50)) for f in numbers}
    return {name: None if name in missing else (float(value) if _kind(name) == pa.float64() else value) for name, value in drawn.items()}
