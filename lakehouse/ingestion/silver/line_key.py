"""What lines are told alike by: values of theirs as one text. Which columns these are is said where lines are compared."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column


def line_key(parts: Mapping[str, Column]) -> Column:
    """The named values as one text; null where any is not told, which equals no other."""
    from pyspark.sql import functions as F

    texts = {name: part.cast("string") for name, part in parts.items()}
    is_told = reduce(and_, (text.isNotNull() for text in texts.values()))
    return F.when(is_told, F.to_json(F.struct(*(text.alias(name) for name, text in texts.items()))))
