"""Calibration and importance, against plain arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from models.diagnostics import Bin, Diagnostics, calibration, diagnose
from models.evaluate import Examples, Fitted
from models.purchase import FEATURES
from tests.models.conftest import made_up

ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 20), st.integers(1, 5)), min_size=1, max_size=60)


@given(ROWS)
def test_bins_hold_every_example_once_in_the_order_of_chances(rows: list[tuple[bool, int, int]]) -> None:
    labels, chances, weights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    found = calibration(labels, chances / 20, weights)
    total = sum(weight for _, _, weight in rows)
    assert len(found) <= 10
    assert sum(each.share for each in found) == pytest.approx(1)
    assert sum(each.share * each.bought for each in found) == pytest.approx(sum(weight for bought, _, weight in rows if bought) / total)
    assert sum(each.share * each.chance for each in found) == pytest.approx(sum(chance * weight for _, chance, weight in rows) / 20 / total)
    assert [each.chance for each in found] == sorted(each.chance for each in found)
    assert len({each.chance for each in found}) == len(found), "equal chances stand in one bin"


def test_bins_are_of_about_equal_weight() -> None:
    chances = np.random.default_rng(1).random(1000)
    found = calibration((chances > 0.5).astype(int), chances, np.ones(1000))
    assert len(found) == 10
    assert {round(each.share, 2) for each in found} == {0.1}
    assert [round(each.bought) for each in found] == [0] * 5 + [1] * 5


def test_the_error_is_what_chances_and_shares_lie_apart() -> None:
    found = Diagnostics((Bin(0.1, 0.2, 0.75), Bin(0.5, 0.3, 0.25)), {})
    assert found.calibration_error == pytest.approx(0.75 * 0.1 + 0.25 * 0.2)
    assert Diagnostics.from_json(found.as_json()) == found


def test_what_decides_matters_most_and_what_says_nothing_does_not(trained: Pipeline) -> None:
    held = made_up(2000, seed=5)
    found = diagnose(Fitted(trained, FEATURES), held)
    assert max(found.importance, key=lambda name: found.importance[name]) == "pair_orders_90d"
    assert found.importance["product_conversion_30d"] == 0, "it has one value in all examples"
    assert found == diagnose(Fitted(trained, FEATURES), held), "the same each time"
    chance = trained.predict_proba(held.features)[:, 1]
    assert sum(each.share * each.chance for each in found.calibration) == pytest.approx(np.average(chance, weights=held.weights))


def test_of_many_examples_as_many_are_drawn_and_what_says_nothing_still_says_nothing(trained: Pipeline, monkeypatch) -> None:
    monkeypatch.setattr("models.diagnostics.MOST_ROWS", 500)
    found = diagnose(Fitted(trained, FEATURES), made_up(2000, seed=5)).importance
    assert found["product_conversion_30d"] == 0
    assert max(found, key=lambda name: found[name]) == "pair_orders_90d"
    assert found != diagnose(Fitted(trained, FEATURES), made_up(500, seed=5)).importance


def test_a_draw_without_a_bought_example_and_no_examples_at_all_are_no_error(trained: Pipeline, monkeypatch) -> None:
    monkeypatch.setattr("models.diagnostics.MOST_ROWS", 3)
    held = made_up(400, seed=5)
    rare = Examples(held.features, np.array([1, *[0] * 399]), held.weights)
    assert set(diagnose(Fitted(trained, FEATURES), rare).importance) == {*FEATURES.names}
    none = Examples(held.features[:0], held.labels[:0], held.weights[:0])
    assert diagnose(Fitted(trained, FEATURES), none) == Diagnostics((), {})


def test_examples_that_are_all_alike_say_nothing_of_features(trained: Pipeline) -> None:
    held = made_up(50, seed=5)
    none_bought = Examples(held.features, np.zeros(50, dtype=int), held.weights)
    assert diagnose(Fitted(trained, FEATURES), none_bought).importance == {}
