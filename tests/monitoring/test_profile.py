"""PSI by hand, and how much of it chance makes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.binning import cut, histograms
from monitoring.policy import POLICY
from monitoring.profile import against, noise, psi, smoothed

shares = st.lists(st.floats(0.01, 1), min_size=2, max_size=12).map(lambda v: np.array(v) / sum(v))


def test_psi_by_hand() -> None:
    expected = (0.6 - 0.5) * math.log(0.6 / 0.5) + (0.4 - 0.5) * math.log(0.4 / 0.5)
    assert psi(np.array([0.5, 0.5]), np.array([0.6, 0.4])) == pytest.approx(expected)


@given(shares)
def test_psi_of_the_same_is_nothing(share: np.ndarray) -> None:
    assert psi(share, share) == 0


@given(st.integers(2, 12).flatmap(lambda n: st.tuples(*[st.lists(st.floats(0.01, 1), min_size=n, max_size=n)] * 2)))
def test_psi_is_symmetric_and_never_negative(pair: tuple[list[float], list[float]]) -> None:
    one, two = (np.array(v) / sum(v) for v in pair)
    assert psi(one, two) == pytest.approx(psi(two, one), abs=1e-12)
    assert psi(one, two) >= 0


@pytest.mark.parametrize("day", [(50, 10), (6, 0), (1e6, 0), (-5, 0), (math.nan, 0)])
@pytest.mark.parametrize("rows", [30, 2000])
def test_a_feature_that_was_constant_in_training_drifts_when_it_changes(day: tuple[float, float], rows: int) -> None:
    was, changed = np.full(2000, 5.0), np.random.default_rng(0).normal(*day, rows)
    entry = cut(was, np.ones(2000), is_category=False)
    expected, found = (histograms(values[:, None], np.ones(len(values)), [entry])[0] / len(values) for values in (was, changed))
    distance, chance = against(expected, found, rows, 2000)
    # By hand: of two bins one empties and the other fills, each but for half a row.
    full, empty = 2000.5 / 2001, 0.5 / 2001
    is_empty, is_full = 0.5 / (rows + 1), (rows + 0.5) / (rows + 1)
    assert distance == pytest.approx((is_empty - full) * math.log(is_empty / full) + (is_full - empty) * math.log(is_full / empty))
    assert distance > POLICY.psi + chance


@pytest.mark.parametrize("rows", [1, 5, 30, 2000])
def test_what_stays_constant_does_not_drift_however_few_rows_say_so(rows: int) -> None:
    entry = cut(np.full(2000, 5.0), np.ones(2000), is_category=False)
    expected, found = (histograms(np.full((size, 1), 5.0), np.ones(size), [entry])[0] / size for size in (2000, rows))
    assert against(expected, found, rows, 2000) == (0, 0)


def test_smoothing_adds_half_a_row_to_each_bin() -> None:
    np.testing.assert_allclose(smoothed(np.array([1.0, 0.0]), 9), [9.5 / 10, 0.5 / 10])


def test_each_side_is_smoothed_by_its_own_rows() -> None:
    """Ten rows of today against a thousand of the reference: half a row more weighs a hundred times as much today."""
    reference, current = np.array([0.9, 0.1]), np.array([0.5, 0.5])
    expected = psi(np.array([900.5, 100.5]) / 1001, np.array([5.5, 5.5]) / 11)
    assert against(reference, current, 10, 1000) == (pytest.approx(expected), noise(2, 10, 1000))


@pytest.mark.parametrize(("rows", "reference_rows"), [(60, 100_000), (300, 2_000), (20_000, 100_000)])
def test_without_drift_psi_stays_below_the_noise(rows: int, reference_rows: int) -> None:
    random, truth = np.random.default_rng(11), np.full(10, 0.1)
    found = [
        psi(
            smoothed(random.multinomial(reference_rows, truth) / reference_rows, reference_rows),
            smoothed(random.multinomial(rows, truth) / rows, rows),
        )
        for _ in range(2000)
    ]
    assert np.mean(np.array(found) > noise(10, rows, reference_rows)) <= 0.004
    assert np.mean(found) == pytest.approx(9 * (1 / rows + 1 / reference_rows), rel=0.15)


def test_no_rows_or_one_bin_has_no_noise() -> None:
    assert noise(1, 100, 100) == noise(10, 0, 100) == noise(10, 100, 0) == 0


def test_values_that_pairs_share_are_as_noisy_as_there_are_values_not_pairs() -> None:
    draw, bins, products, pairs_each = np.random.default_rng(5), 10, 40, 20
    even = smoothed(np.full(bins, 1 / bins), 10_000)
    days = [np.bincount(draw.integers(0, bins, products), minlength=bins) * pairs_each for _ in range(1000)]
    found = np.array([psi(even, smoothed(day / day.sum(), products)) for day in days])
    assert np.mean(found > noise(bins, products, 10_000)) <= 0.004
    assert np.mean(found > noise(bins, products * pairs_each, 10_000)) > 0.9
