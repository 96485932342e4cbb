"""Small, made-up examples and models that every test of this folder may take."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from models import estimators
from models.evaluate import Examples
from models.matrix import code
from models.purchase import CATEGORIES, FEATURE_NAMES, POPULARITY

REPEAT = FEATURE_NAMES.index("pair_orders_90d")
RANK = FEATURE_NAMES.index(POPULARITY)
GROUP = FEATURE_NAMES.index(CATEGORIES[0])


def made_up(rows: int, seed: int) -> Examples:
    """Examples in which what was bought before is bought again, and popular products a little more often."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, len(FEATURE_NAMES)))
    features[:, REPEAT] = random.poisson(0.3, rows)
    features[:, RANK] = random.integers(1, 300, rows)
    features[:, GROUP] = [code(text) for text in random.choice(["fern", "palm", "moss"], rows)]
    features[:, FEATURE_NAMES.index("product_conversion_30d")] = np.nan
    chance = 1 / (1 + np.exp(-(2.0 * features[:, REPEAT] - 0.005 * features[:, RANK] - 1)))
    labels = (random.random(rows) < chance).astype(int)
    return Examples(features, labels, np.where(labels == 1, 1.0, 3.0))


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """As training does: OpenMP's threads spin for each other where the cores are busy."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def examples() -> Examples:
    return made_up(3000, seed=1)


@pytest.fixture(scope="session")
def baseline(examples: Examples) -> Pipeline:
    return estimators.fit(estimators.baseline(), examples.features, examples.labels, examples.weights)


@pytest.fixture(scope="session")
def trained(examples: Examples) -> Pipeline:
    return estimators.fit(estimators.model(), examples.features, examples.labels, examples.weights)
