"""The SQL that a source file holds, parsed without an engine. Which columns it reads belongs in `select_columns`."""

from __future__ import annotations

from typing import Any

import sqlglot
from pydantic_core import PydanticCustomError
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from lakehouse.sql_reach import reaches_out


def parsed(sql: str) -> exp.Expr:
    """Spark SQL as a tree.

    Raises PydanticCustomError, with the reason and the `line` of the text, where it is none or reaches out of its inputs.
    """
    try:
        tree = sqlglot.parse_one(sql, read="spark")
    except ParseError as error:
        found: dict[str, Any] = error.errors[0] if error.errors else {"description": "nothing stands here"}
        near = f" near {found['highlight']}" if found.get("highlight") else ""
        raise _no_sql(f"{found['description']}{near}", found.get("line", 1)) from error
    except SqlglotError as error:
        raise _no_sql("a quote or a comment has no end", 1) from error
    if out := reaches_out(sql):
        raise PydanticCustomError("sql_reach", "{reason}", {"line": out[0], "reason": out[1]})
    return tree


def parsed_select(sql: str) -> exp.Expr:
    """The same of a SELECT; one of another statement, or of several, is refused."""
    tree = parsed(sql)
    if not isinstance(tree, exp.Query):
        raise _no_sql("it must be one SELECT", 1)
    return tree


def _no_sql(reason: str, line: int) -> PydanticCustomError:
    return PydanticCustomError("sql", "not SQL: {reason}", {"reason": reason, "line": line})
