"""What publishes recorded is read newest first: of each day what the newest that wrote it says, of each file day the newest that read it."""

from datetime import date

import pytest

from lakehouse.ingestion.reconcile import Account
from lakehouse.tables.books import Books, FileDay, Written
from lakehouse.tables.commit_record import CommitRecord
from lakehouse.tables.standing import Standing, named_version

MONDAY, TUESDAY = date(2011, 3, 28), date(2011, 3, 29)


def said(days, read, written):
    return CommitRecord(tuple(days), books=Books("lines", tuple(read), tuple(written)).as_json())


def test_the_newest_publish_of_a_day_and_of_a_file_day_counts():
    standing = Standing()
    standing.add(said(["2011-03-29"], [FileDay(TUESDAY, 9, {"postage": 4})], [Written(TUESDAY, TUESDAY, {"published": 5})]))
    older = [Written(MONDAY, MONDAY, {"published": 2, "quarantined": 1}), Written(TUESDAY, TUESDAY, {"published": 77})]
    standing.add(said(["2011-03-28..2011-03-29"], [FileDay(MONDAY, 4, {"postage": 1}), FileDay(TUESDAY, 9, {"postage": 88})], older))
    assert standing.totals() == {"published": 7, "quarantined": 1}
    assert standing.left_out == {MONDAY: 1, TUESDAY: 4}
    assert standing.has_figures
    standing.add(CommitRecord(("2011-03-28",)))
    assert standing.has_figures, "one without figures whose days all were written since"
    standing.add(CommitRecord(("2011-03-27",)))
    assert not standing.has_figures


def test_the_quarantine_that_stands_is_the_one_that_the_newest_publish_names():
    none, zero, three, seven = (CommitRecord((), quarantine_version=version) for version in (None, 0, 3, 7))
    assert named_version([none, three, seven]) == 3, "not the highest: silver may have been restored"
    assert named_version([zero]) == 0
    assert named_version([none]) is None


@pytest.mark.parametrize(("landed", "unaccounted", "balances"), [(10, 0, True), (11, 0, False), (9, 0, False), (10, 2, False)])
def test_an_account_balances_where_all_that_landed_is_said_and_nothing_is_unaccounted_for(landed, unaccounted, balances):
    assert Account("lines", "silver.orders", landed, 4, 3, 1, 1, 1, unaccounted).balances is balances
