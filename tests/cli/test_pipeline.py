"""What a run that failed offers, and which day a catching up watches."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from cli.__main__ import app
from cli.backfill import backfill
from cli.build import run, train
from cli.pipeline import Pipeline, _failed, new_days
from cli.shop_days import shop_days
from lakehouse.days import DayRange
from lakehouse.errors import GreenhouseError
from lakehouse.tables import ledger
from orchestration.runs import Outcome, TableSelection
from tests.lakehouse.built import build, land
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


@pytest.mark.parametrize("has_model", [True, False])
def test_a_range_is_built_then_trained_on_where_there_is_no_model_and_its_last_day_watched(settings, tmp_path, monkeypatch, has_model):
    line = Told(set())
    line.lake = CornerShop(settings, None, tmp_path).lake
    monkeypatch.setattr(line, "has_model", lambda: has_model)
    line.run_days(DayRange.parse("2011-03-27..2011-03-29"), "a test")
    trained = [] if has_model else [("train", "2011-03-25..2011-03-29")]
    assert line.jobs == [("build_history", "2011-03-27..2011-03-29"), *trained, ("score_and_watch", "2011-03-29")]


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


def over(monkeypatch, pipeline):
    """The home of that pipeline's lake, and the pipeline over it."""
    monkeypatch.setattr("cli.pipeline.open_home", lambda source: pipeline.lake)
    monkeypatch.setattr("cli.pipeline.pipeline_over", lambda lake, progress: pipeline)


@pytest.mark.parametrize(
    ("built", "arguments", "days"),
    [
        (date(2011, 3, 28), {}, "2011-03-25..2011-03-28"), (date(2011, 3, 28), {"first": "2011-03-27"}, "2011-03-27..2011-03-28"),
        (date(2011, 3, 28), {"last": "2011-03-26"}, "2011-03-25..2011-03-26"), (None, {"last": "2011-03-26"}, "2011-03-25..2011-03-26"),
    ],
)  # fmt: skip
def test_a_table_or_one_feature_of_it_is_backfilled_up_to_the_last_day_built(settings, tmp_path, monkeypatch, built, arguments, days):
    known, asked = Known(CornerShop(settings, None, tmp_path).lake), []
    known.last_built_day = lambda: built
    known.job = lambda name, days, title, asked_by, only: asked.append((name, str(days), asked_by, only))
    over(monkeypatch, known)
    backfill("features.customer_daily", feature=["orders_7d", "units_7d"], **{"first": None, "last": None, **arguments})
    only = TableSelection("features.customer_daily", ("orders_7d", "units_7d"))
    assert asked == [("build_history", days, "greenhouse backfill", only)]


def test_what_cannot_be_backfilled_is_said(settings, tmp_path, monkeypatch):
    known = Known(CornerShop(settings, None, tmp_path).lake)
    known.last_built_day = lambda: None
    over(monkeypatch, known)
    for wrong in ("bronze.lines", "training.purchase_examples", "features.no_such"):
        with pytest.raises(GreenhouseError, match=rf"{wrong} cannot be backfilled; these can: .*features\.customer_daily"):
            backfill(wrong, None, None, None)
    with pytest.raises(GreenhouseError, match=r"nothing was built yet; run \./greenhouse run first"):
        backfill("features.customer_daily", None, None, None)


def test_a_range_is_wholly_of_the_shops_days(settings, tmp_path):
    shop = CornerShop(settings, None, tmp_path).lake.shop
    first, last = shop.first_day, shop.last_day
    assert shop_days(shop, first, last) == shop_days(shop, None, last) == DayRange(first, last)
    for outside in (
        (first - timedelta(days=1), last),
        (first, last + timedelta(days=1)),
        (None, last + timedelta(days=1)),
        (date(2000, 1, 1), date(2000, 1, 2)),
    ):
        with pytest.raises(GreenhouseError, match=r"lies outside the shop's days 2011-03-25\.\.2011-04-05"):
            shop_days(shop, *outside)
    with pytest.raises(typer.BadParameter, match="2011-03-25 lies before 2011-04-05"):
        shop_days(shop, last, first)
    with pytest.raises(typer.BadParameter, match="2000-01-01 lies before 2011-03-25, the first day of the shop"):
        shop_days(shop, None, date(2000, 1, 1))
    open_end, today = (
        SimpleNamespace(first_day=first, last_day=None, time_zone="Pacific/Kiritimati"),
        datetime.now(UTC) + timedelta(hours=14),
    )
    assert shop_days(open_end, None, today.date()).last == today.date(), "the shop's zone decides which day it is"
    with pytest.raises(GreenhouseError, match=r"lies outside the shop's days 2011-03-25\.\.\d{4}-\d\d-\d\d \(today\)"):
        shop_days(open_end, None, today.date() + timedelta(days=1))


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (["run", "--to", "2011-04-20"], "lies outside the shop's days"), (["run", "--from", "2011-03-28", "--to", "2011-03-27"], "lies before"),
        (["train", "--as-of", "2000-01-01"], "lies before"), (["train", "--as-of", "2011-04-06"], "lies outside the shop's days"),
        (["backfill", "features.customer_daily", "--to", "2011-04-20"], "lies outside the shop's days"),
        (["backfill", "features.customer_daily", "--from", "2011-03-28", "--to", "2011-03-27"], "lies before"),
        (["backfill", "features.customer_daily", "--from", "2000-01-01", "--to", "2011-03-27"], "lies outside the shop's days"),
    ],
)  # fmt: skip
def test_days_that_are_none_of_the_shops_are_refused_before_anything_starts(settings, tmp_path, monkeypatch, command, refusal):
    lake = CornerShop(settings, None, tmp_path).lake
    monkeypatch.setattr("cli.pipeline.open_home", lambda source: lake)
    monkeypatch.setattr("cli.pipeline.pipeline_over", lambda *_: pytest.fail("an engine was started for it"))
    said = CliRunner().invoke(app, command)
    assert said.exit_code != 0
    assert refusal in f"{said.output}{said.exception}".replace("\n", " ")
    assert isinstance(said.exception, GreenhouseError | SystemExit), said.exception


