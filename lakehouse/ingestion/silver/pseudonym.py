"""Keyed hashes that stand for people (HMAC-SHA-256, RFC 2104), computed by the engine without a Python worker.

A literal is printed wherever its plan is: in errors, explanations, logs. So the key is none: it goes to the engine as the one row of a local
frame, whose rows no plan prints, and the expression asks for it by a subquery, which is answered only when the query runs (decision 21).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column, SparkSession

BLOCK_BYTES = 64
DIGITS = 32


def hmac_sha256(spark: SparkSession, message: Column, key: bytes) -> Column:
    """The first 128 bits of the HMAC-SHA-256 of a text column (RFC 2104, section 5), as 32 hexadecimal digits; null stays null.

    Half the digest is far from colliding, and the key stands in every row of the largest tables.
    """
    from pyspark.sql import functions as F

    pads = spark.createDataFrame([_pads(key)], "inner_pad binary, outer_pad binary")
    inner, outer = pads.select("inner_pad").scalar(), pads.select("outer_pad").scalar()
    first = F.sha2(F.concat(inner, F.encode(message, "UTF-8")), 256)
    return F.left(F.sha2(F.concat(outer, F.unhex(first)), 256), F.lit(DIGITS))


def _pads(key: bytes) -> tuple[bytes, bytes]:
    padded = key.ljust(BLOCK_BYTES, b"\0")
    return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)
