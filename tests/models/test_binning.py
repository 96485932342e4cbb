"""Bins of a reference and where values fall."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.binning import bin_places, bins_of, cut, histograms, unseen
from models.feature_list import Feature, FeatureList
from models.reference_profile import effective, profile, read

NAN = float("nan")


def test_tenths_of_a_hundred_numbers() -> None:
    entry = cut(np.arange(1.0, 101.0), np.ones(100), is_category=False)
    assert entry["edges"][1:-1] == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]
    np.testing.assert_array_equal(histograms(np.arange(1.0, 101.0)[:, None], np.ones(100), [entry])[0], [0] + [10] * 10 + [0, 0])


def test_weights_move_the_edges() -> None:
    entry = cut(np.array([1.0, 2.0, 3.0]), np.array([8.0, 1.0, 1.0]), is_category=False)
    assert entry["edges"][1:-1] == [1.0, 2.0]


def test_a_feature_that_is_mostly_zero_has_a_bin_for_zero() -> None:
    entry = cut(np.array([0.0] * 95 + [1.0, 2.0, 3.0, 4.0, 5.0]), np.ones(100), is_category=False)
    assert entry["edges"][1:-1] == [0.0]
    np.testing.assert_array_equal(bin_places(np.array([-1.0, 0.0, 0.5, 5.0, 9.0, NAN]), entry), [0, 1, 2, 2, 3, 4])


def test_beyond_all_that_the_reference_holds_there_are_bins_of_their_own() -> None:
    entry = cut(np.arange(1.0, 101.0), np.ones(100), is_category=False)
    outside, inside = bin_places(np.array([0.9, 1e6, -np.inf, np.inf]), entry), bin_places(np.arange(1.0, 101.0), entry)
    np.testing.assert_array_equal(outside, [0, 11, 0, 11])
    assert not set(outside) & set(inside)


@pytest.mark.parametrize("constant", [0.0, 5.0, -2.5, 0.1, 1e-12, 123456789.0])
def test_a_constant_has_a_bin_that_no_other_number_shares(constant: float) -> None:
    entry = json.loads(json.dumps(cut(np.full(50, constant), np.ones(50), is_category=False)))
    (own,) = set(bin_places(np.full(3, constant), entry))
    others = np.array([constant + 1, constant - 1, constant + abs(constant) / 100 + 1e-14, -1e9, 1e9, NAN])
    assert own not in bin_places(others, entry)
    # The rounding of a division is no drift.
    assert set(bin_places(np.array([np.nextafter(constant, 9e9)]), entry) if constant else [own]) == {own}


def test_a_feature_that_is_never_there_has_a_bin_for_missing() -> None:
    entry = cut(np.array([NAN, NAN]), np.ones(2), is_category=False)
    np.testing.assert_array_equal(bin_places(np.array([NAN, 1.0]), entry), [1, 0])


def test_categories_by_weight_rare_ones_together_and_unseen_counted() -> None:
    values = np.repeat(np.arange(25.0), np.arange(25, 0, -1))
    entry = cut(values, np.ones(len(values)), is_category=True)
    assert entry["values"][:2] == [0.0, 1.0]
    assert bins_of(entry) == 22
    np.testing.assert_array_equal(bin_places(np.array([0.0, 24.0, 99.0, NAN]), entry), [0, 20, 20, 21])
    assert unseen(np.array([0.0, 99.0, NAN]), np.array([1.0, 2.0, 4.0]), entry) == 2.0


@given(st.lists(st.floats(-1e6, 1e6) | st.just(NAN), min_size=1), st.booleans())
def test_every_value_has_a_bin(values: list[float], is_category: bool) -> None:
    array = np.array(values)
    entry = cut(array, np.ones(len(array)), is_category)
    places = bin_places(array, entry)
    assert ((places >= 0) & (places < bins_of(entry))).all()
    assert histograms(array[:, None], np.ones(len(array)), [entry])[0].sum() == len(array)


def test_edges_and_categories_go_by_weight_not_by_number() -> None:
    """A light value often, a heavy one once: the tenths lie in the heavy one, which is also the first category."""
    values, weights = np.array([1.0] * 9 + [2.0]), np.array([1.0] * 9 + [91.0])
    assert cut(values, weights, is_category=False)["edges"][1:-1] == [], "all tenths lie in 2, which is the last"
    assert cut(values, weights, is_category=True)["values"] == [2.0, 1.0]


def test_effective_rows_are_as_many_as_weigh_alike() -> None:
    assert effective(np.full(7, 3.0)) == 7
    assert effective(np.array([1.0, 3.0])) == 1  # 4² / 10 = 1.6, told as whole rows
    assert effective(np.array([])) == 0


def test_a_profile_holds_the_weighted_share_of_each_bin() -> None:
    features = FeatureList((Feature("customer", "orders_30d"), Feature("product", "product_group", "category")))
    values, weights = np.array([[0.0, 7.0], [0.0, 8.0], [5.0, NAN]]), np.array([1.0, 2.0, 5.0])
    found = read(profile(values, features, np.array([0.1, 0.1, 0.1]), weights, {"customer": 3}))
    assert found["features"]["customer_orders_30d"]["shares"] == [0.0, 0.375, 0.625, 0.0, 0.0]
    assert found["features"]["product_group"]["values"] == [8.0, 7.0]
    assert found["features"]["product_group"]["shares"] == [0.25, 0.125, 0.0, 0.625]
    assert sum(found["features"]["score"]["shares"]) == 1.0
    assert found["sizes"] == {"customer": 3}
