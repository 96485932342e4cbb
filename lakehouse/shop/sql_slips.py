"""What the engine takes otherwise than whoever wrote it means it: a text for a column, quotes and blanks of a word processor, what is another each time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlglot.tokens import Token, TokenType

from lakehouse.shop.sql_tokens import tokens_of

CURLY = re.compile("[\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb]")
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
OPENING, CLOSING = (TokenType.L_PAREN, TokenType.L_BRACKET), (TokenType.R_PAREN, TokenType.R_BRACKET)
CASTS = ("cast", "try_cast")
# Of the clock, of chance, or of how the engine shares its work.
UNSTEADY = frozenset({
    "curdate", "current_date", "current_time", "current_timestamp", "input_file_name", "localtimestamp", "monotonically_increasing_id", "now",
    "rand", "randn", "random", "randstr", "shuffle", "spark_partition_id", "uniform", "uuid",
})  # fmt: skip


def slips(sql: str, columns: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The line of the text, and a sentence, for each; `columns`: by what people call a column, its name."""
    named = {spelt.lower(): name for spelt, name in columns.items()}
    tokens = tokens_of(sql)
    for token in tokens:
        if reason := _of_letters(token):
            yield token.line, reason
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        if _is_unsteady(before, token, after) and token.text.lower() not in named:
            yield (
                token.line,
                f"{token.text} is another each time, and a day that is built again must be the same; make it of the line's own columns",
            )
    for token in _whole_texts(tokens):
        if sql[token.start] == '"' and (name := named.get(token.text.lower())):
            yield token.line, f'"{token.text}" is a text, the same for every line; the column is {name}'


def _of_letters(token: Token) -> str | None:
    if token.token_type != TokenType.VAR:
        return None
    if CURLY.search(token.text):
        return f"{token.text} stands in curly quotes, which are none to the engine; write straight ones, as in 'text'"
    found = UNSEEN.search(token.text)
    return f"a character that nobody sees (U+{ord(found[0]):04X}) stands in {UNSEEN.sub('', token.text)}; take it out" if found else None


def _is_unsteady(before: Token | None, token: Token, after: Token | None) -> bool:
    """A word of the grammar is one without parentheses too; a column or an alias may be called so."""
    is_called = after is not None and after.token_type == TokenType.L_PAREN
    is_word = token.token_type.name.startswith(("CURRENT_", "LOCAL"))
    is_named = before is not None and before.token_type in (TokenType.DOT, TokenType.ALIAS)
    return token.text.lower() in UNSTEADY and (is_called or is_word) and not is_named


def _whole_texts(tokens: Sequence[Token]) -> Iterator[Token]:
    """The texts that are all that a SELECT gives, or casts, at a place. As an argument, a key or what a column is compared with, one may be meant."""
    depth = 0
    for number, token in enumerate(tokens):
        depth += (token.token_type in OPENING) - (token.token_type in CLOSING)
        before = [each.text.lower() for each in tokens[max(number - 2, 0) : number]]
        is_given = before[-1:] == ["select"] or (before[-1:] == [","] and not depth)
        if token.token_type == TokenType.STRING and (is_given or (before[-1:] == ["("] and before[0] in CASTS)):
            yield token
