"""What a table checks of its rows beyond its contract refuses a publish as any rule does, and is not asked of no rows."""

from dataclasses import replace

import pytest

from lakehouse.errors import AuditFailed
from lakehouse.tables.own_check import Failing, OwnCheck
from tests.lakehouse.corner_shop import line

DAY, TABLE, NAME = "2011-03-25", "kpis.daily_sales", "sales_are_sold"


def give(corner, failing):
    check = OwnCheck(NAME, "Every sale was sold.", failing)
    corner.lake.tables[TABLE] = replace(corner.lake.tables[TABLE], checks=(check,))


def judged(corner):
    rows = [row for row in corner.rows("monitoring.check_results") if row["check_name"] == NAME]
    return sorted((row["published"], row["passed"], row["severity"], row["rows"], row["failing_rows"]) for row in rows)


def test_rows_that_fail_it_are_not_published_and_those_that_pass_are(corner):
    corner.deliver(DAY, [line(1, DAY), line(2, DAY)])
    corner.build(DAY)
    give(corner, lambda run, df: Failing(df.count(), ("orders are 2", "units are 2")))
    with pytest.raises(AuditFailed) as refused:
        corner.publish(TABLE, DAY)
    assert refused.value.message == (
        f"{TABLE}: the audit refused {DAY}: {NAME} failed (1 of 1 rows): orders are 2, units are 2. Version 0 stands."
    )
    assert corner.rows(TABLE) == []
    give(corner, lambda run, df: Failing())
    done = corner.publish(TABLE, DAY)
    assert [(check.name, check.passed, check.rows) for check in done.checks if check.name == NAME] == [(NAME, True, 1)]
    assert judged(corner) == [(False, False, "error", 1, 1), (True, True, "error", 1, 0)]


def test_of_no_rows_it_is_not_asked(corner):
    corner.deliver(DAY, [])
    corner.build(DAY)
    give(corner, lambda run, df: pytest.fail("there is nothing to judge"))
    done = corner.publish(TABLE, DAY)
    (check,) = [check for check in done.checks if check.name == NAME]
    assert check.passed
    assert not check.has_judged
