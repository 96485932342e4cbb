"""Too little to learn from is said in one sentence, before an estimator is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models import estimators
from models.errors import NothingToLearn
from models.purchase import FEATURE_NAMES

WIDTH = len(FEATURE_NAMES)
BOUGHT = np.arange(200) % 4 == 0


def drawn(rows: int = 200) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, WIDTH))


def one_infinite(value: float) -> np.ndarray:
    values = drawn()
    values[17, FEATURE_NAMES.index("customer_spend_90d")] = value
    return values


CASES: dict[str, tuple[Any, Any, Any, str]] = {
    "three examples": (drawn(3), np.array([1, 0, 0]), np.ones(3), "1 of 3 examples were bought; at least 5 bought and 5 not bought"),
    "four not bought": (drawn(), np.arange(200) > 3, np.ones(200), "196 of 200 examples were bought"),
    "none": (drawn(0), np.zeros(0), np.ones(0), "there are no examples"),
    "none bought": (drawn(), np.zeros(200), np.ones(200), r"all alike \(not bought\)"),
    "all bought": (drawn(), np.ones(200), np.ones(200), r"all alike \(bought\)"),
    "features alike": (np.ones((200, WIDTH)), BOUGHT, np.ones(200), "no feature tells the examples apart"),
    "features missing": (np.full((200, WIDTH), np.nan), BOUGHT, np.ones(200), "no feature tells the examples apart"),
    "alike or missing": (np.where(drawn() > 0, 1.0, np.nan), BOUGHT, np.ones(200), "no feature tells the examples apart"),
    "infinite": (one_infinite(np.inf), BOUGHT, np.ones(200), "customer_spend_90d: infinite"),
    "infinite below": (one_infinite(-np.inf), BOUGHT, np.ones(200), "customer_spend_90d: infinite"),
    "label missing": (drawn(), np.where(np.arange(200) == 7, np.nan, BOUGHT), np.ones(200), "1 of 200 labels are infinite or missing"),
    "label infinite": (drawn(), np.where(np.arange(200) == 7, np.inf, BOUGHT), np.ones(200), "1 of 200 labels are infinite or missing"),
    "weight infinite": (drawn(), BOUGHT, np.where(BOUGHT, np.inf, 1), "50 of 200 weights are infinite or missing"),
}


@pytest.mark.parametrize("kind", ["gradient_boosting", "logistic_regression", "baseline"])
@pytest.mark.parametrize("case", CASES)
def test_nothing_to_learn_is_one_sentence(kind: str, case: str) -> None:
    features, labels, weights, told = CASES[case]
    pipeline = estimators.baseline() if kind == "baseline" else estimators.model(kind)
    with pytest.raises(NothingToLearn, match=told) as said:
        estimators.fit(pipeline, features, labels, weights, FEATURE_NAMES)
    assert "\n" not in said.value.message


@pytest.mark.parametrize("kind", ["gradient_boosting", "logistic_regression"])
def test_five_of_each_and_one_feature_that_varies_are_enough(kind: str) -> None:
    features = np.full((10, WIDTH), np.nan)
    features[:, 0] = np.arange(10)
    fitted = estimators.fit(estimators.model(kind), features, np.arange(10) % 2, np.ones(10), FEATURE_NAMES)
    assert np.isfinite(fitted.predict_proba(features)).all()
