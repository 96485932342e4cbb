"""Row-level rules as SQL conditions, so that a silver table can divert the rows that break them. Auditing belongs in `expectations/`."""

from __future__ import annotations

from typing import Any

from lakehouse.contracts.model import Contract, Rule


def diverting_rules(contract: Contract) -> tuple[Rule, ...]:
    """The rules whose breaking sends a row to quarantine: row-level, error, no share allowed."""
    return tuple(rule for rule in contract.rules if rule.is_row_level and rule.severity == "error" and not rule.allowed_share)


def condition(rule: Rule, contract: Contract) -> str:
    """SQL that is true where a row keeps the rule. An absent value keeps every rule but `present` and `sql`."""
    column, given = f"`{rule.column}`", rule.arguments
    if rule.kind == "present":
        return f"{column} IS NOT NULL"
    if rule.kind == "sql":
        return f"coalesce(({given['query']}), false)"
    if rule.kind == "between":
        limits = (("minimum", ">="), ("maximum", "<="))
        held = " AND ".join(f"{column} {sign} {given[key]}" for key, sign in limits if given.get(key) is not None) + _is_a_number(
            contract, rule
        )
    elif rule.kind == "in_set":
        held = f"{column} IN ({', '.join(_literal(value) for value in given['values'] if value is not None)})"
    else:
        held = f"{column} RLIKE {_literal(given['pattern'])}"
    return f"({column} IS NULL OR ({held}))"


def _is_a_number(contract: Contract, rule: Rule) -> str:
    # The engine orders NaN above every number, so a minimum alone would let it pass.
    kind = contract.column(str(rule.column)).spark_type
    return f" AND NOT isnan(`{rule.column}`)" if kind in ("double", "float") else ""


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return str(value)
