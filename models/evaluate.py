"""Takes a version's figures on the held-out weeks, and the best baseline's beside them. Whether they suffice belongs in `gates`.

Ranking: for each held-out week, customers who were active on its eve and bought in it; all products on sale are ranked
for each, and the top ten compared with everything bought, on sale or not. Classifying: the held-out examples, weighted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from models.dense_features import Day, grid
from models.feature_list import FeatureList
from models.matrix import matrix
from models.purchase import RANK, RECOMMENDATIONS, SEED, SEGMENT_EDGE
from models.ranking import LOWER, UPPER, bound, ndcg, recall, top

if TYPE_CHECKING:
    import numpy as np
    from sklearn.pipeline import Pipeline

# How the two that are no baselines are called among those compared.
MODEL, CHAMPION = "model", "champion"


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

    @property
    def is_same_for_all(self) -> bool:
        """Whether every customer is given the same chances: it makes something of products alone."""
        return all(feature.grain == "product" for feature in self.features if feature.is_needed)

    def chance(self, matrix: np.ndarray) -> np.ndarray:
        """The chance that each row is bought."""
        found: np.ndarray = self.pipeline.predict_proba(matrix)[:, 1]
        return found


@dataclass(frozen=True)
class Comparison:
    """Every figure the gates ask for and the sides they are made of, and which of the baselines the model is compared with: the best."""

    figures: dict[str, float]
    best_baseline: str


def compare(
    model: Fitted, baselines: Mapping[str, Fitted], weeks: Sequence[Week], examples: Examples, champion: Fitted | None = None
) -> Comparison:
    """The model beside the baseline of the highest NDCG (the first, where nothing can be ranked) and the champion, where there is one.

    Each is given its own features: the weeks hold those of all, the examples those of model and baselines. The best is chosen by the weeks
    that it is compared on, which favours it: a model has to beat the luckiest of them.
    """
    from numpy import concatenate

    ranked = {MODEL: model, **baselines, **({CHAMPION: champion} if champion else {})}
    parts = [_ranked(week, ranked) for week in weeks if week.bought and week.features.products.num_rows]
    joined = {name: concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    best = max(baselines, key=lambda kind: float(joined[f"ndcg_{kind}"].mean()) if joined else 0.0)
    found = {**_ranking_figures(joined, best), **_figures_of_each(joined, baselines)} if joined else {}
    return Comparison({**found, **_chance_figures(model, baselines[best], examples)}, best)


def _ranked(week: Week, fitted: Mapping[str, Fitted]) -> dict[str, np.ndarray]:
    """For each customer of the week: ndcg and recall of each version by its name here, their key and segment, and whether the
    model gives them first what it gives most of them first."""
    import numpy as np

    features = reduce(FeatureList.joined, (each.features for each in fitted.values()))
    places = {name: features.places(each.features) for name, each in fitted.items()}
    rank = matrix(week.features.products, [RANK.column], ())[:, 0]
    products = {key: place for place, key in enumerate(week.features.products["product_id"].to_pylist())}
    bought = np.array([len(items) for items in week.bought])
    hits = {name: np.zeros((len(bought), RECOMMENDATIONS)) for name in fitted}
    first = np.zeros(len(bought), dtype=int)
    for part, cube in grid(week.features, features):
        wanted = np.zeros(cube.shape[:2], dtype=bool)
        for row, items in enumerate(week.bought[part]):
            wanted[row, [products[item] for item in items if item in products]] = True
        for name, each in fitted.items():
            own = cube if places[name] == list(range(len(features))) else cube[:, :, places[name]]
            best = _best(each, own, rank)
            found = np.take_along_axis(wanted, best, axis=1)
            hits[name][part, : found.shape[1]] = found
            if name == MODEL:
                first[part] = best[:, 0]
    frequent = week.features.customers["orders_90d"].to_numpy() >= SEGMENT_EDGE
    measured = {
        f"{measured}_{name}": measure(hits[name], bought) for name in fitted for measured, measure in (("ndcg", ndcg), ("recall", recall))
    }
    keys, is_most_given = week.features.customers["customer_key"], first == np.bincount(first).argmax()
    return {**measured, "key": np.array(keys.to_pylist()), "frequent": frequent, "same_first": is_most_given}


def _best(fitted: Fitted, cube: np.ndarray, rank: np.ndarray) -> np.ndarray:
    from numpy import repeat

    customers, products, width = cube.shape
    if fitted.is_same_for_all:
        return repeat(top(fitted.chance(cube[0]).reshape(1, products), RECOMMENDATIONS, rank), customers, axis=0)
    scores = fitted.chance(cube.reshape(-1, width)).reshape(customers, products)
    return top(scores, RECOMMENDATIONS, rank)


def _figures_of_each(ranked: dict[str, np.ndarray], baselines: Mapping[str, Fitted]) -> dict[str, float]:
    return {f"{kind}_{name}_at_10": float(ranked[f"{name}_{kind}"].mean()) for kind in baselines for name in ("ndcg", "recall")}


def _ranking_figures(ranked: dict[str, np.ndarray], best: str) -> dict[str, float]:
    mine, base = ranked[f"ndcg_{MODEL}"], ranked[f"ndcg_{best}"]
    gain, frequent = mine - base, ranked["frequent"]
    found = {
        "customers": float(len(gain)),
        "same_first_share": float(ranked["same_first"].mean()),
        "ndcg_at_10": float(mine.mean()),
        "baseline_ndcg_at_10": float(base.mean()),
        "ndcg_gain": float(gain.mean()),
        "ndcg_gain_lower_bound": bound(gain, ranked["key"], SEED, LOWER),
        "ndcg_gain_upper_bound": bound(gain, ranked["key"], SEED, UPPER),
        "recall_at_10": float(ranked[f"recall_{MODEL}"].mean()),
        "baseline_recall_at_10": float(ranked[f"recall_{best}"].mean()),
        "recall_gain": float((ranked[f"recall_{MODEL}"] - ranked[f"recall_{best}"]).mean()),
    }
    if f"ndcg_{CHAMPION}" in ranked:
        found["champion_ndcg_at_10"] = float(ranked[f"ndcg_{CHAMPION}"].mean())
        found["champion_recall_at_10"] = float(ranked[f"recall_{CHAMPION}"].mean())
        found["champion_ndcg_gain"] = float((mine - ranked[f"ndcg_{CHAMPION}"]).mean())
    for name, them in (("occasional", ~frequent), ("frequent", frequent)):
        found[f"{name}_customers"] = float(them.sum())
        if them.any():
            found[f"{name}_ndcg_gain"] = float(gain[them].mean())
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
