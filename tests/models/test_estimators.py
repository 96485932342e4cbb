"""The pipelines: a baseline is what it is made of, whatever it is fitted on; nothing is refitted, fitting repeats itself."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from models import estimators
from models.baselines import BASELINES
from models.errors import ModelError
from models.evaluate import Examples
from models.purchase import FALL, FEATURE_NAMES, POPULARITY, RISE

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


@pytest.mark.parametrize("kind", BASELINES)
def test_a_baseline_sees_nothing_but_what_it_is_made_of(kind: str, examples: Examples) -> None:
    fitted, other = fitted_on(examples, kind), np.random.default_rng(1).normal(size=examples.features.shape)
    for name in BASELINES[kind].names:
        other[:, FEATURE_NAMES.index(name)] = examples.features[:, FEATURE_NAMES.index(name)]
    np.testing.assert_array_equal(fitted.predict_proba(other), fitted.predict_proba(examples.features))


@pytest.mark.parametrize(("kind", "name", "way"), [(kind, name, way) for kind, made_of in BASELINES.items() for names, way in ((made_of.rise, 1), (made_of.fall, -1)) for name in names])  # fmt: skip
def test_a_baseline_follows_each_feature_in_one_direction_whatever_it_is_fitted_on(
    examples: Examples, kind: str, name: str, way: int
) -> None:
    at, random = FEATURE_NAMES.index(name), np.random.default_rng(3)
    known = examples.features.copy()
    known[:, at] = random.integers(0, 50, len(known))
    against = random.random(len(known)) < np.where(known[:, at] < 25, 0.3, 0.05)
    labels = (against if way > 0 else ~against).astype(int)
    fitted = estimators.fit(estimators.baseline(kind=kind), known, labels, np.ones(len(labels)))
    asked = np.repeat(known[:50], 60, axis=0)
    asked[:, at] = np.tile(np.arange(60), 50)
    chance = fitted.predict_proba(asked)[:, 1].reshape(50, 60)
    assert (np.diff(chance, axis=1) * way >= 0).all()


def test_what_was_bought_more_often_more_lately_and_by_more_people_ranks_higher(examples: Examples) -> None:
    bought, since, buyers = (FEATURE_NAMES.index(name) for name in ("pair_orders_90d", "pair_days_since_last_order", "product_buyers_30d"))
    random = np.random.default_rng(5)
    known = examples.features.copy()
    known[:, since], known[:, buyers] = random.integers(0, 90, len(known)), random.integers(0, 40, len(known))
    likely = 0.05 + 0.2 * (known[:, bought] > 0) + 0.2 * (known[:, since] < 30) + 0.2 * (known[:, buyers] > 20)
    labels = (random.random(len(known)) < likely).astype(int)
    fitted = estimators.fit(estimators.baseline(kind="again"), known, labels, np.ones(len(labels)))
    for at, less, more in ((bought, 0, 2), (since, 80, 3), (buyers, 1, 39)):
        asked = np.repeat(known[:1], 2, axis=0)
        asked[:, at] = less, more
        lower, higher = fitted.predict_proba(asked)[:, 1]
        assert lower < higher, FEATURE_NAMES[at]


@pytest.mark.parametrize("kind", BASELINES)
def test_a_customer_or_product_without_a_past_is_scored_too(kind: str, examples: Examples) -> None:
    nothing = np.full((1, len(FEATURE_NAMES)), np.nan)
    (chance,) = fitted_on(examples, kind).predict_proba(nothing)[:, 1]
    assert 0 < chance < 1


def fitted_on(examples: Examples, kind: str) -> Pipeline:
    return estimators.fit(estimators.baseline(kind=kind), examples.features, examples.labels, examples.weights)


@pytest.mark.parametrize("absent", [(), ("pair_orders_7d", "product_buyers_30d", "customer_orders_7d")])
def test_the_model_follows_what_has_a_direction_in_that_direction(examples: Examples, absent: tuple[str, ...]) -> None:
    """Though the examples say the opposite, and also where a shop lacks some columns altogether."""
    ways, random, known = {**dict.fromkeys(RISE, 1), **dict.fromkeys(FALL, -1)}, np.random.default_rng(3), examples.features.copy()
    places = {name: FEATURE_NAMES.index(name) for name in ways if name not in absent}
    known[:, list(places.values())] = random.integers(0, 50, (len(known), len(places)))
    known[:, [FEATURE_NAMES.index(each) for each in absent]] = np.nan
    against = -sum(ways[name] * (known[:, at] - 25) for name, at in places.items())
    labels = (random.random(len(known)) < 1 / (1 + np.exp(-against / 25))).astype(int)
    fitted = estimators.fit(estimators.model("gradient_boosting"), known, labels, np.ones(len(labels)))
    for name, at in places.items():
        asked = np.repeat(known[:20], 60, axis=0)
        asked[:, at] = np.tile(np.arange(60), 20)
        chance = fitted.predict_proba(asked)[:, 1].reshape(20, 60)
        assert (np.diff(chance, axis=1) * ways[name] >= 0).all(), name


def test_what_has_a_direction_is_a_feature_and_the_others_are_free(examples: Examples) -> None:
    assert set(RISE) | set(FALL) <= set(FEATURE_NAMES)
    free = FEATURE_NAMES.index("customer_orders_7d")
    known = examples.features.copy()
    known[:, free] = np.random.default_rng(3).integers(0, 50, len(known))
    labels = (np.abs(known[:, free] - 25) < 10).astype(int)
    fitted = estimators.fit(estimators.model("gradient_boosting"), known, labels, np.ones(len(labels)))
    asked = np.repeat(known[:1], 3, axis=0)
    asked[:, free] = 0, 25, 49
    low, high, low_again = fitted.predict_proba(asked)[:, 1]
    assert high > max(low, low_again) + 0.3


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
