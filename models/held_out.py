"""Reads examples and held-out weeks from the lake, through Arrow and at the versions a run has fixed. Nothing here touches the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from models.consent import asks_each
from models.dense_features import Day
from models.evaluate import Examples, Week
from models.feature_list import FEATURE_TABLES, FeatureList, Grain
from models.matrix import matrix
from models.purchase import HELD_OUT_CUSTOMERS, LABEL, LABEL_DAYS, ON_SALE_DAYS, SEED
from models.reference_profile import effective

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse.tables.lake import Lake
    from lakehouse.tables.run import Run

EXAMPLES, CONSENTS, ORDERS = "training.purchase_examples", "silver.customers", "silver.orders"
# What ranking asks for, whatever a version's features are: keys, groups, who is frequent, what is on sale, and how popular.
ASKED: dict[Grain, list[str]] = {
    "customer": ["customer_key", "orders_90d"],
    "product": ["product_id", "product_group", "days_since_last_sale", "popularity_rank_30d", "is_recommendable"],
    "pair": ["customer_key", "product_id", "product_group", "orders_90d"],
}


def example_days(run: Run) -> list[date]:
    """The days that have examples, from the table's partitions; without those whose label was not final by the last day asked for."""
    known = run.lake.partition_days(EXAMPLES, run.version_of(EXAMPLES))
    return sorted(day for day in known if day + timedelta(days=LABEL_DAYS - 1) <= run.asked.last)


@dataclass(frozen=True)
class Learnt:
    """Examples, and how many customers, products and (effective) pairs stand behind them."""

    examples: Examples
    sizes: dict[str, int]


def examples(run: Run, days: Sequence[date], features: FeatureList) -> Learnt:
    """The examples of those days by those features, in an order that does not depend on how they are stored."""
    import pyarrow.compute as pc

    wanted = ["day", "customer_key", "product_id", LABEL, "weight", *features.names]
    rows = _on_days(run, EXAMPLES, days, wanted).sort_by([("day", "ascending"), ("customer_key", "ascending"), ("product_id", "ascending")])
    weights = rows["weight"].to_numpy()
    customers, products = (pc.count_distinct(rows[key]).as_py() for key in ("customer_key", "product_id"))
    sizes = {"customer": customers, "product": products, "pair": effective(weights)}
    return Learnt(Examples(matrix(rows, features.names, features.categories), rows[LABEL].to_numpy(), weights), sizes)


def weeks(run: Run, days: Sequence[date], weekday: int, features: FeatureList) -> list[Week]:
    """The held-out weeks that begin on that weekday, with what those features are made of; at most `HELD_OUT_CUSTOMERS` customer-weeks in all, by hash."""
    begins = [day for day in days if day.weekday() == weekday]
    return [_week(run, day, HELD_OUT_CUSTOMERS // len(begins), features) for day in begins]


def _week(run: Run, day: date, most: int, features: FeatureList) -> Week:
    import pyarrow as pa
    import pyarrow.compute as pc

    eve = day - timedelta(days=1)
    customers, products = (_side(run, grain, eve, features) for grain in ("customer", "product"))
    found = _recommendable(bought(run.lake, day, run.version_of(ORDERS)), products)
    buyers = set(customers["customer_key"].to_pylist()) & found.keys()
    chosen = _by_hash(sorted(buyers & _consenting(run) if asks_each(run.lake.shop) else buyers), day, most)
    customers = customers.filter(pc.is_in(customers["customer_key"], pa.array(chosen, pa.string()))).sort_by("customer_key")
    is_on_sale = pc.and_(pc.less(products["days_since_last_sale"], ON_SALE_DAYS), products["is_recommendable"])
    on_sale = products.filter(is_on_sale).sort_by("product_id")
    truth = [frozenset(found[key]) for key in customers["customer_key"].to_pylist()]
    return Week(Day(customers, on_sale, _side(run, "pair", eve, features)), truth)


def _recommendable(found: dict[str, set[str]], products: pa.Table) -> dict[str, set[str]]:
    """What customers bought, without the products that could not have been recommended, and the customers who bought nothing else."""
    import pyarrow.compute as pc

    never = set(products.filter(pc.invert(products["is_recommendable"]))["product_id"].to_pylist())
    return {key: left for key, theirs in found.items() if (left := theirs - never)}


def bought(lake: Lake, first: date, version: int | None = None) -> dict[str, set[str]]:
    """The goods that each known customer bought on a day and the six after it."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    span = ds.field("day").isin([first + timedelta(days=n) for n in range(LABEL_DAYS)])
    rows = lake.arrow(ORDERS, version, ["customer_key", "product_id", "quantity", "is_goods"], span)
    return products_by_customer(rows.filter(pc.and_(rows["is_goods"], pc.greater(rows["quantity"], 0))))


def products_by_customer(rows: pa.Table) -> dict[str, set[str]]:
    """The products of each customer_key; rows without one are nobody's."""
    found: dict[str, set[str]] = {}
    for key, product in zip(rows["customer_key"].to_pylist(), rows["product_id"].to_pylist(), strict=True):
        if key is not None:
            found.setdefault(key, set()).add(product)
    return found


def _side(run: Run, grain: Grain, day: date, features: FeatureList) -> pa.Table:
    own = [feature.column for feature in features.columns(grain)]
    return _on_days(run, FEATURE_TABLES[grain], [day], list(dict.fromkeys([*ASKED[grain], *own])))


def _consenting(run: Run) -> set[str]:
    import pyarrow.dataset as ds

    rows = run.lake.arrow(CONSENTS, run.version_of(CONSENTS), ["customer_key"], ds.field("consents_to_training") & ds.field("is_current"))
    return set(rows["customer_key"].to_pylist())


def _by_hash(keys: Sequence[str], day: date, most: int) -> list[str]:
    from hashlib import sha256

    return sorted(keys, key=lambda key: sha256(f"{SEED}|{day}|{key}".encode()).digest())[:most]


def _on_days(run: Run, table: str, days: Sequence[date], columns: list[str]) -> pa.Table:
    import pyarrow.dataset as ds

    return run.lake.arrow(table, run.version_of(table), columns, ds.field("day").isin(list(days)))
