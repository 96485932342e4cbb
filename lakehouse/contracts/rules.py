"""Turns what a contract says into named rules. Evaluating them belongs in `expectations/`; nothing here touches data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from lakehouse.contracts.expected_figures import rules_expected
from lakehouse.contracts.model import Column, Contract, Rule
from lakehouse.errors import ContractError

LINE = "__line__"
QUALITY_KEYS = {
    "name", "type", "rule", "metric", "query", "engine", "implementation", "severity", "description",
    "customProperties", "arguments", "mustBeBetween", "mustBeGreaterThan", "mustBe", "mustBeGreaterOrEqualTo",
}  # fmt: skip


def rules_of(path: Path, contract: Contract, table: dict[str, Any]) -> tuple[Rule, ...]:
    """Every rule of a contract, in the order of its file. Raises ContractError on one it cannot understand."""
    rules = list(_key_rules(contract))
    for node in table.get("properties") or ():
        rules += _column_rules(contract.column(node["name"]), node[LINE], contract)
        rules += _expected_rules(path, contract, contract.column(node["name"]), node[LINE])
        rules += [_quality_rule(path, contract, entry, node["name"]) for entry in node.get("quality") or ()]
    rules += [_quality_rule(path, contract, entry, None) for entry in table.get("quality") or ()]
    _refuse_twins(path, rules)
    return tuple(rules)


def _key_rules(contract: Contract) -> Iterator[Rule]:
    keys = contract.primary_key
    if keys:
        verb = "is_unique" if len(keys) == 1 else "are_unique"
        yield Rule(f"{'_and_'.join(keys)}_{verb}", "unique", columns=keys)


def _column_rules(column: Column, line: int, contract: Contract) -> Iterator[Rule]:
    name = column.name
    if column.required:
        yield Rule(f"{name}_is_present", "present", name, (name,), line=line)
    if column.unique and contract.primary_key != (name,):
        yield Rule(f"{name}_is_unique", "unique", name, (name,), line=line)
    if column.minimum is not None or column.maximum is not None:
        limits = {"minimum": column.minimum, "maximum": column.maximum}
        yield Rule(_limits_name(column), "between", name, (name,), limits, line=line)
    if column.enum:
        yield Rule(f"{name}_is_a_known_value", "in_set", name, (name,), {"values": list(column.enum)}, line=line)
    if column.pattern:
        yield Rule(f"{name}_matches_its_pattern", "matches", name, (name,), {"pattern": column.pattern}, line=line)


def _expected_rules(path: Path, contract: Contract, column: Column, line: int) -> Iterator[Rule]:
    among = column.expected.among if column.expected else None
    said = {"name": f"{column.name}_is_as_expected", "query": among, LINE: line}
    yield from rules_expected(column, line, _sql_columns(path, contract, said) if among else ())


def _limits_name(column: Column) -> str:
    low, high = (_spoken(limit) for limit in (column.minimum, column.maximum))
    if column.maximum is None:
        return f"{column.name}_is_at_least_{low}"
    if column.minimum is None:
        return f"{column.name}_is_at_most_{high}"
    return f"{column.name}_is_between_{low}_and_{high}"


def _spoken(limit: float | None) -> str:
    # Dagster check names are [A-Za-z0-9_] only.
    return f"{limit:g}".replace("-", "minus_").replace(".", "_point_").replace("+", "") if limit is not None else ""


def _quality_rule(path: Path, contract: Contract, node: dict[str, Any], column: str | None) -> Rule:
    line = node.get(LINE, 1)
    for key in node:
        if key != LINE and key not in QUALITY_KEYS:
            raise ContractError(f"{path}:{line}: unknown key {key!r} in a quality rule")
    name = str(node.get("name") or "")
    if not name.replace("_", "").isalnum():
        raise ContractError(f"{path}:{line}: a quality rule needs a name that is a sentence in snake case, not {name!r}")
    severity = node.get("severity", "error")
    if severity not in ("error", "warning"):
        raise ContractError(f"{path}:{line}: severity is error or warning, not {severity!r}")
    kind, columns, arguments = _kind_of(path, contract, node, column)
    return Rule(name, kind, column, columns, arguments, severity, _allowed_share(path, node), line)


def _kind_of(path: Path, contract: Contract, node: dict[str, Any], column: str | None) -> Any:
    if node.get("type") == "sql":
        return "sql", _sql_columns(path, contract, node), {"query": " ".join(str(node.get("query")).split())}
    if node.get("type") == "custom" and node.get("engine") == "greatExpectations":
        return _expectation(path, contract, node, column)
    if node.get("type", "library") == "library":
        return _library(path, contract, node, column)
    raise ContractError(
        f"{path}:{node[LINE]}: unknown rule type {node.get('type')!r}; known: sql, library, custom with engine greatExpectations"
    )


def _sql_columns(path: Path, contract: Contract, node: dict[str, Any]) -> tuple[str, ...]:
    try:
        tree = sqlglot.parse_one(str(node.get("query") or ""), read="spark")
    except sqlglot.ParseError as error:
        raise ContractError(f"{path}:{node[LINE]}: rule {node['name']}: not SQL: {' '.join(str(error).split())}") from error
    names = tuple(dict.fromkeys(found.name for found in tree.find_all(exp.Column)))
    _refuse_missing(path, contract, node, names)
    if not names:
        raise ContractError(f"{path}:{node[LINE]}: rule {node['name']} reads no column")
    return names


def _expectation(path: Path, contract: Contract, node: dict[str, Any], column: str | None) -> Any:
    given = node.get("implementation")
    if not isinstance(given, dict) or "expectation_type" not in given:
        raise ContractError(f"{path}:{node[LINE]}: rule {node['name']} needs implementation.expectation_type")
    kwargs = {key: value for key, value in (given.get("kwargs") or {}).items() if key != LINE}
    if column:
        kwargs.setdefault("column", column)
    names = tuple(value for key, value in kwargs.items() if key.startswith("column") and isinstance(value, str))
    _refuse_missing(path, contract, node, names)
    return "gx", names, {"expectation_type": given["expectation_type"], "kwargs": kwargs}


def _library(path: Path, contract: Contract, node: dict[str, Any], column: str | None) -> Any:
    rule = node.get("metric") or node.get("rule")
    given = {key: value for key, value in (node.get("arguments") or {}).items() if key != LINE}
    columns = (column,) if column else tuple(given.get("properties") or ())
    _refuse_missing(path, contract, node, columns)
    if rule == "rowCount":
        return "row_count", (), _row_limits(path, node)
    if rule == "duplicateValues" and columns:
        return "unique", columns, {}
    if rule in ("nullValues", "missingValues") and column:
        return "present", columns, {}
    if rule == "invalidValues" and column and given.get("validValues"):
        return "in_set", columns, {"values": list(given["validValues"])}
    if rule == "invalidValues" and column and given.get("pattern"):
        return "matches", columns, {"pattern": given["pattern"]}
    raise ContractError(f"{path}:{node[LINE]}: unknown rule {rule!r}; known: rowCount, duplicateValues, nullValues, invalidValues")


def _row_limits(path: Path, node: dict[str, Any]) -> dict[str, Any]:
    if between := node.get("mustBeBetween"):
        return {"minimum": between[0], "maximum": between[1]}
    if (above := node.get("mustBeGreaterThan")) is not None:
        return {"minimum": above + 1, "maximum": None}
    if (least := node.get("mustBeGreaterOrEqualTo")) is not None:
        return {"minimum": least, "maximum": None}
    if (exactly := node.get("mustBe")) is not None:
        return {"minimum": exactly, "maximum": exactly}
    raise ContractError(f"{path}:{node[LINE]}: rowCount needs mustBe, mustBeBetween, mustBeGreaterThan or mustBeGreaterOrEqualTo")


def _refuse_missing(path: Path, contract: Contract, node: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name not in contract.column_names:
            raise ContractError(f"{path}:{node[LINE]}: rule {node['name']} reads column {name}, which {contract.table} does not have")


def _allowed_share(path: Path, node: dict[str, Any]) -> float:
    for entry in node.get("customProperties") or ():
        if entry.get("property") != "allowed_share":
            raise ContractError(f"{path}:{entry[LINE]}: unknown custom property {entry.get('property')} of a rule; known: allowed_share")
        return float(entry["value"])
    return 0.0


def _refuse_twins(path: Path, rules: list[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.name in seen:
            raise ContractError(f"{path}:{rule.line}: two rules are named {rule.name}")
        seen.add(rule.name)
