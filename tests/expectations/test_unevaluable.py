"""A check that cannot be evaluated has failed, and the others are judged all the same."""

from datetime import date
from types import SimpleNamespace

import pytest
from pyspark.errors import ArithmeticException

from expectations.audit import audit, check_rules
from lakehouse.contracts.model import Rule
from lakehouse.errors import ContractError

DAY = date(2011, 1, 1)
GOOD = Rule("good", "present", "order_id", ("order_id",))


def sql(name: str, query: str, *columns: str) -> Rule:
    return Rule(name, "sql", None, columns, {"query": query})


def test_what_breaks_fails_alone_and_says_why(frame, contract):
    rules = [
        GOOD,
        sql("unknown_function", "no_such(quantity)", "quantity"),
        sql("not_a_number", "cast(kind as int) > 0", "kind"),
        sql("not_boolean", "quantity + 1", "quantity"),
        Rule("gone", "present", "no_such_column", ("no_such_column",)),
        Rule("incomparable", "between", "kind", ("kind",), {"minimum": 0.0, "maximum": 1.0}),
    ]
    report = audit(frame((DAY, "a", 1, 1.0, "red")), contract(*rules))
    found = {check.name: check for check in report.checks}
    assert [name for name, check in found.items() if check.passed] == ["good"]
    assert "UNRESOLVED_ROUTINE" in str(found["unknown_function"].observed)
    assert "CAST_INVALID_INPUT" in str(found["not_a_number"].observed)
    assert found["gone"].observed == "column no_such_column is missing"
    assert all("could not be evaluated" in check.description for name, check in found.items() if name != "good")
    assert report.content_hash.startswith("1-")


def test_an_absent_figure_has_failed(frame, contract):
    mean = {"expectation_type": "expect_column_mean_to_be_between", "kwargs": {"column": "quantity", "min_value": 0}}
    rows = [(DAY, "a", 1), (date(2011, 1, 2), "b", None)]
    (check,) = audit(frame(*rows), contract(Rule("mean", "gx", None, ("quantity",), mean))).checks
    assert (check.passed, check.failing_days) == (False, ("2011-01-02",))


def test_a_figure_that_is_absent_on_a_day_fails_that_day_whatever_gx_would_say_of_it():
    from expectations.fused_job import Values
    from expectations.verdict import _success

    job = SimpleNamespace(values={"its id": Values(1.0, {"2011-01-01": 1.0, "2011-01-02": None})})
    content = SimpleNamespace(needs={"max": "its id"}, expectation=SimpleNamespace(_validate=lambda *_: {"success": True}))
    run = SimpleNamespace(engine=SimpleNamespace(job=job))
    assert [_success(run, content, day) for day in ("2011-01-01", "2011-01-02", "2011-01-03")] == [True, False, False]


@pytest.mark.parametrize(("rows", "passes"), [(0, True), (3, False)])
def test_a_count_that_never_came_has_failed_where_there_are_rows(rows, passes):
    from great_expectations.core import ExpectationValidationResult

    from expectations.per_partition import _passes
    from expectations.validation import Alone

    given = SimpleNamespace(rule=Rule("far", "gx", "quantity", ("quantity",)))
    run = Alone({"far": ExpectationValidationResult(success=True, result={"unexpected_count": None})})
    assert _passes(given, run, rows) is passes


def test_without_its_partition_column_everything_has_failed(frame, contract):
    report = audit(frame((DAY, "a")).drop("day"), contract(GOOD))
    assert not report.passed
    assert "partition column day is missing" in str(report.checks[0].observed)
    assert (report.rows, report.content_hash) == (0, "")


def test_an_engine_that_is_gone_fails_every_check(frame, contract, monkeypatch):
    def broken(*_: object) -> None:
        raise ConnectionError("the engine is gone")

    df = frame((DAY, "a"))
    monkeypatch.setattr(type(df), "collect", broken)
    report = audit(df, contract(GOOD))
    assert not report.passed
    assert "the engine is gone" in report.checks[0].description


def test_rows_that_the_engine_cannot_compute_break_no_rule(frame, contract, monkeypatch):
    """The engine's own error is raised; the figures are not looked for one by one, but the whole frame is asked for once more."""
    df = frame((DAY, "a", 0)).repartition(1).selectExpr("day", "order_id", "1 div quantity AS quantity", "price", "kind", "email").persist()
    asked, collect = [], type(df).collect
    monkeypatch.setattr(type(df), "collect", lambda self: asked.append(self) or collect(self))
    with pytest.raises(ArithmeticException, match="DIVIDE_BY_ZERO"):
        audit(df, contract(GOOD, sql("positive", "quantity > 0", "quantity")))
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("kind", "kwargs", "share"),
    [
        ("expect_the_unexpected", {}, 0.0),
        ("expect_column_mean_to_be_between", {"column": "quantity", "minimum": 3}, 0.0),
        ("expect_column_values_to_be_in_set", {"column": "kind", "value_set": ["red", None]}, 0.0),
        ("expect_column_mean_to_be_between", {"column": "quantity", "min_value": 3}, 0.1),
    ],
)
def test_an_expectation_gx_does_not_know_stops_with_its_place(contract, kind, kwargs, share):
    rule = Rule("wrong", "gx", None, (), {"expectation_type": kind, "kwargs": kwargs}, "error", share, 17)
    with pytest.raises(ContractError, match=r"t/rows\.yaml:17: rule wrong: "):
        check_rules(contract(rule))
