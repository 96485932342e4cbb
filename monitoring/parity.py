"""`monitoring.parity`: were the day's predictions scored with the feature values that bronze gives by another path?

The other path is `recomputed_features`. Here stands which rows are compared, and how: exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any

from lakehouse.ingestion.silver.from_bronze import from_bronze
from lakehouse.tables.reads import days
from lakehouse.tables.registry import table
from models.feature_list import FeatureList
from models.pair_features import with_features
from models.purchase import FEATURES, WINDOW_DAYS
from models.versions import Brought, features_brought
from monitoring.past_events import events_of, units_sold
from monitoring.recomputed_features import PAIR, RECOMPUTED, recomputed

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.tables.run import Run

SAMPLED_A_DAY = 50
PAIR_TYPES = "day date, customer_key string, product_id string"
SCHEMA = (
    "day date, feature string, compared_rows bigint, differing_rows bigint, "
    "customer_key string, product_id string, published_value string, recomputed_value string"
)
Values = dict[tuple[Any, ...], dict[str, Any]]


@table(
    "monitoring.parity",
    reads={
        "predictions": days("predictions.recommendations"),
        "customers": days("features.customer_daily"),
        "products": days("features.product_daily"),
        "purchases": days("features.customer_product_daily"),
        "orders": from_bronze("orders", WINDOW_DAYS - 1),
        "impressions": from_bronze("impressions", WINDOW_DAYS - 1),
        "brought": features_brought(),
    },
)
def parity(
    predictions: DataFrame,
    customers: DataFrame,
    products: DataFrame,
    purchases: DataFrame,
    orders: DataFrame,
    impressions: DataFrame,
    brought: Brought,
    run: Run,
) -> DataFrame:
    """One row per day and feature: how many of the day's sampled predictions were scored with another value than bronze gives.

    Key day, feature: those that the version brings which the day was scored with. Where values differ, one pair stands as the
    example. A day without predictions has no rows.
    """
    sampled = sample(predictions).collect()
    if not sampled:
        return run.spark.createDataFrame([], SCHEMA)
    todays = FEATURES.seen_by(run.lake.contracts)
    by_day = {row["day"]: brought.get((row["model_name"], row["model_version"]), todays) for row in sampled}
    features = reduce(FeatureList.joined, by_day.values())
    _tell_unwritten(run, features)
    names = {day: [each.name for each in own.computed if each.name in RECOMPUTED] for day, own in by_day.items()}
    pairs = run.spark.createDataFrame([tuple(row[key] for key in PAIR) for row in sampled], PAIR_TYPES)
    whose, which = ({row[key] for row in sampled} for key in ("customer_key", "product_id"))
    scored = with_features(pairs.withColumn("feature_day", pairs.day), _of(customers, whose), products, _of(purchases, whose), features)
    every = sorted({name for own in names.values() for name in own})
    published = _by_pair(scored, every)
    again = _recompute(pairs, orders, impressions, whose, which, every)
    return run.spark.createDataFrame(list(compared(published, again, names)), SCHEMA)


def _tell_unwritten(run: Run, features: FeatureList) -> None:
    unwritten = [each.name for each in features.computed if each.name not in RECOMPUTED]
    if unwritten:
        run.note(f"{', '.join(unwritten)}: not compared with bronze, for want of words in monitoring/recomputed_features.py")


def sample(predictions: DataFrame, most: int = SAMPLED_A_DAY) -> DataFrame:
    """Key and model of at most that many predictions a day: those of the smallest ids, which are hashes already."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    place = F.row_number().over(Window.partitionBy("day").orderBy("prediction_id"))
    return predictions.withColumn("place", place).where(F.col("place") <= most).select(*PAIR, "model_name", "model_version")


def compared(published: Values, again: Values, names: Mapping[date, Sequence[str]]) -> Iterator[dict[str, Any]]:
    """A row for each day and each of its features; None equals None alone."""
    by_day: dict[date, list[tuple[Any, ...]]] = {}
    for pair in sorted(published):
        by_day.setdefault(pair[0], []).append(pair)
    for day, pairs in by_day.items():
        for name in names[day]:
            differing = [pair for pair in pairs if published[pair][name] != again[pair][name]]
            counts = {"day": day, "feature": name, "compared_rows": len(pairs), "differing_rows": len(differing)}
            yield counts | _example(differing, published, again, name)


def _example(differing: Sequence[tuple[Any, ...]], published: Values, again: Values, name: str) -> dict[str, str | None]:
    if not differing:
        return dict.fromkeys(("customer_key", "product_id", "published_value", "recomputed_value"))
    pair = differing[0]
    values = {"published_value": str(published[pair][name]), "recomputed_value": str(again[pair][name])}
    return {"customer_key": pair[1], "product_id": pair[2], **values}


def _recompute(
    pairs: DataFrame, orders: DataFrame, impressions: DataFrame, whose: set[str], which: set[str], names: Sequence[str]
) -> Values:
    """The features from bronze. Only the events of the sampled customers and products are kept, once for all sums."""
    events = events_of(orders, impressions)
    sold = units_sold(events)
    carried = events.where(events.customer_key.isin(whose) | events.product_id.isin(which)).persist()
    try:
        return _by_pair(recomputed(pairs, carried, sold, names), names)
    finally:
        carried.unpersist()


def _of(features: DataFrame, whose: set[str]) -> DataFrame:
    return features.where(features.customer_key.isin(whose))


def _by_pair(rows: DataFrame, names: Sequence[str]) -> Values:
    return {tuple(row[key] for key in PAIR): row.asDict() for row in rows.select(*PAIR, *names).collect()}
