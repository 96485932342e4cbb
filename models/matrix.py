"""From Arrow columns to the matrix a model eats: one definition for training, judging, scoring and drift.

Travels to Spark's workers by value, so it imports nothing of this repository. Filling and joining belong in `pair_features`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def matrix(rows: pa.Table | pa.RecordBatch, names: Sequence[str], categories: Sequence[str]) -> np.ndarray:
    """One float64 column per name, in their order; missing is NaN, a category its `code`."""
    import numpy as np

    found = np.empty((rows.num_rows, len(names)), dtype=np.float64)
    for place, name in enumerate(names):
        found[:, place] = _codes(rows.column(name)) if name in categories else _numbers(rows.column(name))
    return found


def code(text: str) -> int:
    """A category as a number: 24 bits of its CRC-32, which a float holds exactly. The estimator gives it a meaning."""
    return crc32(text.encode()) & 0xFFFFFF


def _numbers(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    import pyarrow as pa

    # Nulls of whole numbers become NaN on the way to NumPy. A chunked array takes no zero_copy_only=False.
    return column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)


def _codes(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    import numpy as np
    import pyarrow as pa

    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = whole.dictionary_encode()
    values = np.array([*map(code, encoded.dictionary.to_pylist()), np.nan])
    return values[encoded.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)]
