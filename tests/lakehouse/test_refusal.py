"""Which failing days a publish may leave out: those that nobody asked for, and only where nothing else failed."""

from datetime import date

from lakehouse.days import partition_values
from lakehouse.refusal import refused_beside
from lakehouse.report import AuditReport, CheckResult

ASKED, BESIDE = date(2011, 3, 27), date(2011, 3, 25)


def report(*failing_days, severity="error"):
    checks = [CheckResult(f"check {days}", False, severity, None, 9, 1, days, None, (), "") for days in failing_days]
    return AuditReport("silver.orders", tuple(checks), 9, {}, "")


def test_a_day_beside_those_asked_for_is_left_out():
    assert refused_beside(report((str(BESIDE),)), {ASKED}) == {BESIDE}


def test_nothing_is_left_out_where_an_asked_day_fails_too():
    assert refused_beside(report((str(BESIDE),), (str(ASKED),)), {ASKED}) == set()


def test_rows_of_no_day_are_never_left_out():
    assert refused_beside(report(("null", str(BESIDE))), {ASKED}) == set()


def test_the_month_of_an_asked_day_was_asked_for():
    assert refused_beside(report(("2011-03-01",)), partition_values("month", {ASKED})) == set()


def test_a_failed_warning_leaves_nothing_out():
    assert refused_beside(report((str(BESIDE),), severity="warning"), {ASKED}) == set()
