"""Ranges of days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.days import DayRange

DAYS = st.dates(date(2000, 1, 1), date(2030, 12, 31))


def test_a_range_holds_both_ends():
    days = DayRange.parse("2011-12-30..2012-01-02")
    assert [str(day) for day in days] == ["2011-12-30", "2011-12-31", "2012-01-01", "2012-01-02"]
    assert len(days) == 4
    assert str(days) == "2011-12-30..2012-01-02"
    assert str(DayRange.parse("2011-12-30")) == "2011-12-30"


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="before it begins"):
        DayRange.parse("2011-12-30", "2011-12-29")


def test_whole_months_reach_over_leap_days_and_years():
    assert str(DayRange.parse("2011-12-30..2012-02-01").whole_months()) == "2011-12-01..2012-02-29"


@given(DAYS, st.integers(0, 400), DAYS, st.integers(0, 400))
def test_clipping_keeps_exactly_the_common_days(first, length, other, other_length):
    from datetime import timedelta

    days, limit = DayRange(first, first + timedelta(length)), DayRange(other, other + timedelta(other_length))
    clipped = days.clip(limit.first, limit.last)
    assert set(clipped or ()) == set(days) & set(limit)