class Asked(Known):
    """A line that is ready up to a day, and writes down what it is asked for."""

    def __init__(self, lake, new=None, is_up_to_date=False, reason=None, has_model=True):
        super().__init__(lake)
        self.new, self.current, self.reason, self.model, self.asked = new, is_up_to_date, reason, has_model, []

    def is_up_to_date(self, ready):
        return self.current

    def run_days(self, days, asked_by):
        self.asked.append(("run", str(days)))

    def catch_up(self, last, asked_by):
        self.asked.append(("catch up", str(last)))

    def train(self, as_of, asked_by):
        self.asked.append((asked_by, str(as_of)))

    def has_model(self):
        return self.model

    def last_built_day(self):
        return None

    def say_model(self):
        self.asked.append("said")


@pytest.fixture
def asked_of(settings, tmp_path, monkeypatch):
    """Commands that find a home over which that pipeline stands."""

    def make(**given):
        made = Asked(CornerShop(settings, None, tmp_path).lake, **given)
        monkeypatch.setattr("cli.pipeline.open_home", lambda source: made.lake)
        monkeypatch.setattr("cli.pipeline.pipeline_over", lambda lake, progress: made)
        monkeypatch.setattr("cli.pipeline.new_days", lambda lake, ready: made.new)
        monkeypatch.setattr("lakehouse.ingestion.bronze.ready.ready_until", lambda lake: (date(2011, 3, 28), made.reason))
        monkeypatch.setattr("lakehouse.ingestion.bronze.ready.refuse_gaps", lambda lake, days: None)
        return made

    return make


@pytest.mark.parametrize(
    ("given", "arguments", "asked", "said"),
    [
        ({"new": DAYS}, {}, [("run", str(DAYS))], "Built 2011-03-25..2011-03-29."),
        ({"is_up_to_date": True}, {}, [], "Nothing new: everything delivered is built up to 2011-03-28."),
        ({}, {}, [("catch up", "2011-03-28")], "computed again what corrections made stale"),
        ({"is_up_to_date": True}, {"first": "2011-03-26"}, [("run", "2011-03-26..2011-03-28")], "Built"),
        ({"is_up_to_date": True}, {"first": "2011-03-26", "last": "2011-03-27"}, [("run", "2011-03-26..2011-03-27")], "Built"),
        ({"is_up_to_date": True, "reason": "bad"}, {"last": "2011-03-27"}, [], "up to 2011-03-27"),
    ],
)  # fmt: skip
def test_a_run_takes_what_is_new_or_catches_up_or_says_that_nothing_is(asked_of, capsys, given, arguments, asked, said):
    pipeline = asked_of(**given)
    run(**{"source": None, "first": None, "last": None, **arguments})
    assert pipeline.asked == asked
    assert said in capsys.readouterr().out


def test_a_run_that_ends_before_what_was_delivered_says_why_and_fails(asked_of):
    pipeline = asked_of(new=DAYS, reason="a.csv: cannot be read")
    with pytest.raises(GreenhouseError, match=r"it ends with 2011-03-28: a\.csv: cannot be read"):
        run(None, None, None)
    assert pipeline.asked == [("run", str(DAYS))], "what is whole is built first"


def test_a_training_says_what_came_of_it_or_that_nothing_did(asked_of):
    pipeline = asked_of()
    train("2011-03-27", "a test")
    assert pipeline.asked == [("a test", "2011-03-27"), "said"]
    with pytest.raises(GreenhouseError, match=r"there are no features yet; run \./greenhouse run first"):
        train(None, "a test")
    pipeline.model = False
    with pytest.raises(GreenhouseError, match="no version was made"):
        train("2011-03-27", "a test")


def test_what_scores_and_watches_lacks_its_newest_day_from_the_start_and_then_every_day_since(settings, tmp_path):
    known = Known(CornerShop(settings, None, tmp_path).lake)
    days = [date(2011, 3, day) for day in range(25, 29)]
    assert known._unwatched(days[3]) == {days[3]}, "what never ran is asked for the day itself, not for all the past"
    land(known.lake, "lines", days)
    watching = [name for name, table in known.lake.tables.items() if table.layer in ("predictions", "monitoring")]
    assert watching
    every = [
        name for name, table in known.lake.tables.items() if table.layer in ("silver", "partials", "features", "kpis", "models", "training")
    ]
    for name in every:
        build(known.lake, name, days)
    for name in watching:
        build(known.lake, name, [days[0]])
    assert known._unwatched(days[3]) == set(days[1:])
    for name in watching:
        build(known.lake, name, days)
    assert known._unwatched(days[3]) == set()
