"""Patterns of days and times that the engine takes, or stops at, otherwise than whoever wrote them means: `mm` for months, `hh` for a clock of 24 hours.

Each letter has one meaning (https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html); a wrong one gives another time and no error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlglot.tokens import Token, TokenType

from lakehouse.shop.sql_tokens import tokens_of

READING = frozenset({
    "to_timestamp", "try_to_timestamp", "to_date", "try_to_date", "unix_timestamp", "to_unix_timestamp", "to_timestamp_ntz", "to_timestamp_ltz",
    "try_to_timestamp_ntz", "try_to_timestamp_ltz",
})  # fmt: skip
QUOTED = re.compile(r"'[^']*'")
SLIPS = (
    (r"Y", "Y is the year of a week; write yyyy"),
    (r"(?<!D)DD(?!D)", "DD is the day of the year; write dd"),
    (r"^(?=.*[yd])[^HhKk]*m", "mm is minutes; write MM for months"),
    (r"[HhKk]+[^A-Za-z]*M", "MM is months; write mm for minutes"),
    (r"m[^A-Za-z]*S", "SS is parts of a second; write ss"),
    (r"^[^a]*[hK][^a]*$", "hh is a clock of twelve hours; write HH, or a where AM or PM stands"),
)


def pattern_slips(sql: str) -> Iterator[tuple[int, str]]:
    """The line of the text, and a sentence, for each pattern by which a text is read as another time than meant."""
    tokens = tokens_of(sql)
    for number, token in enumerate(tokens):
        if token.text.lower() in READING and (pattern := _pattern(tokens[number + 1 :])):
            text = QUOTED.sub("", pattern.text)
            if reason := next((told for found, told in SLIPS if re.search(found, text)), None):
                yield pattern.line, f"reads times by '{pattern.text}', in which {reason}"


def _pattern(rest: Sequence[Token]) -> Token | None:
    """The text that is the second argument of a call, where it is one."""
    depth, arguments = 0, 1
    for number, token in enumerate(rest):
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth < 1:
            return None
        arguments += token.token_type == TokenType.COMMA and depth == 1
        if arguments == 2 and token.token_type == TokenType.COMMA:
            is_text = rest[number + 1].token_type == TokenType.STRING and rest[number + 2].token_type == TokenType.R_PAREN
            return rest[number + 1] if is_text else None
    return None
