"""Rows as plain arrays by column: {column: array}, all of one length. A day's few hundred rows cost pandas more than they are worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

Rows = dict[str, np.ndarray]


def count(rows: Rows) -> int:
    """How many rows there are."""
    return len(next(iter(rows.values())))


def take(rows: Rows, which: np.ndarray | slice) -> Rows:
    """The rows at some places, or where a mask is true."""
    return {column: values[which] for column, values in rows.items()}


def join(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts one after the other; all have the first one's columns, and there is at least one."""
    return {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}


def texts(values: Iterable[str]) -> np.ndarray:
    """An array of text of any length."""
    return np.array(list(values), dtype=object)


def by_value(rows: Rows, keys: np.ndarray) -> Iterable[tuple[Any, Rows]]:
    """(key, the rows that have it), in the order of keys."""
    return ((key, take(rows, keys == key)) for key in sorted(set(keys.tolist())))
