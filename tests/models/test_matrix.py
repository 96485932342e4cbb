"""Arrow to matrix: order, missing values, categories."""

from __future__ import annotations

import zlib

import numpy as np
import pyarrow as pa

from models.matrix import code, matrix


def test_columns_in_order_missing_as_nan_and_categories_as_codes() -> None:
    rows = pa.table({"b": pa.array([1, None], pa.int64()), "a": [0.5, 2.0], "g": ["fern", None]})
    found = matrix(rows, ["a", "b", "g"], ["g"])
    np.testing.assert_array_equal(found, [[0.5, 1.0, float(zlib.crc32(b"fern") & 0xFFFFFF)], [2.0, np.nan, np.nan]])


def test_batches_give_what_tables_give() -> None:
    rows = pa.table({"a": pa.chunked_array([[1, 2], [None]]), "g": pa.chunked_array([["x", "y"], ["x"]])})
    whole = matrix(rows, ["g", "a"], ["g"])
    parts = [matrix(batch, ["g", "a"], ["g"]) for batch in rows.to_batches()]
    np.testing.assert_array_equal(whole, np.concatenate(parts))


def test_codes_are_whole_numbers_that_floats_hold() -> None:
    assert code("fern") == int(np.float32(code("fern")))
    assert code("") == 0


def test_no_rows() -> None:
    assert matrix(pa.table({"a": pa.array([], pa.int64()), "g": pa.array([], pa.string())}), ["a", "g"], ["g"]).shape == (0, 2)
