"""Which failing days a publish may leave out: those that nobody asked for, and only where nothing else failed."""

from datetime import date

from lakehouse.publishing.refusal import _format_check, refused_beside
from lakehouse.tables.audit_report import AuditReport, CheckResult

ASKED, BESIDE, APRIL = date(2011, 3, 27), date(2011, 3, 25), date(2011, 4, 1)
WRITTEN = {BESIDE, ASKED}


def report(*failing_days, severity="error"):
    checks = [CheckResult(f"check {days}", False, severity, None, 9, 1, days, None, (), "") for days in failing_days]
    return AuditReport("silver.orders", tuple(checks), 9, {}, "")


def test_a_day_beside_those_asked_for_is_left_out():
    assert refused_beside(report((str(BESIDE),)), "day", WRITTEN, {ASKED}) == {BESIDE}


def test_nothing_is_left_out_where_an_asked_day_fails_too():
    assert refused_beside(report((str(BESIDE),), (str(ASKED),)), "day", WRITTEN, {ASKED}) == set()


def test_rows_of_no_day_are_never_left_out():
    assert refused_beside(report(("null", str(BESIDE))), "day", WRITTEN, {ASKED}) == set()


def test_the_month_of_an_asked_day_was_asked_for():
    assert refused_beside(report(("2011-03-01",)), "month", WRITTEN, {ASKED}) == set()


def test_of_a_month_that_fails_all_days_are_left_out():
    assert refused_beside(report(("2011-03-01",)), "month", {*WRITTEN, APRIL}, {APRIL}) == WRITTEN


def test_of_a_table_by_the_month_a_day_that_was_asked_for_is_no_other():
    """A hole in what it is made of is told by the day."""
    assert refused_beside(report((str(ASKED),)), "month", WRITTEN, {ASKED}) == set()
    assert refused_beside(report((str(BESIDE),)), "month", {*WRITTEN, APRIL}, {APRIL}) == {BESIDE}


def test_a_failed_warning_leaves_nothing_out():
    assert refused_beside(report((str(BESIDE),), severity="warning"), "day", WRITTEN, {ASKED}) == set()


def test_what_broke_is_said_with_its_rows_or_its_figure():
    rows = CheckResult("kind_is_known", False, "error", "kind", 9, 2, ("2011-03-25",), 0.2, ('{"kind":"blue"}',), "")
    figure = CheckResult("row_count", False, "error", None, 0, 0, ("2011-03-25",), 0.0, (), "")
    assert _format_check(rows) == 'kind_is_known failed on 2011-03-25 (2 of 9 rows): {"kind":"blue"}'
    assert _format_check(figure) == "row_count failed on 2011-03-25"


def test_rows_may_be_published_where_no_error_failed_and_all_were_read():
    def report_of(passed, severity, content_hash):
        return AuditReport("t", (CheckResult("c", passed, severity, None, 9, 1, (), None, (), ""),), 9, {}, content_hash)

    assert report_of(True, "error", "9-a-b").passed
    assert report_of(False, "warning", "9-a-b").passed
    assert not report_of(False, "error", "9-a-b").passed
    assert not report_of(True, "error", "").passed, "what has no fingerprint was not wholly read"


def test_what_was_judged_of_no_rows_is_no_result_unless_it_failed():
    judged = [
        CheckResult("c", passed, "error", None, rows, 0, (), None, (), "").has_judged for passed, rows in ((True, 0), (True, 1), (False, 0))
    ]
    assert judged == [False, True, True]
