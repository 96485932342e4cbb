"""Rows of several kinds as one kind, which windows and sums go through at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def together(frames: Sequence[DataFrame]) -> DataFrame:
    """All rows of the frames; a column that a frame lacks is null in its rows."""
    return reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), frames)
