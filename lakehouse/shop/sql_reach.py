"""What reaches out of SQL into the engine's process: its environment, where passwords stand, its properties, other programs.

Told from the tokens, not from the tree: the parser has a name of its own for some of these, and none for others.
"""

from __future__ import annotations

from itertools import pairwise

from sqlglot.tokens import Token, TokenType

from lakehouse.shop.sql_tokens import tokens_of

JAVA = ("java_method", "reflect", "try_reflect")
WAY_OUT = "SQL here is made of columns of the inputs alone, so take it out"


def reaches_out(sql: str) -> tuple[int, str] | None:
    """The line of the text that reaches out first, and the reason; None where none does. The text must be SQL."""
    tokens = tokens_of(sql)
    found = [(first.line, reason) for first, second in pairwise(tokens) if (reason := _reason(first, second))]
    if "${" in sql:
        # The engine puts in what stands there before it reads the SQL, wherever it stands: in a text or a comment too.
        variable = f"${{ has the engine put in one of its variables, or of its environment; {WAY_OUT}, or write '$' || '{{'"
        found.append((sql.count("\n", 0, sql.index("${")) + 1, variable))
    return min(found, default=None)


def _reason(first: Token, second: Token) -> str | None:
    name = first.text.lower()
    if first.token_type == TokenType.USING and second.token_type in (TokenType.STRING, TokenType.RAW_STRING):
        return f"USING before a text runs a program beside the engine; {WAY_OUT}"
    if second.token_type != TokenType.L_PAREN or first.token_type == TokenType.STRING:
        return None
    if name in JAVA:
        return f"{first.text} calls Java, which can read the engine's environment; {WAY_OUT}"
    if name == "identifier":
        return f"{first.text}(…) names what it reads or calls by a text that nobody can judge; write the name itself"
    return None
