"""What the training set looked like: the profile a version carries, and that each day's population is held against."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from models.binning import cut, histograms

if TYPE_CHECKING:
    import numpy as np

    from models.feature_list import FeatureList

SCORE = "score"
DIGITS = 6


def profile(values: np.ndarray, features: FeatureList, scores: np.ndarray, weights: np.ndarray, sizes: dict[str, int]) -> str:
    """A version's reference as JSON, of the `values` that those features had: for each feature and the score, its bins and the weighted share in each.

    `sizes`: how many customers, products and pairs stand behind it (pairs as Kish's effective number, see `effective`).
    """
    import numpy as np

    columns, names = np.column_stack([values, scores]), (*features.names, SCORE)
    entries = [cut(columns[:, at], weights, name in features.categories) for at, name in enumerate(names)]
    shares = [counts / weights.sum() for counts in histograms(columns, weights, entries)]
    found = {
        name: {**entry, "shares": [round(float(s), DIGITS) for s in share]}
        for name, entry, share in zip(names, entries, shares, strict=True)
    }
    return json.dumps({"features": found, "sizes": sizes}, sort_keys=True)


def read(text: str) -> dict[str, Any]:
    """The profile from its JSON."""
    found: dict[str, Any] = json.loads(text)
    return found


def effective(weights: np.ndarray) -> int:
    """How many equally weighted rows would vary as much: (Σw)² / Σw² (Kish 1965)."""
    return int(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0
