"""`monitoring.drift`: how far each day's population lies from what the serving version was trained on.

Like with like: the pairs are made by the population code of the training examples, without labels, from what was
known on the day. Deciding what follows belongs in `policy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lakehouse.tables.reads import current, days
from lakehouse.tables.registry import table
from models.feature_list import FEATURE_TABLES
from models.infinite import refuse_infinite
from models.labels import days_with_features, has_full_windows
from models.population import Tables, population
from models.reference_profile import SCORE, read
from models.serving import Serving, serving_model
from monitoring.histograms import UNSEEN_BIN, counted, sizes
from monitoring.profile import against

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.tables.run import Run

DIGITS = 6
SCHEMA = (
    "day date, feature string, psi double, psi_noise double, missing_share double, reference_missing_share double, "
    "unseen_share double, rows bigint, model_name string, model_version int"
)


@table(
    "monitoring.drift",
    reads={
        "impressions": days("silver.impressions"),
        "consents": current("silver.customers"),
        "customers": days("features.customer_daily", 1),
        "products": days("features.product_daily", 1),
        "purchases": days("features.customer_product_daily", 1),
        "serving": serving_model(),
    },
)
def drift(
    impressions: DataFrame,
    consents: DataFrame,
    customers: DataFrame,
    products: DataFrame,
    purchases: DataFrame,
    serving: Serving | None,
    run: Run,
) -> DataFrame:
    """One row per day and feature (and the score): PSI against the serving version's training set, and what chance alone would make.

    The features are the version's own; one that today's code computes no more, and that it can do without, has no rows. Nor has
    a day whose features look back over less than 90 days, or without any pair, or on which nothing serves.
    """
    if serving is None:
        run.note("no model serves, so there is nothing to measure drift against")
        return run.spark.createDataFrame([], SCHEMA)
    whole = days_with_features(run, [day for day in run.written if has_full_windows(day, run.lake.shop.first_day)])
    refuse_infinite(run, serving.features, [day - timedelta(days=1) for day in whole])
    pairs = population(run.lake.shop, whole, Tables(impressions, consents, customers, products, purchases), None, serving.features)
    reference = read(serving.reference_profile)
    counts = _by_day_and_feature(counted(pairs, serving.data, serving.features, reference).toArrow().to_pylist())
    behind = {row["day"]: row for row in sizes(pairs).toArrow().to_pylist()}
    rows = [
        {**_row(counts[day, name], reference, name, behind[day]), "day": day, "model_name": serving.name, "model_version": serving.version}
        for day in sorted(behind)
        for name in (*(feature.name for feature in serving.features.computed), SCORE)
    ]
    return run.spark.createDataFrame(rows, SCHEMA)


def _by_day_and_feature(rows: list[dict[str, Any]]) -> dict[tuple[Any, str], dict[int, float]]:
    found: dict[tuple[Any, str], dict[int, float]] = {}
    for row in rows:
        found.setdefault((row["day"], row["feature"]), {})[row["bin"]] = row["weight"]
    return found


def _row(weights: dict[int, float], reference: dict[str, Any], name: str, behind: dict[str, Any]) -> dict[str, Any]:
    """One feature on one day, or the score."""
    import numpy as np

    expected = np.array(reference["features"][name]["shares"])
    found = np.array([weights.get(place, 0.0) for place in range(len(expected))])
    total = found.sum()
    distance, chance = against(expected, found / total, _independent(behind, name), _independent(reference["sizes"], name))
    return {
        "feature": name,
        "psi": round(distance, DIGITS),
        "psi_noise": round(chance, DIGITS),
        "missing_share": round(float(found[-1] / total), DIGITS),
        "reference_missing_share": round(float(expected[-1]), DIGITS),
        "unseen_share": round(weights.get(UNSEEN_BIN, 0.0) / float(total), DIGITS),
        "rows": int(behind["rows"]),
    }


def _independent(sizes: Mapping[str, Any], name: str) -> int:
    """How many values that chance drew on their own stand behind a figure, however many pairs hold them.

    A customer's figure counts once a customer, a product's once a product. The score is made of both, so pairs that share either are
    alike: it counts as often as the fewest of them (pairs as drawn in clusters: Kish, Survey Sampling, 1965, 5.4).
    """
    grains = tuple(FEATURE_TABLES) if name == SCORE else (name.partition("_")[0],)
    return min(int(sizes[grain]) for grain in grains)
