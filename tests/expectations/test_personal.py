"""Nothing an audit returns or logs holds a value of a personal column."""

import logging
from datetime import date

from expectations.audit import audit
from lakehouse.contracts.model import Rule

DAY = date(2011, 1, 1)
SECRET = "jane.doe@example.org"


def gx(name: str, kind: str, **kwargs: object) -> Rule:
    return Rule(name, "gx", None, (), {"expectation_type": kind, "kwargs": {"column": "email", **kwargs}})


RULES = [
    Rule("matches", "matches", "email", ("email",), {"pattern": "^never$"}),
    Rule("unique", "unique", None, ("email",)),
    Rule("unique_together", "unique", None, ("kind", "email")),
    Rule("sql", "sql", None, ("quantity",), {"query": "quantity > 5 and EMAIL is not null"}),
    Rule("sql_error", "sql", None, ("email",), {"query": "cast(email as int) > 1"}),
    Rule("other_column", "sql", None, ("quantity",), {"query": "quantity > 5"}),
    gx("in_set", "expect_column_values_to_be_in_set", value_set=["x"]),
    gx("lengths", "expect_column_value_lengths_to_be_between", max_value=1),
    gx("values", "expect_column_distinct_values_to_be_in_set", value_set=["x"]),
    gx("most_common", "expect_column_most_common_value_to_be_in_set", value_set=["x"]),
]


def test_no_personal_value_is_shown(frame, contract, caplog):
    caplog.set_level(logging.DEBUG)
    rows = [(DAY, "a", 1, 1.0, "red", SECRET), (DAY, "b", 1, 1.0, "red", SECRET)]
    report = audit(frame(*rows), contract(*RULES, key=("order_id", "email")))
    assert [check.name for check in report.checks if check.passed] == []
    assert SECRET not in repr(report)
    ours = [record for record in caplog.records if not record.name.startswith(("pyspark", "py4j", "SQLQueryContext"))]
    assert SECRET not in repr([record.getMessage() for record in ours])
    shown = {check.name: check.examples for check in report.checks if check.examples}
    assert shown == {"other_column": ('{"order_id":"a","quantity":1}', '{"order_id":"b","quantity":1}')}
