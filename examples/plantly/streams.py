"""Random streams named by what they are for, so that one part of the shop can change without moving another's numbers."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, purpose: str, *place: int) -> np.random.Generator:
    """A generator that depends on the seed, the purpose and the place (block, day …) alone, on any machine."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *place])


def weighted_order(rng: np.random.Generator, weights: np.ndarray, count: int) -> np.ndarray:
    """For each row, `count` columns drawn without replacement by weight, first drawn first.

    Exponential races: the smallest of Exp(1)/weight wins with a chance in proportion to its weight. Weight 0 never wins.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        times = rng.standard_exponential(weights.shape, dtype=np.float32) / weights
    first = np.argpartition(times, count - 1, axis=1)[:, :count]
    order = np.argsort(np.take_along_axis(times, first, axis=1), axis=1)
    return np.take_along_axis(first, order, axis=1)
