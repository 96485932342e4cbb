"""By time: nothing learnt from reaches into what is held out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ModelError
from models.split import split

MONDAY = date(2011, 3, 7)


def test_the_last_four_mondays_are_held_out() -> None:
    days = [MONDAY + timedelta(days=7 * n) for n in range(10)]
    found = split(days)
    assert found.test == tuple(days[-4:])
    assert found.train == tuple(days[:-4])


def test_a_short_history_holds_out_less() -> None:
    found = split([MONDAY + timedelta(days=n) for n in range(30)])
    assert (len(found.test), len(found.train)) == (14, 10)


def test_daily_examples_leave_out_the_days_whose_label_reaches_over() -> None:
    days = [MONDAY + timedelta(days=n) for n in range(60)]
    found = split(days)
    assert len(found.test) == 28
    assert (found.test[0] - found.train[-1]).days == 7


@given(st.sets(st.dates(date(2011, 1, 1), date(2012, 1, 1)), min_size=1))
def test_no_label_learnt_from_covers_a_held_out_day(days: set[date]) -> None:
    try:
        found = split(days)
    except ModelError:
        return
    assert max(found.train) + timedelta(days=6) < min(found.test)


def test_too_little_is_said() -> None:
    with pytest.raises(ModelError, match="no mature examples"):
        split([])
    with pytest.raises(ModelError, match="nothing is left to learn from"):
        split([MONDAY])
