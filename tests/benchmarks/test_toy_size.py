"""Every benchmark runs one round at toy size: it works and gives its ratios, whose figures say nothing here.

Those that take whole nights through Dagster, a web server or an environment of their own are a trial:
`./greenhouse test -- -m trial tests/benchmarks`.
"""

import importlib
import re

import pytest

import benchmarks
from benchmarks.point_in_time import Size
from lakehouse.days import DayRange
from lakehouse.errors import GreenhouseError

TINY = Size(rows=400, examples=50, customers=20)
DAYS = DayRange.parse("2025-06-28..2025-06-29")
TOYS = {
    "audit": {"rows": 2000},
    "scoring": {"scored_rows": 2000},
    "ingest": {"lines": 500},
    "publish_small": {"rows": 50},
    "nothing_new": {"files": 3, "lines": 10},
    "point_in_time": {"size": TINY},
    "point_in_time_growth": {"size": TINY},
}
TOYS_OF_THE_TRIAL = {
    "night": {"long": 3, "short": 2, "layers": ("bronze",)},
    "one_feature": {"added": DAYS, "customers": 20, "before": 2},
    "backfill": {},
    "overhead": {"lines": 500},
    "small_night": {"lines": 20},
    "click": {},
    "point_in_time_feast": {"size": TINY},
}
PEERS = {"one_feature": 2, "ingest": 2}


@pytest.fixture(autouse=True)
def _toy_days(monkeypatch):
    """The days of the one benchmark that takes them from its module."""
    monkeypatch.setattr("benchmarks.backfill.HISTORY", DAYS.widen(before=2))
    monkeypatch.setattr("benchmarks.backfill.BACKFILLED", DAYS)


def ratios(spark, folder, name, toy):
    done = importlib.import_module(f"benchmarks.{name}").run(spark, folder, rounds=1, **toy)
    return [str(each) for each in (done if isinstance(done, tuple) else (done,))]


@pytest.mark.parametrize(
    ("name", "toy"), [*TOYS.items(), *(pytest.param(*each, marks=pytest.mark.trial) for each in TOYS_OF_THE_TRIAL.items())]
)
def test_a_benchmark_gives_its_ratios(spark, tmp_path, name, toy):
    told = ratios(spark, tmp_path, name, toy)
    assert len(told) == PEERS.get(name, 1)
    for each in told:
        assert re.search(r"ours \d+\.\d\d s .*peer \d+\.\d\d s .*ratio \d+\.\d\d", each), each


def test_every_benchmark_is_tried():
    assert set(benchmarks.NAMES) == {*TOYS, *TOYS_OF_THE_TRIAL}


def test_a_benchmark_that_fails_stops_no_other_and_is_told_at_the_end(settings, spark, monkeypatch, capsys):
    monkeypatch.setattr(benchmarks, "NAMES", ("no_such_file", "none_either"))
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(GreenhouseError, match=r"bench no_such_file failed: ModuleNotFoundError.*; bench none_either failed:"):
        benchmarks.run_benchmarks(None, 1)
    assert "none_either failed: ModuleNotFoundError" in capsys.readouterr().out
