"""Sentences about columns and inputs that a part of a source file names, and SQL over one line. Which parts there are belongs in `source_problems`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import chain
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError
from sqlglot import exp

from lakehouse.shop.source_text import Place, Problem
from lakehouse.shop.sql_functions import unknown_functions
from lakehouse.shop.sql_slips import slips
from lakehouse.shop.sql_text import parsed

if TYPE_CHECKING:
    from lakehouse.shop.inputs import Input


CONDITION, VALUE = "a condition", "a value"


def known_inputs(names: tuple[str, ...]) -> str:
    """Which inputs there are."""
    return f"inputs are {', '.join(names)}" if names else "there is none"


def meant(written: str, names: Mapping[str, str]) -> str:
    """The end of a sentence about a column that is none: which of those was meant, if one looks so; by its name, what its source calls each."""
    by_source = [name for name, source in names.items() if source == written]
    lowered = {name.lower(): name for name in names}
    near = by_source or [lowered[each] for each in get_close_matches(written.lower(), lowered, n=1)]
    return f"; did you mean {near[0]}?" if near else ""


def no_columns(place: Place, wanted: Iterator[str] | tuple[str, ...], names: list[str] | tuple[str, ...]) -> Iterator[Problem]:
    """A sentence for each name wanted that is no column, or stands twice."""
    wanted = tuple(wanted)
    for name in (each for each in wanted if each not in names):
        yield Problem(place, f"{name} is no column of it{meant(name, dict.fromkeys(names, ''))}")
    for name in (each for each, times in Counter(wanted).items() if times > 1):
        yield Problem(place, f"{name} stands twice")


def no_sql_of_a_line(place: Place, what: str, sql: str, name: str, entry: Input) -> Iterator[Problem]:
    """What makes SQL none over the columns of one line of an input; `what` it should be."""
    try:
        tree = parsed(sql)
    except PydanticCustomError as error:
        yield Problem(place, error.message(), int((error.context or {})["line"]))
        return
    for line, told in chain(unknown_functions(sql, tree), slips(sql, entry.spellings)):
        yield Problem(place, told, line)
    if what == CONDITION and isinstance(tree.unnest(), exp.Column | exp.Literal):
        yield Problem(place, "it is no condition; write one, as kind = 'test'")
    if tree.find(exp.Query, exp.AggFunc, exp.Window):
        yield Problem(place, f"it must be {what} over the columns of one line")
    yield from (
        Problem(place, f"{unknown} is no column of input {name}{meant(unknown, entry.sources)}") for unknown in _unknown(tree, entry)
    )


def _unknown(tree: exp.Expr, entry: Input) -> list[str]:
    known = {column.lower() for column in entry.column_names}
    return list(dict.fromkeys(found.name for found in tree.find_all(exp.Column) if found.name.lower() not in known))
