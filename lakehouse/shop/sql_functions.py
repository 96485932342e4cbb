"""Which functions SQL calls that the engine does not have, told from its text alone.

The engine's own are listed in `spark_functions.txt`, as its SHOW SYSTEM FUNCTIONS says. What stands behind a point is left to it: a function of
one's own, in a schema of one's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from pathlib import Path

from sqlglot import exp
from sqlglot.dialects import Spark
from sqlglot.tokens import Token, TokenType

from lakehouse.shop.sql_tokens import tokens_of

# What the engine's grammar itself knows.
OF_THE_GRAMMAR = frozenset({"try_cast", "timestampadd", "timestampdiff", "timediff"})
NAMES = (TokenType.VAR, TokenType.IDENTIFIER)


@cache
def functions() -> frozenset[str]:
    """The names of all functions that the engine has, in small letters."""
    listed = Path(__file__).with_name("spark_functions.txt").read_text()
    return OF_THE_GRAMMAR.union(listed.split())


def unknown_functions(sql: str, tree: exp.Expr) -> Iterator[tuple[int, str]]:
    """The line of the text, and a sentence, for each function that the engine does not have, each once."""
    named = _named(tree)
    called = {token.text.lower(): token for token in reversed(_called(sql)) if token.text.lower() in named}
    for token in sorted(called.values(), key=lambda token: token.start):
        near = _near(token.text, 0.75)
        way = f"did you mean {near}?" if near else "its functions are listed at https://spark.apache.org/docs/latest/api/sql"
        yield token.line, f"{token.text}(…) is no function of the engine, Spark; {way}"


def misspelt_function(sql: str) -> str | None:
    """Of SQL that cannot be parsed, which function is spelt wrong and how it is spelt, as a guess at the cause; None where none looks so."""
    found = ((token.text, _near(token.text, 0.8)) for token in _called(sql) if token.text.lower() not in functions())
    return next((f"{text}(…) is no function; did you mean {near}?" for text, near in found if near), None)


def _named(tree: exp.Expr) -> frozenset[str]:
    """What the SQL may call that the engine does not have.

    What the parser takes for no function stands behind FILTER, a CTE or an alias with its columns; of other databases' functions it knows many.
    """
    of_nobody = {found.name.lower() for found in tree.find_all(exp.Anonymous)}
    others = {name.lower() for name in Spark.Parser.FUNCTIONS} if tree.find(exp.Func) else set()
    tables = {found.name.lower() for found in tree.find_all(exp.TableAlias)}
    return frozenset((of_nobody | others) - tables - functions())


def _called(sql: str) -> list[Token]:
    """The names before a parenthesis, that stand behind no point."""
    tokens = tokens_of(sql)
    before = [None, *tokens]
    return [
        token
        for last, (token, after) in zip(before, pairwise(tokens), strict=False)
        if token.token_type in NAMES and after.token_type == TokenType.L_PAREN and (last is None or last.token_type != TokenType.DOT)
    ]


def _near(name: str, cutoff: float) -> str | None:
    return next(iter(get_close_matches(name.lower(), sorted(functions()), n=1, cutoff=cutoff)), None)
