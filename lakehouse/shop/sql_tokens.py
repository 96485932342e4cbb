"""The words of SQL, read once for all who look at them. What is wrong with them belongs in `sql_text`, `sql_reach`, `sql_functions`, `sql_slips` and `time_patterns`."""

from __future__ import annotations

from functools import lru_cache

from sqlglot.dialects import Spark
from sqlglot.tokens import Token


@lru_cache(maxsize=64)
def tokens_of(sql: str) -> tuple[Token, ...]:
    """The tokens of a text of Spark SQL. Raises sqlglot's TokenError where a quote or a comment has no end."""
    return tuple(Spark().tokenize(sql))
