"""The SQL that a source file holds, parsed without an engine. Which columns it reads belongs in `select_columns`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Any

import sqlglot
from pydantic_core import PydanticCustomError
from sqlglot import exp
from sqlglot.dialects import Spark
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokens import Token, TokenType

from lakehouse.shop.sql_functions import misspelt_function
from lakehouse.shop.sql_reach import reaches_out
from lakehouse.shop.sql_tokens import tokens_of


def parsed(sql: str) -> exp.Expr:
    """Spark SQL as a tree.

    Raises PydanticCustomError, with the reason and the `line` of the text, where it is none or reaches out of its inputs.
    """
    try:
        tree = sqlglot.parse_one(sql, read="spark")
    except ParseError as error:
        found: dict[str, Any] = error.errors[0] if error.errors else {"description": "nothing stands here"}
        said = _format_error(found["description"], found.get("highlight") or "its end")
        misspelt = misspelt_function(sql)
        raise _no_sql(f"{said}{f'; {misspelt}' if misspelt else ''}", found.get("line", 1)) from error
    except SqlglotError as error:
        raise _no_sql("a quote or a comment has no end", 1) from error
    if wrong := _passed_over(sql):
        raise _no_sql(*wrong)
    if out := reaches_out(sql):
        raise PydanticCustomError("sql_reach", "{reason}", {"line": out[0], "reason": out[1]})
    return tree


def _format_error(description: str, near: str) -> str:
    """The parser's words are about its own classes."""
    is_word = near.upper() in Spark.Tokenizer.KEYWORDS
    quoted = f", or write `{near}` where a column is called so" if is_word and near.isidentifier() else ""
    reasons = (
        ("nothing", "nothing stands here"),
        (
            "Invalid expression",
            f"{near} does not belong where it stands; look for a comma, a quote or a word that is missing before it{quoted}",
        ),
        ("Expecting )", f"a parenthesis is not closed before {near}"),
        ("Expected ]", f"a bracket [ is not closed before {near}"),
        ("Expected table name", f"the name of an input is missing after {near}"),
        ("Expected END", f"a CASE has no END before {near}"),
        ("Expected AS", f"AS is missing before {near}, as in cast(x AS int)"),
        ("Expected TYPE", f"{near} is no type"),
        ("Required keyword", f"a value is missing at {near}"),
    )
    return next((said for begin, said in reasons if description.startswith(begin)), f"it cannot be read at {near}")


def parsed_select(sql: str) -> exp.Expr:
    """The same of a SELECT; one of another statement, or of several, is refused."""
    tree = parsed(sql)
    if not isinstance(tree, exp.Query):
        raise _no_sql("it must be one SELECT", 1)
    return tree


def _passed_over(sql: str) -> tuple[str, int] | None:
    """What sqlglot reads on past and the engine does not, with its line: a cast that is not closed, a comma with nothing behind it."""
    tokens = tokens_of(sql)
    return next(chain(_open_parentheses(tokens), _idle_commas(tokens)), None)


def _open_parentheses(tokens: Sequence[Token]) -> Iterator[tuple[str, int]]:
    still_open: list[Token] = []
    for before, token in pairwise([*tokens[:1], *tokens]):
        if token.token_type == TokenType.L_PAREN:
            still_open.append(before)
        elif token.token_type == TokenType.R_PAREN and still_open:
            still_open.pop()
    yield from ((f"the parenthesis after {before.text} is not closed", before.line) for before in still_open[:1])


def _idle_commas(tokens: Sequence[Token]) -> Iterator[tuple[str, int]]:
    for comma, after in pairwise(tokens):
        if comma.token_type == TokenType.COMMA and after.token_type in (TokenType.FROM, TokenType.R_PAREN, TokenType.COMMA):
            yield f"a comma stands before {after.text}; take it out", comma.line


def _no_sql(reason: str, line: int) -> PydanticCustomError:
    return PydanticCustomError("sql", "not SQL: {reason}", {"reason": reason, "line": line})
