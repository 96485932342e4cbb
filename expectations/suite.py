"""From a contract's rules to Great Expectations' own expectations. Importing this module takes seconds: import it late.

Reading YAML belongs in `lakehouse.contracts.model`; running the expectations in `expectations.spark_engine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.registry import get_expectation_impl

from expectations.mean_over_rows import ExpectMeanOverRowsToBeBetween
from expectations.row_condition import ROW_METRIC, ExpectRowsToSatisfy
from lakehouse.contracts.expected_figures import FEWEST_ROWS
from lakehouse.contracts.model import Column, Contract, Rule
from lakehouse.errors import ContractError

# They run queries of their own outside the engine, or compare with data the audit does not have.
UNSUPPORTED = ("expect_query_results_to_match_comparison", "unexpected_rows_expectation")


@dataclass(frozen=True, eq=False)
class Check:
    """A rule of a contract and the expectation that evaluates it; made once a contract, so one is the same as itself alone."""

    rule: Rule
    expectation: Expectation


@lru_cache(maxsize=512)
def build_suite(contract: Contract) -> tuple[Check, ...]:
    """One check a rule, in the contract's order.

    Raises ContractError (path, line, reason) where Great Expectations does not know a type or refuses its arguments.
    """
    return tuple(Check(rule, _expectation(contract, rule)) for rule in contract.rules)


def _expectation(contract: Contract, rule: Rule) -> Expectation:
    try:
        return _build(contract, rule)
    except Exception as error:  # pydantic's and GX's own errors share no base class; each becomes one sentence
        reason = " ".join(str(error).split())
        raise ContractError(f"{contract.path}:{rule.line}: rule {rule.name}: {reason}") from error


def _build(contract: Contract, rule: Rule) -> Expectation:
    given, column, meta = rule.arguments, rule.column or next(iter(rule.columns), None), {"rule": rule.name}
    match rule.kind:
        case "present":
            return gxe.ExpectColumnValuesToNotBeNull(column=column, meta=meta)
        case "unique":
            return _unique(rule, column, meta)
        case "between":
            return gxe.ExpectColumnValuesToBeBetween(column=column, meta=meta, **_limits(contract, column, given))
        case "in_set":
            # A null among the values would make every comparison unknown: nothing could fail.
            known = [value for value in given["values"] if value is not None]
            return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=known, meta=meta)
        case "matches":
            return gxe.ExpectColumnValuesToMatchRegex(column=column, regex=given["pattern"], meta=meta)
        case "row_count":
            low, high = given.get("minimum"), given.get("maximum")
            return gxe.ExpectTableRowCountToBeBetween(min_value=low, max_value=high, meta=meta)
        case "sql":
            return ExpectRowsToSatisfy(condition=given["query"], meta=meta)
        case "expected":
            return _figure(contract.column(str(column)), given, meta)
        case "gx":
            return _native(rule, meta)
    raise ValueError(f"unknown kind {rule.kind!r}")


def _unique(rule: Rule, column: str | None, meta: dict[str, Any]) -> Expectation:
    if len(rule.columns) > 1:
        return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(rule.columns), meta=meta)
    return gxe.ExpectColumnValuesToBeUnique(column=column, meta=meta)


def _figure(column: Column, given: dict[str, Any], meta: dict[str, Any]) -> Expectation:
    """Of the rows with a value, but for the share of those without. A required column has one in each row: what counts is counted once."""
    name, counted = f"`{column.name}`", f"({given['among']})" if given["among"] else "true"
    value = {"mean": name, "missing_share": f"int({name} IS NULL)", "zero_share": f"int({name} = 0)"}[given["figure"]]
    if not column.required and given["figure"] != "missing_share":
        counted = f"{counted} AND {name} IS NOT NULL"
    limits = {"low": given["low"], "high": given["high"], "fewest_rows": FEWEST_ROWS}
    return ExpectMeanOverRowsToBeBetween(value=value, counted=counted, meta=meta, **limits)


def _native(rule: Rule, meta: dict[str, Any]) -> Expectation:
    name, kwargs = rule.arguments["expectation_type"], dict(rule.arguments.get("kwargs") or {})
    if name in UNSUPPORTED:
        raise ValueError(f"{name} cannot be evaluated day by day; write it as a sql rule")
    if None in (kwargs.get("value_set") or ()):
        raise ValueError("value_set holds a null, with which nothing could fail")
    expectation = get_expectation_impl(name)(**kwargs, meta=meta)
    if rule.allowed_share and not is_row_by_row(expectation):
        raise ValueError(f"allowed_share has no meaning for {name}, which does not judge single rows")
    return expectation


def is_row_by_row(expectation: Expectation) -> bool:
    """Whether it counts failing rows (a map expectation), so that a share of them may be allowed."""
    return isinstance(expectation, ExpectRowsToSatisfy) or bool(getattr(expectation, "map_metric", None))


def count_metric(expectation: Expectation) -> str:
    """The name of the metric that counts the rows breaking a row-by-row expectation."""
    return ROW_METRIC if isinstance(expectation, ExpectRowsToSatisfy) else f"{expectation.map_metric}.unexpected_count"


def _limits(contract: Contract, column: str | None, given: dict[str, Any]) -> dict[str, Any]:
    low, high = (_whole(given.get(key)) for key in ("minimum", "maximum"))
    if high is None and contract.column(str(column)).spark_type in ("double", "float"):
        # Spark orders NaN above every number: without an upper limit it would pass as "at least 0".
        high = float("inf")
    return {"min_value": low, "max_value": high}


def _whole(limit: Any) -> Any:
    """Whole limits as int: comparing integers and decimals with them needs no cast of every row to double."""
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit
