"""Compares a day with a model's reference: PSI, and how much PSI chance alone would make. Counting a day belongs in `drift`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

CHANCE = 0.999


def against(reference: np.ndarray, current: np.ndarray, rows: int, reference_rows: int) -> tuple[float, float]:
    """PSI of a day's shares against the reference's, and what chance makes of it, over the bins that either of them holds.

    A bin that is empty in both tells nothing; smoothed, it would tell the sizes of the two samples apart.
    """
    held = (reference > 0) | (current > 0)
    found = psi(smoothed(reference[held], reference_rows), smoothed(current[held], rows))
    return found, noise(int(held.sum()), rows, reference_rows)


def psi(reference: np.ndarray, current: np.ndarray) -> float:
    """Population stability index: Σ (c − r) · ln(c / r) over the bins' shares, each above 0 and summing to 1.

    The symmetric Kullback–Leibler divergence; 0.1 and 0.2 are the usual marks for some and much (Siddiqi 2006).
    """
    import numpy as np

    return float(np.sum((current - reference) * np.log(current / reference)))


def smoothed(shares: np.ndarray, rows: int) -> np.ndarray:
    """The shares as if each bin had held half a row more (Jeffreys' prior), so that no empty bin makes PSI infinite."""
    return (shares * rows + 0.5) / (rows + 0.5 * len(shares))


def noise(bins: int, rows: int, reference_rows: int) -> float:
    """What PSI stays below on 999 of 1,000 days although nothing drifted, for samples of these sizes.

    Without drift PSI / (1/n + 1/m) is about chi-squared with bins − 1 degrees of freedom, so it averages
    (bins − 1)(1/n + 1/m): small shops have a large PSI from chance alone (Yurdakul & Naranjo, Statistical properties of
    the population stability index, Journal of Risk Model Validation 14(4), 2020).
    """
    from scipy.stats import chi2

    if not rows or not reference_rows or bins < 2:
        return 0.0
    return float(chi2.ppf(CHANCE, bins - 1) * (1 / rows + 1 / reference_rows))
