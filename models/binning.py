"""Bins of a feature's values: how a reference is cut, and into which bin a value falls. One definition for training and drift.

Travels to Spark's workers by value, so it imports nothing of this repository. Comparing bins belongs in `monitoring/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

BINS = 10
CATEGORY_BINS = 20
MARGIN = 1e-9
"""By how much of itself a number lies beyond the reference: less is the rounding of a division."""


def cut(values: np.ndarray, weights: np.ndarray, is_category: bool) -> dict[str, Any]:
    """How to bin these values: for numbers the edges of weighted tenths, for categories the values by weight.

    Bin i of numbers is (edge i-1, edge i]. Equal edges are one, so a feature that is mostly 0 has a bin for just that. The
    first and the last edge enclose all values there are: what lies beyond has bins of its own, empty in the reference. So
    another value of a feature that was constant is told from it.
    """
    import numpy as np

    known = ~np.isnan(values)
    unique, place = np.unique(values[known], return_inverse=True)
    mass = np.bincount(place, weights[known], minlength=len(unique))
    if is_category:
        return {"kind": "category", "values": unique[np.argsort(-mass, kind="stable")].tolist()}
    if not len(unique):
        return {"kind": "number", "edges": []}
    reached = np.cumsum(mass) / mass.sum()
    places = np.minimum(np.searchsorted(reached, np.arange(1, BINS) / BINS), len(unique) - 1)
    least, most = float(unique[0]), float(unique[-1])
    inner = sorted({float(unique[place]) for place in places} - {most})
    lowest, highest = np.nextafter(least - MARGIN * abs(least), -np.inf), most + MARGIN * abs(most)
    return {"kind": "number", "edges": [float(lowest), *inner, float(highest)]}


def bins_of(entry: dict[str, Any]) -> int:
    """How many bins there are, the last one for what is missing."""
    if entry["kind"] == "category":
        return min(len(entry["values"]), CATEGORY_BINS) + 2
    return len(entry["edges"]) + 2


def bin_places(values: np.ndarray, entry: dict[str, Any]) -> np.ndarray:
    """The bin of each value: missing in the last; rarer categories share the last but one."""
    import numpy as np

    last = bins_of(entry) - 1
    if entry["kind"] == "number":
        return np.where(np.isnan(values), last, np.searchsorted(np.array(entry["edges"]), values, side="left"))
    found = np.full(len(values), last - 1)
    for place, value in enumerate(entry["values"][:CATEGORY_BINS]):
        found[values == value] = place
    return np.where(np.isnan(values), last, found)


def histograms(columns: np.ndarray, weights: np.ndarray, entries: Sequence[dict[str, Any]]) -> list[np.ndarray]:
    """Weight in each bin of each column."""
    import numpy as np

    return [np.bincount(bin_places(columns[:, at], entry), weights, minlength=bins_of(entry)) for at, entry in enumerate(entries)]


def unseen(values: np.ndarray, weights: np.ndarray, entry: dict[str, Any]) -> float:
    """Weight of the categories that the reference does not know."""
    import numpy as np

    if entry["kind"] != "category":
        return 0.0
    return float(weights[~np.isnan(values) & ~np.isin(values, entry["values"])].sum())
