"""Keyed hashes that stand for people (HMAC-SHA-256, RFC 2104), computed by the engine without a Python worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column

BLOCK_BYTES = 64
DIGITS = 32


def hmac_sha256(message: Column, key: bytes) -> Column:
    """The first 128 bits of the HMAC-SHA-256 of a text column (RFC 2104, section 5), as 32 hexadecimal digits; null stays null.

    Half the digest is far from colliding, and the key stands in every row of the largest tables.
    """
    from pyspark.sql import functions as F

    inner, outer = _pads(key)
    first = F.sha2(F.concat(F.lit(inner), F.encode(message, "UTF-8")), 256)
    return F.left(F.sha2(F.concat(F.lit(outer), F.unhex(first)), 256), F.lit(DIGITS))


def _pads(key: bytes) -> tuple[bytearray, bytearray]:
    padded = key.ljust(BLOCK_BYTES, b"\0")
    return bytearray(b ^ 0x36 for b in padded), bytearray(b ^ 0x5C for b in padded)
