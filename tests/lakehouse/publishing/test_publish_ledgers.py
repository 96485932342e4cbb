"""What a publish leaves in the ledger of checks, published or refused."""

from datetime import date

import pytest

from lakehouse.days import DayRange
from lakehouse.publishing.publish_ledgers import CHECKS, record_checks, standing_checks
from lakehouse.tables import ledger
from lakehouse.tables.audit_report import CheckResult
from lakehouse.tables.run import Run, RunInfo
from tests.lakehouse.corner_shop import CornerShop

CHECK = CheckResult("a_check", False, "warning", "price", 9, 2, ("2011-03-25", "2011-03-26"), 0.25, ("an example",), "It broke.")


@pytest.fixture
def run(settings, tmp_path):
    lake = CornerShop(settings, None, tmp_path).lake
    days = DayRange.parse("2011-03-25..2011-03-27")
    return Run(lake, lake.tables["silver.orders"], days, RunInfo("a run", "a test", "test"), "a publish")


@pytest.mark.parametrize(("version", "is_published"), [(0, True), (7, True), (None, False)])
def test_a_check_is_recorded_with_its_publish_and_without_its_examples(run, version, is_published):
    record_checks(run, "quarantine.orders", [CHECK], version)
    (row,) = ledger.rows(run.lake, CHECKS)
    assert (row["publish_id"], row["run_id"], row["table_name"]) == ("a publish", "a run", "quarantine.orders")
    assert (row["published"], row["table_version"]) == (is_published, version)
    assert (row["first_day"], row["last_day"]) == (date(2011, 3, 25), date(2011, 3, 27))
    assert (row["check_name"], row["severity"], row["passed"], row["column_name"]) == ("a_check", "warning", False, "price")
    assert (row["rows"], row["failing_rows"], row["observed"]) == (9, 2, "0.25")
    assert row["failing_days"] == '["2011-03-25", "2011-03-26"]'
    assert "an example" not in str(row), "a ledger is read by more people than a table is"
    stands = standing_checks(run.lake, "quarantine.orders")
    assert [(each.name, each.failing_days, each.severity) for each in stands] == [("a_check", CHECK.failing_days, "warning")] * is_published
