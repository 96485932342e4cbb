"""After a word on what serves the newest day is scored again by who said it; where that fails, what serves is changed all the same."""

from datetime import date

import pytest

from cli.serving import _rescore
from lakehouse.errors import EngineError, GreenhouseError, Interrupted, RunFailed
from tests.lakehouse.built import build
from tests.lakehouse.corner_shop import CornerShop


class Told:
    """A pipeline that writes down the jobs it is asked for, and fails where it is told to."""

    def __init__(self, fails=False):
        self.fails, self.jobs = fails, []

    def job(self, name, days, title, asked_by):
        self.jobs.append((name, str(days), asked_by))
        if self.fails:
            raise RunFailed("it failed, as was said", "it failed")


@pytest.fixture
def lake(settings, tmp_path):
    return CornerShop(settings, None, tmp_path).lake


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_day_scored_is_scored_again_by_who_said_it(lake, monkeypatch, order):
    pipeline = Told()
    monkeypatch.setattr("cli.pipeline.pipeline_over", lambda *_: pipeline)
    build(lake, "predictions.recommendations", [date(2011, 3, 25), date(2011, 3, 27)][::order])
    _rescore(lake, "ann")
    assert pipeline.jobs == [("score_and_watch", "2011-03-27", "ann")]


def test_where_no_day_was_scored_nothing_is_and_that_is_said(lake, monkeypatch, capsys):
    monkeypatch.setattr("cli.pipeline.pipeline_over", lambda *_: pytest.fail("an engine was started for it"))
    _rescore(lake, "ann")
    assert "No day was scored yet" in capsys.readouterr().out


@pytest.mark.parametrize(("why", "kind"), [(EngineError("no engine"), GreenhouseError), (Interrupted("it stands"), Interrupted)])
def test_so_it_says_where_no_engine_starts_or_somebody_ends_it(lake, monkeypatch, why, kind):
    def starts(*_):
        raise why

    monkeypatch.setattr("cli.pipeline.pipeline_over", starts)
    build(lake, "predictions.recommendations", [date(2011, 3, 27)])
    with pytest.raises(kind, match=r"(?s)^(no engine|it stands)\nWhat serves is changed all the same; \./greenhouse run --from 2011-03-27"):
        _rescore(lake, "ann")


def test_a_scoring_that_fails_says_that_what_serves_is_changed_and_how_the_day_is_scored(lake, monkeypatch):
    monkeypatch.setattr("cli.pipeline.pipeline_over", lambda *_: Told(fails=True))
    build(lake, "predictions.recommendations", [date(2011, 3, 27)])
    with pytest.raises(RunFailed) as failed:
        _rescore(lake, "ann")
    way_out = "What serves is changed all the same; ./greenhouse run --from 2011-03-27 --to 2011-03-27 scores the day with it"
    assert failed.value.message.startswith("it failed, as was said\n" + way_out)
    assert failed.value.rest.startswith("it failed\n" + way_out)
