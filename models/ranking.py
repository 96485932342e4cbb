"""Measures of a ranked list against what was bought. Which lists are ranked belongs in `evaluate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


# Between the two lies what nine of ten draws say.
LOWER, UPPER = 0.05, 0.95


def ndcg(hits: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """NDCG with yes-or-no relevance, for each row.

    `hits`: rows × k, whether the product at each place was bought; `bought`: how many products were, at least 1.
    DCG = Σ hit_i / log2(i+1), divided by that of the best possible order (Järvelin & Kekäläinen 2002).
    """
    import numpy as np

    k = hits.shape[1]
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(discount)[np.minimum(bought, k) - 1]
    return (hits @ discount) / best


def recall(hits: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """The share of what was bought that is among the k, for each row."""
    return hits.sum(axis=1) / bought


def top(scores: np.ndarray, k: int, tie_break: np.ndarray) -> np.ndarray:
    """Places of the k highest scores of each row, highest first; ties go to the lower `tie_break` (one a column)."""
    import numpy as np

    k = min(k, scores.shape[1])
    least = np.partition(scores, -k, axis=1)[:, -k]
    found = np.empty((len(scores), k), dtype=np.int64)
    for row, values in enumerate(scores):
        near = np.flatnonzero(values >= least[row])  # the top k, and whatever ties with the last of them
        found[row] = near[np.lexsort((tie_break[near], -values[near]))][:k]
    return found


def bound(gains: np.ndarray, groups: np.ndarray, seed: int, share: float = LOWER, draws: int = 1000) -> float:
    """A bound of the mean gain: the `share` quantile of its bootstrap means.

    Whole `groups` (a customer with all their weeks) are drawn, since weeks of one customer are not independent
    (Efron & Tibshirani 1993, ch. 8). Paired: each gain is model minus baseline on the same list.
    """
    import numpy as np

    _, group = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(group, gains), np.bincount(group)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=draws)
    return float(np.quantile((drawn @ sums) / (drawn @ counts), share))
