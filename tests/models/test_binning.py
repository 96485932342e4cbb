"""Bins of a reference and where values fall."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.binning import bin_places, bins_of, cut, histograms, unseen

NAN = float("nan")


def test_tenths_of_a_hundred_numbers() -> None:
    entry = cut(np.arange(1.0, 101.0), np.ones(100), is_category=False)
    assert entry["edges"] == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]
    np.testing.assert_array_equal(histograms(np.arange(1.0, 101.0)[:, None], np.ones(100), [entry])[0], [10] * 10 + [0])


def test_weights_move_the_edges() -> None:
    entry = cut(np.array([1.0, 2.0, 3.0]), np.array([8.0, 1.0, 1.0]), is_category=False)
    assert entry["edges"] == [1.0, 2.0]


def test_a_feature_that_is_mostly_zero_has_a_bin_for_zero() -> None:
    entry = cut(np.array([0.0] * 95 + [1.0, 2.0, 3.0, 4.0, 5.0]), np.ones(100), is_category=False)
    assert entry["edges"] == [0.0]
    np.testing.assert_array_equal(bin_places(np.array([0.0, 0.5, 9.0, NAN, -1.0]), entry), [0, 1, 1, 2, 0])


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
