"""A season that changes asks for a training within the policy's days; five shops in which nothing changes ask for none.

A trial: `./greenhouse test -- -m trial tests/line/test_season.py`; its results stand in docs/trials.md.
"""

from datetime import date, timedelta

import dagster as dg
import pytest

from examples.plantly.scenario import Scenario, injection
from expectations.audit import audit
from lakehouse.days import DayRange
from lakehouse.publishing.publish import publish
from lakehouse.tables.registry import in_order
from lakehouse.tables.run import RunInfo
from monitoring.policy import POLICY, decide

pytestmark = pytest.mark.trial

FIRST = date(2025, 1, 1)
WARM_UP = DayRange(FIRST, FIRST + timedelta(days=119))
WATCHED = DayRange(FIRST + timedelta(days=120), FIRST + timedelta(days=179))
CUSTOMERS = 1000
DRIFT = "monitoring.drift"


def through_the_whole_line(line):
    """The history run, a version trained on the warm-up, every later day watched, the last one by its night: by the Dagster jobs."""
    eve = WATCHED.last - timedelta(days=1)
    line.job("build_history", DayRange(FIRST, eve), "history", asked_by="a trial")
    line.train(WARM_UP.last, asked_by="a trial")
    line.job("watch_drift", DayRange(WATCHED.first, eve), "drift", asked_by="a trial")
    line.job("nightly", DayRange(WATCHED.last, WATCHED.last), "the last night", asked_by="a trial")


def what_drift_needs(line):
    """The same, without Dagster and without the tables that drift does not stand on."""
    info = RunInfo("a trial", "a trial", "trial")
    for table in in_order(line.lake.tables, line.lake.shop):
        if table.name in _behind(line.lake, DRIFT):
            publish(line.lake, table.name, _days(table), audit, info)


def _behind(lake, name):
    """A table and all that it stands on."""
    return {name}.union(*(_behind(lake, upstream) for upstream in lake.tables[name].upstreams(lake.shop)))


def _days(table):
    if table.layer in ("training", "models"):
        return WARM_UP
    return WATCHED if table.name == DRIFT else DayRange(FIRST, WATCHED.last)


def asked_on(line):
    """The first watched day on which the policy, knowing the days up to it, asks for a training."""
    rows = line.lake.arrow(DRIFT).to_pylist()
    for day in WATCHED:
        decision = decide([row for row in rows if row["day"] <= day], POLICY, WARM_UP.last)
        if decision.train:
            return day, decision.reason
    return None, ""


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_nothing_changes_and_nothing_is_asked(plantly, tmp_path, seed, _own_environment):
    line = plantly(tmp_path, Scenario(CUSTOMERS, seed), DayRange(FIRST, WATCHED.last))
    what_drift_needs(line)
    assert len({row["day"] for row in line.lake.arrow(DRIFT).to_pylist()}) == len(WATCHED)
    assert asked_on(line) == (None, "")


def test_a_changed_season_asks_within_the_policys_days(plantly, tmp_path, _own_environment):
    change = injection("season_change", WATCHED.first)
    line = plantly(tmp_path, Scenario(CUSTOMERS, 7, (change,)), DayRange(FIRST, WATCHED.last))
    through_the_whole_line(line)
    day, reason = asked_on(line)
    print(f"asked on {day}: {reason}")
    # The cooldown after the warm-up's own training holds it back until then.
    assert day is not None
    assert day <= WARM_UP.last + timedelta(days=POLICY.cooldown_days + POLICY.drifted_days)

    sensor = next(sensor for sensor in line.definitions.sensors if sensor.name == "train_on_drift")
    with dg.build_sensor_context(instance=line.instance, definitions=line.definitions) as context:
        asked = sensor.evaluate_tick(context)
    (request,) = asked.run_requests
    assert "days drifted" in request.tags["greenhouse/reason"]
    assert request.run_key == f"drift-{WATCHED.last}"
