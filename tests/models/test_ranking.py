"""Measures of ranked lists, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from models.ranking import UPPER, bound, ndcg, recall, top


def test_ndcg_by_hand() -> None:
    # Hits on places 1 and 3 of three, two bought: (1 + 1/2) / (1 + 1/log2(3)).
    found = ndcg(np.array([[1.0, 0.0, 1.0]]), np.array([2]))
    assert found[0] == pytest.approx(1.5 / (1 + 1 / np.log2(3)))


@given(st.integers(0, 10_000))
def test_ndcg_equals_scikit_learns(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores, bought = random.random((1, 30)), (random.random((1, 30)) < 0.4).astype(float)
    bought[0, 0] = 1.0
    hits = np.take_along_axis(bought, top(scores, 10, np.arange(30)), axis=1)
    assert ndcg(hits, bought.sum(axis=1).astype(int))[0] == pytest.approx(ndcg_score(bought, scores, k=10))


def test_what_was_bought_off_sale_counts_against_the_list() -> None:
    hits, bought = np.array([[1.0] + [0.0] * 9]), np.array([4])
    assert recall(hits, bought)[0] == 0.25
    assert ndcg(hits, bought)[0] < 1


def test_ties_go_to_the_lower_tie_break() -> None:
    scores = np.array([[0.5, 0.9, 0.5, 0.5], [0.0, 0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(top(scores, 3, np.array([4, 3, 1, 2])), [[1, 2, 3], [2, 3, 1]])


def test_top_of_fewer_products_than_asked_for() -> None:
    np.testing.assert_array_equal(top(np.array([[0.1, 0.2]]), 10, np.array([0, 1])), [[1, 0]])


def test_the_bound_lies_below_the_mean_and_is_the_same_each_time() -> None:
    gains, groups = np.random.default_rng(7).normal(0.1, 1, 400), np.arange(400)
    lowest = bound(gains, groups, seed=1)
    assert lowest == bound(gains, groups, seed=1)
    # Normal theory: mean − 1.645 · s / √n.
    assert lowest == pytest.approx(gains.mean() - 1.645 * gains.std() / 20, abs=0.02)
    assert bound(gains, groups, seed=1, share=UPPER) == pytest.approx(gains.mean() + 1.645 * gains.std() / 20, abs=0.02)


def test_weeks_of_one_customer_do_not_count_as_many_customers() -> None:
    gains = np.repeat(np.random.default_rng(3).normal(0.1, 1, 50), 8)
    together = bound(gains, np.repeat(np.arange(50), 8), seed=1)
    assert together < bound(gains, np.arange(400), seed=1)
