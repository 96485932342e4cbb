"""Whether examples are enough to fit anything on: told in a sentence before an estimator is asked. How well it fits belongs in `gates`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.errors import NothingToLearn

if TYPE_CHECKING:
    import numpy as np

FOLDS = 5
"""Categories are encoded by parts of the examples, each of which must hold some bought and some not."""


def refuse_unlearnable(features: np.ndarray, labels: np.ndarray, weights: np.ndarray, names: Sequence[str] = ()) -> None:
    """Raises NothingToLearn where examples or labels are too few or all alike, or where features, labels or weights are no numbers to learn from."""
    import numpy as np

    for what, values in (("labels", labels), ("weights", weights)):
        if not np.isfinite(values).all():
            raise NothingToLearn(
                f"{int((~np.isfinite(values)).sum())} of {len(values)} {what} are infinite or missing, so nothing can be learnt"
            )
    _refuse_few(len(labels), int((labels > 0).sum()))
    infinite = np.isinf(features).any(axis=0)
    if infinite.any():
        told = ", ".join(names[int(at)] if names else f"feature {at + 1}" for at in np.flatnonzero(infinite))
        raise NothingToLearn(
            f"{told}: infinite in some examples, from which nothing can be learnt; mend the feature and publish its days again"
        )
    if not any(_varies(features[:, at]) for at in range(features.shape[1])):
        raise NothingToLearn("no feature tells the examples apart: each has one value, or none, in all of them")


def _refuse_few(examples: int, bought: int) -> None:
    if not examples:
        raise NothingToLearn("there are no examples on the days to learn from; wait for more days")
    if bought in (0, examples):
        raise NothingToLearn(f"the {examples} examples are all alike ({'' if bought else 'not '}bought), so there is nothing to learn from")
    if min(bought, examples - bought) < FOLDS:
        raise NothingToLearn(f"{bought} of {examples} examples were bought; at least {FOLDS} bought and {FOLDS} not bought are learnt from")


def _varies(values: np.ndarray) -> bool:
    """Whether a feature has two different values."""
    import numpy as np

    known = values[~np.isnan(values)]
    return bool(len(known)) and bool(known.min() < known.max())
