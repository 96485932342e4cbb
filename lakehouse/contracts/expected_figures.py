"""What a column's values look like on a day that is well: read from its contract, turned into warnings. Nothing here touches data.

    customProperties: [{property: expected, value: {mean: [1, 7], among: orders_7d > 0}}]

`mean`, `missing_share` and `zero_share` are each a lowest and a highest figure of one day's rows, or of those `among` them that
a SQL condition holds for. Evaluating belongs in `expectations/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

from lakehouse.contracts.model import Column, Expected, Rule
from lakehouse.errors import ContractError

LINE = "__line__"
FIGURES = ("mean", "missing_share", "zero_share")
SHARES = ("missing_share", "zero_share")
NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
FEWEST_ROWS = 200  # a day with fewer says too little of a share: it is not judged


def expected_of(path: Path, line: int, column: Column, given: Any) -> Expected | None:
    """The property's value, or None where there is none. Raises ContractError (file, line, reason)."""
    if given is None:
        return None
    try:
        return _parsed(column, given)
    except ValueError as error:
        at = given[LINE] if isinstance(given, dict) else line
        raise ContractError(f"{path}:{at}: column {column.name}: expected {error}") from error


def rules_expected(column: Column, line: int, among: tuple[str, ...]) -> Iterator[Rule]:
    """A warning for each figure. `among` are the columns that its condition reads."""
    expected = column.expected
    for figure, low, high in expected.figures if expected else ():
        arguments = {"figure": figure, "low": low, "high": high, "among": expected.among if expected else None}
        columns = tuple(dict.fromkeys((column.name, *among)))
        yield Rule(rule_name(column, figure), "expected", column.name, columns, arguments, "warning", line=line)


def rule_name(column: Column, figure: str) -> str:
    """`orders_7d_mean_is_as_expected`."""
    return f"{column.name}_{figure}_is_as_expected"


def _parsed(column: Column, given: Any) -> Expected:
    if not isinstance(given, dict):
        raise ValueError(f"is a mapping of {', '.join(FIGURES)} and among, not {given!r}")
    unknown = [key for key in given if key not in (*FIGURES, "among", LINE)]
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; known: {', '.join(FIGURES)}, among")
    figures = tuple((figure, *_limits(figure, given[figure])) for figure in FIGURES if figure in given)
    _refuse_senseless(column, [figure for figure, _, _ in figures])
    return Expected(figures, _condition(given.get("among")))


def _limits(figure: str, given: Any) -> tuple[float, float]:
    if not isinstance(given, list) or len(given) != 2 or not all(_is_number(limit) for limit in given):
        raise ValueError(f"{figure} is two numbers, the lowest and the highest, not {given!r}")
    low, high = given
    if low > high:
        raise ValueError(f"{figure} is from {low} to {high}, which holds nothing")
    if figure in SHARES and (low < 0 or high > 1):
        raise ValueError(f"{figure} is a share, from 0 to 1, not {given}")
    return low, high


def _is_number(limit: Any) -> bool:
    return isinstance(limit, int | float) and not isinstance(limit, bool) and isfinite(limit)


def _condition(given: Any) -> str | None:
    if given is not None and not isinstance(given, str):
        raise ValueError(f"among is a SQL condition, not {given!r}")
    return " ".join(given.split()) if given else None


def _refuse_senseless(column: Column, figures: list[str]) -> None:
    if not figures:
        raise ValueError(f"states none of {', '.join(FIGURES)}")
    counted = [figure for figure in figures if figure != "missing_share"]
    if counted and not column.spark_type.startswith(NUMBERS):
        raise ValueError(f"{counted[0]} has no meaning for a {column.spark_type}")
    if column.required and "missing_share" in figures:
        raise ValueError("missing_share has no meaning for a required column, which is never missing")
    if not column.required and "missing_share" not in figures:
        raise ValueError("a column that may be null needs its missing_share: the other figures leave nulls out")
