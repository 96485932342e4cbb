"""Which example days are learnt from and which are held out: by time, never at random."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from models.errors import NothingToLearn
from models.purchase import HELD_OUT_WEEKS, LABEL_DAYS


@dataclass(frozen=True)
class Split:
    """Days to learn from and the held-out days after them."""

    train: tuple[date, ...]
    test: tuple[date, ...]


def split(days: Iterable[date], most_weeks: int = HELD_OUT_WEEKS) -> Split:
    """The last weeks are held out: at most `most_weeks`, at most half of a short history, at least one.

    A day whose label reaches into them is left out of both. Raises NothingToLearn where either would be empty.
    """
    known = sorted(set(days))
    if not known:
        raise NothingToLearn("there are no mature examples")
    weeks = max(1, min(most_weeks, ((known[-1] - known[0]).days + 1) // 14))
    since = known[-1] - timedelta(days=7 * weeks - 1)
    test = tuple(day for day in known if day >= since)
    train = tuple(day for day in known if day + timedelta(days=LABEL_DAYS - 1) < test[0])
    if not train:
        raise NothingToLearn(
            f"examples reach from {known[0]} to {known[-1]}: the last {weeks} week{'s' if weeks > 1 else ''} would be held out, and nothing is left to learn from; wait for more days"
        )
    return Split(train, test)
