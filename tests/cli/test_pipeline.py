"""What a run that failed offers, and which day a catching up watches."""

from datetime import UTC, date, datetime, timedelta

import pytest
import typer

from cli.build import _range
from cli.pipeline import Pipeline, _failed, new_days
from lakehouse.days import DayRange
from lakehouse.errors import GreenhouseError
from lakehouse.tables import ledger
from orchestration.runs import Outcome
from tests.lakehouse.corner_shop import CornerShop, line

DAYS = DayRange.parse("2011-03-25..2011-03-29")
HINT = "The days before can be run with: ./greenhouse run --from 2011-03-25 --to"


@pytest.mark.parametrize(
    ("failing", "offered"),
    [
        (("2011-03-28",), f"it failed\n{HINT} 2011-03-27"),
        (("2011-03-29", "2011-03-26"), f"it failed\n{HINT} 2011-03-25"),
        (("2011-03-25",), "it failed"),
        (("null", "2011-03-27"), f"it failed\n{HINT} 2011-03-26"),
        (("null",), "it failed"),
        ((), "it failed"),
    ],
)
def test_the_days_before_the_first_that_failed_are_offered(failing, offered):
    refused = _failed(Outcome("a run", False, ("it failed",), failing, 1.0), DAYS, {})
    assert (refused.message, refused.rest) == (offered, offered)


def test_what_was_said_when_it_happened_is_not_said_again():
    outcome = Outcome("a run", False, ("bronze.lines: no such file", "it failed"), ("2011-03-28",), 1.0)
    refused = _failed(outcome, DAYS, {"bronze.lines": "bronze.lines: no such file", "silver.orders": "of another run"})
    assert refused.message == f"bronze.lines: no such file it failed\n{HINT} 2011-03-27"
    assert refused.rest == f"it failed bronze.lines failed, as said above; what reads it was left as it stood.\n{HINT} 2011-03-27"


class Told(Pipeline):
    """A line that writes down the jobs it would run."""

    def __init__(self, unwatched):
        self.unwatched, self.jobs = unwatched, []

    def _unwatched(self, ready):
        return self.unwatched

    def job(self, name, days, title, asked_by, only=None):
        self.jobs.append((name, str(days)))


def test_catching_up_watches_up_to_the_newest_day_that_nobody_watched():
    line = Told({date(2011, 3, 27), date(2011, 3, 29), date(2011, 3, 28)})
    line.catch_up(date(2011, 3, 29), "a test")
    assert line.jobs == [("build_history", "2011-03-29"), ("score_and_watch", "2011-03-29")]


def test_where_every_day_is_watched_nothing_is_scored_again():
    line = Told(set())
    line.catch_up(date(2011, 3, 29), "a test")
    assert line.jobs == [("build_history", "2011-03-29")]


class Known(Pipeline):
    """A line over a lake alone."""

    def __init__(self, lake):
        self.lake = lake


def test_new_days_begin_after_the_newest_of_silver_and_a_new_shop_with_its_first(settings, tmp_path, monkeypatch):
    known = Known(CornerShop(settings, None, tmp_path).lake)
    assert str(new_days(known.lake, date(2011, 3, 27))) == "2011-03-25..2011-03-27"
    monkeypatch.setattr("lakehouse.publishing.built_days.BuiltDays.newest_of_silver", lambda _: date(2011, 3, 27))
    assert new_days(known.lake, date(2011, 3, 27)) is None
    assert str(new_days(known.lake, date(2011, 3, 28))) == "2011-03-28"


def test_what_waits_to_be_landed_or_computed_again_is_not_up_to_date(settings, tmp_path):
    corner = CornerShop(settings, None, tmp_path)
    known = Known(corner.lake)
    known._unwatched = lambda ready: set()
    ready = date(2011, 3, 25)
    assert known.is_up_to_date(ready)
    mark = {
        "mark_id": "m", "table_name": "kpis.daily_sales", "days": ["2011-03-25"], "state": "stale", "is_rebuild": False, "reason": "a test",
        "said_at": datetime(2011, 3, 26, tzinfo=UTC), "said_by": "a test",
    }  # fmt: skip
    ledger.append(corner.lake, "monitoring.stale_days", [mark])
    assert not known.is_up_to_date(ready)
    ledger.append(corner.lake, "monitoring.stale_days", [mark | {"state": "refreshed"}])
    assert known.is_up_to_date(ready)
    corner.deliver("2011-03-25", [line(1, "2011-03-25")])
    assert not known.is_up_to_date(ready)
    known._unwatched = lambda ready: {ready}
    (corner.folder / "landing" / "lines" / "2011-03-25.csv").unlink()
    assert not known.is_up_to_date(ready)


def test_a_range_is_wholly_of_the_shops_days(settings, tmp_path):
    known = Known(CornerShop(settings, None, tmp_path).lake)
    first, last = known.lake.shop.first_day, known.lake.shop.last_day
    assert _range(known.lake.shop, first, last) == DayRange(first, last)
    for outside in ((first - timedelta(days=1), last), (first, last + timedelta(days=1)), (date(2000, 1, 1), date(2000, 1, 2))):
        with pytest.raises(GreenhouseError, match=r"lies outside the shop's days 2011-03-25\.\.2011-04-05"):
            _range(known.lake.shop, *outside)
    with pytest.raises(typer.BadParameter, match="lies before"):
        _range(known.lake.shop, last, first)
