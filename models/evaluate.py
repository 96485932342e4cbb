"""Takes a version's figures on the held-out weeks, and the baseline's beside them. Whether they suffice belongs in `gates`.

Ranking: for each held-out week, customers who were active on its eve and bought in it; all products on sale are ranked
for each, and the top ten compared with everything bought, on sale or not. Classifying: the held-out examples, weighted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from models.dense_features import Day, grid
from models.feature_list import FeatureList
from models.matrix import matrix
from models.purchase import RANK, RECOMMENDATIONS, SEED, SEGMENT_EDGE
from models.ranking import lower_bound, ndcg, recall, top

if TYPE_CHECKING:
    import numpy as np
    from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class Week:
    """A held-out week: the features of its eve for the customers ranked, and what each of them bought (one set each)."""

    features: Day
    bought: Sequence[frozenset[str]]


@dataclass(frozen=True)
class Examples:
    """Examples as arrays: the feature matrix, labels and weights."""

    features: np.ndarray
    labels: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Fitted:
    """A pipeline, and the features that its columns are."""

    pipeline: Pipeline
    features: FeatureList

    def chance(self, matrix: np.ndarray) -> np.ndarray:
        """The chance that each row is bought."""
        found: np.ndarray = self.pipeline.predict_proba(matrix)[:, 1]
        return found


def figures(model: Fitted, baseline: Fitted, weeks: Sequence[Week], examples: Examples, champion: Fitted | None = None) -> dict[str, float]:
    """Every figure the gates ask for, and the sides they are made of. The champion, where there is one, is ranked beside them.

    Each is given its own features: the weeks hold those of all three, the examples those of model and baseline.
    """
    from numpy import concatenate

    ranked = (model, baseline) if champion is None else (model, baseline, champion)
    parts = [_ranked(week, ranked) for week in weeks if week.bought and week.features.products.num_rows]
    joined = {name: concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    return {**(_ranking_figures(joined) if joined else {}), **_chance_figures(model, baseline, examples)}


def _ranked(week: Week, fitted: Sequence[Fitted]) -> dict[str, np.ndarray]:
    """For each customer of the week: ndcg and recall of each version, their key and segment."""
    import numpy as np

    features = reduce(FeatureList.joined, (each.features for each in fitted))
    places = [features.places(each.features) for each in fitted]
    rank = matrix(week.features.products, [RANK.column], ())[:, 0]
    products = {key: place for place, key in enumerate(week.features.products["product_id"].to_pylist())}
    bought = np.array([len(items) for items in week.bought])
    hits = np.zeros((len(fitted), len(bought), RECOMMENDATIONS))
    for part, cube in grid(week.features, features):
        wanted = np.zeros(cube.shape[:2], dtype=bool)
        for row, items in enumerate(week.bought[part]):
            wanted[row, [products[item] for item in items if item in products]] = True
        for which, each in enumerate(fitted):
            own = cube if places[which] == list(range(len(features))) else cube[:, :, places[which]]
            found = np.take_along_axis(wanted, _best(each, own, rank), axis=1)
            hits[which, part, : found.shape[1]] = found
    frequent = week.features.customers["orders_90d"].to_numpy() >= SEGMENT_EDGE
    measured = {
        f"{name}_{which}": measure(hits[which], bought)
        for which in range(len(fitted))
        for name, measure in (("ndcg", ndcg), ("recall", recall))
    }
    return {**measured, "key": np.array(week.features.customers["customer_key"].to_pylist()), "frequent": frequent}


def _best(fitted: Fitted, cube: np.ndarray, rank: np.ndarray) -> np.ndarray:
    customers, products, width = cube.shape
    scores = fitted.chance(cube.reshape(-1, width)).reshape(customers, products)
    return top(scores, RECOMMENDATIONS, rank)


def _ranking_figures(ranked: dict[str, np.ndarray]) -> dict[str, float]:
    gain, frequent = ranked["ndcg_0"] - ranked["ndcg_1"], ranked["frequent"]
    found = {
        "customers": float(len(gain)),
        "ndcg_at_10": float(ranked["ndcg_0"].mean()),
        "baseline_ndcg_at_10": float(ranked["ndcg_1"].mean()),
        "ndcg_gain_lower_bound": lower_bound(gain, ranked["key"], SEED),
        "recall_at_10": float(ranked["recall_0"].mean()),
        "baseline_recall_at_10": float(ranked["recall_1"].mean()),
        "recall_gain": float((ranked["recall_0"] - ranked["recall_1"]).mean()),
    }
    if "ndcg_2" in ranked:
        found["champion_ndcg_at_10"] = float(ranked["ndcg_2"].mean())
        found["champion_ndcg_gain"] = float((ranked["ndcg_0"] - ranked["ndcg_2"]).mean())
    for name, mine in (("occasional", ~frequent), ("frequent", frequent)):
        found[f"{name}_customers"] = float(mine.sum())
        if mine.any():
            found[f"{name}_ndcg_gain"] = float(gain[mine].mean())
    return found


def _chance_figures(model: Fitted, baseline: Fitted, examples: Examples) -> dict[str, float]:
    from sklearn.metrics import average_precision_score, log_loss

    found: dict[str, float] = {"test_examples": float(len(examples.labels)), "test_bought": float(examples.labels.sum())}
    if not 0 < examples.labels.sum() < len(examples.labels):
        return found
    for prefix, fitted in (("", model), ("baseline_", baseline)):
        chance = fitted.chance(examples.features)
        found[f"{prefix}log_loss"] = float(log_loss(examples.labels, chance, sample_weight=examples.weights, labels=[0, 1]))
        found[f"{prefix}pr_auc"] = float(average_precision_score(examples.labels, chance, sample_weight=examples.weights))
    found["log_loss_drop"] = found["baseline_log_loss"] - found["log_loss"]
    found["pr_auc_gain"] = found["pr_auc"] - found["baseline_pr_auc"]
    return found
