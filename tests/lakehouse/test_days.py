"""Ranges of days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.days import GRAINS, MONTH, WEEK, DayRange, as_days, as_ranges, as_spans, partition_values
from lakehouse.tables.lake import in_days

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


def test_spans_reach_over_leap_days_and_years():
    assert str(MONTH.whole(date(2012, 2, 1))) == "2012-02-01..2012-02-29"
    assert str(MONTH.whole(date(2011, 12, 31))) == "2011-12-01..2011-12-31"
    assert str(WEEK.whole(date(2012, 1, 1))) == "2011-12-26..2012-01-01", "from Monday, as ISO 8601 has it"


@given(st.sampled_from(list(GRAINS.values())), DAYS)
def test_spans_hold_each_day_once_and_begin_where_their_partition_says(grain, day):
    span = grain.whole(day)
    assert day in span and {grain.begin(each) for each in span} == {span.first}
    assert len(span) <= grain.longest
    assert grain.begin(span.last + timedelta(days=1)) == span.last + timedelta(days=1)


@given(DAYS, st.integers(0, 400), DAYS, st.integers(0, 400))
def test_clipping_keeps_exactly_the_common_days(first, length, other, other_length):
    days, limit = DayRange(first, first + timedelta(length)), DayRange(other, other + timedelta(other_length))
    clipped = days.clip(limit.first, limit.last)
    assert set(clipped or ()) == set(days) & set(limit)


def test_days_as_spans_and_back_whatever_their_order():
    days = [date(2011, 3, day) for day in (25, 26, 28, 31)]
    assert as_spans(days) == ["2011-03-25..2011-03-26", "2011-03-28", "2011-03-31"]
    assert as_days(as_spans(days)) == tuple(days)
    assert [str(span) for span in as_ranges([*reversed(days), days[0]])] == as_spans(days)


def test_the_partitions_of_days_are_days_or_first_days_of_months():
    days = [date(2011, 4, 1), date(2011, 3, 31), date(2011, 3, 30), date(2011, 3, 31)]
    assert partition_values("day", days) == [date(2011, 3, 30), date(2011, 3, 31), date(2011, 4, 1)]
    assert partition_values("month", days) == [date(2011, 3, 1), date(2011, 4, 1)]
    assert partition_values("week", days) == [date(2011, 3, 28)]


def test_a_predicate_over_days_names_those_and_no_other():
    given = DayRange.parse("2011-03-30..2011-04-01")
    assert in_days("day", given) == in_days("day", tuple(given)) == "day >= date'2011-03-30' and day <= date'2011-04-01'"
    assert in_days("day", [given.first, given.last]) == "day in (date'2011-03-30', date'2011-04-01')", "not the day between"
    assert in_days("month", given) == "month in (date'2011-03-01', date'2011-04-01')"
    assert in_days("week", given) == "week in (date'2011-03-28')", "a range of days begins in the middle of a week"
    assert in_days("day", [given.last]) == "day in (date'2011-04-01')"
    assert in_days("day", ()) == "false"
