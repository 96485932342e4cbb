"""What a report shows of a version beside its figures: how far its chances can be believed, and which features they hang on.

Both are taken on the held-out examples, once, when it is trained. Figures that gates judge belong in `evaluate`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from models.purchase import SEED

if TYPE_CHECKING:
    import numpy as np

    from models.evaluate import Examples, Fitted

BINS, REPEATS, MOST_ROWS = 10, 3, 20_000


@dataclass(frozen=True)
class Bin:
    """Examples of about the same chance: their weighted mean chance, the weighted share of them that was bought, and their share of all."""

    chance: float
    bought: float
    share: float


@dataclass(frozen=True)
class Diagnostics:
    """`calibration`: from the lowest chances to the highest; `importance`: by feature, by how much log loss rises without it."""

    calibration: tuple[Bin, ...]
    importance: Mapping[str, float]

    def as_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Diagnostics:
        found = json.loads(text)
        return cls(tuple(Bin(**each) for each in found["calibration"]), found["importance"])

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: Σ share · |chance − bought| over the bins (Naeini, Cooper & Hauskrecht, AAAI 2015)."""
        return sum(each.share * abs(each.chance - each.bought) for each in self.calibration)


def diagnose(fitted: Fitted, examples: Examples) -> Diagnostics:
    """The diagnostics of a fitted version on held-out examples; without importance where all of these are alike, empty where there are none."""
    if not len(examples.labels):
        return Diagnostics((), {})
    is_mixed = 0 < examples.labels.sum() < len(examples.labels)
    chances = fitted.chance(examples.features)
    return Diagnostics(calibration(examples.labels, chances, examples.weights), _importance(fitted, examples) if is_mixed else {})


def calibration(labels: np.ndarray, chances: np.ndarray, weights: np.ndarray, bins: int = BINS) -> tuple[Bin, ...]:
    """Bins of about equal weight, by chance; equal chances stand in one bin."""
    import numpy as np

    order = np.argsort(chances, kind="stable")
    reached = np.cumsum(weights[order])
    edges = np.unique(chances[order][np.searchsorted(reached, reached[-1] * np.arange(1, bins) / bins)])
    of_bin = np.searchsorted(edges, chances, side="left")
    found = []
    for each in np.unique(of_bin):
        them = of_bin == each
        chance, bought = (float(np.average(values[them], weights=weights[them])) for values in (chances, labels))
        found.append(Bin(chance, bought, float(weights[them].sum() / weights.sum())))
    return tuple(found)


def _importance(fitted: Fitted, examples: Examples) -> dict[str, float]:
    """By feature, how much the weighted log loss rises when its values are shuffled among the examples (Breiman, Machine Learning 45, 2001,
    section 10; Fisher, Rudin & Dominici, JMLR 20, 2019)."""
    from numpy.random import default_rng
    from sklearn.inspection import permutation_importance
    from sklearn.metrics import log_loss, make_scorer

    # Drawn here: the library would hold what it shuffles of a draw against the score of all.
    drawn = default_rng(SEED).permutation(len(examples.labels))[:MOST_ROWS]
    found = permutation_importance(
        fitted.pipeline, examples.features[drawn], examples.labels[drawn], n_repeats=REPEATS, random_state=SEED, n_jobs=1,
        scoring=make_scorer(log_loss, greater_is_better=False, response_method="predict_proba", labels=[0, 1]),
        sample_weight=examples.weights[drawn],
    )  # fmt: skip
    return dict(zip(fitted.features.names, map(float, found.importances_mean), strict=True))
