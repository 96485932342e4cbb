"""The pipelines: the baseline is popularity whatever it is fitted on, nothing is refitted, fitting repeats itself."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from models import estimators
from models.errors import ModelError
from models.evaluate import Examples
from models.purchase import FEATURE_NAMES, POPULARITY

RANK = FEATURE_NAMES.index(POPULARITY)


@pytest.mark.parametrize("direction", ["popular is bought more", "popular is bought less"])
def test_the_baseline_never_ranks_the_less_popular_higher(examples: Examples, direction: str) -> None:
    rank = examples.features[:, RANK]
    chance = np.where(rank < 100, 0.3, 0.05) if direction == "popular is bought more" else np.where(rank < 100, 0.05, 0.3)
    labels = (np.random.default_rng(3).random(len(rank)) < chance).astype(int)
    fitted = estimators.fit(estimators.baseline(), examples.features, labels, np.ones(len(rank)))
    asked = np.zeros((400, len(FEATURE_NAMES)))
    asked[:, RANK] = np.arange(1, 401)
    assert (np.diff(fitted.predict_proba(asked)[:, 1]) <= 0).all()


def test_the_baseline_sees_nothing_but_the_rank(baseline: Pipeline, examples: Examples) -> None:
    other = np.random.default_rng(1).normal(size=examples.features.shape)
    other[:, RANK] = examples.features[:, RANK]
    np.testing.assert_array_equal(baseline.predict_proba(other), baseline.predict_proba(examples.features))


@pytest.mark.parametrize("kind", ["gradient_boosting", "logistic_regression"])
def test_predicting_refits_nothing(kind: str, examples: Examples) -> None:
    fitted = estimators.fit(estimators.model(kind), examples.features, examples.labels, examples.weights)
    alone = np.concatenate([fitted.predict_proba(examples.features[n : n + 1]) for n in range(20)])
    np.testing.assert_allclose(alone, fitted.predict_proba(examples.features)[:20], rtol=1e-12)


def test_fitting_twice_gives_the_same_model(trained: Pipeline, examples: Examples) -> None:
    again = estimators.fit(estimators.model(), examples.features, examples.labels, examples.weights)
    np.testing.assert_array_equal(again.predict_proba(examples.features), trained.predict_proba(examples.features))


def test_a_few_bought_examples_alone_do_not_make_it_sure() -> None:
    random = np.random.default_rng(2)
    features = random.normal(size=(5000, len(FEATURE_NAMES)))
    labels = (features[:, 0] > 2.3).astype(int)  # about fifty, all bought; each of the others stands for fifty
    fitted = estimators.fit(estimators.model(), features, labels, np.where(labels == 1, 1.0, 50.0))
    assert fitted.predict_proba(features)[:, 1].max() < 0.99


def test_an_unknown_kind_is_said() -> None:
    with pytest.raises(ModelError, match="gradient_boosting or logistic_regression"):
        estimators.model("magic")
