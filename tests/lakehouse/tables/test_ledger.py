"""Ledgers: rows as the contract says, appended by many, and kept in few files."""

from datetime import UTC, datetime

import pytest

from lakehouse.errors import LedgerError
from lakehouse.publishing.publish_ledgers import RUNS, record_run
from lakehouse.tables import ledger
from tests.lakehouse.corner_shop import CornerShop


@pytest.fixture
def lake(settings, tmp_path):
    return CornerShop(settings, None, tmp_path).lake


def run(number):
    moment = datetime(2011, 3, 25, tzinfo=UTC)
    return {
        "run_id": str(number), "job": "nightly", "asked_by": "a test", "started_at": moment, "ended_at": moment, "outcome": "success",
        "first_day": None, "last_day": None, "seconds": 1.0, "tables": 1, "code_version": "test",
    }  # fmt: skip


def test_many_runs_leave_few_files_and_every_row(lake, monkeypatch):
    monkeypatch.setattr(ledger, "FILES_BEFORE_COMPACTION", 5)
    for number in range(12):
        record_run(lake, run(number))
    assert len(lake.delta(RUNS).file_uris()) < 5
    assert {row["run_id"] for row in ledger.rows(lake, RUNS)} == {str(number) for number in range(12)}


def test_what_a_ledger_says_of_its_own_commits_is_kept_for_ten_years(lake):
    record_run(lake, run(1))
    assert lake.delta(RUNS).metadata().configuration["delta.logRetentionDuration"] == "interval 3650 days"


@pytest.mark.parametrize(("row", "said"), [({"surprise": 1}, "not in the contract: surprise"), ({"run_id": None}, "run_id is required")])
def test_a_row_that_does_not_fit_is_refused(lake, row, said):
    with pytest.raises(LedgerError, match=said):
        ledger.append(lake, RUNS, [{**run(1), **row}])
    assert not lake.exists(RUNS)


def test_a_row_that_lacks_what_is_required_is_refused_beside_rows_that_have_it(lake):
    with pytest.raises(LedgerError, match="asked_by is required and missing in a row"):
        ledger.append(lake, RUNS, [run(1), {**run(2), "asked_by": None}, run(3)])
    assert not lake.exists(RUNS)
