"""A season that changes asks for a training within the policy's days; five shops in which nothing changes ask for none.

A trial: `./greenhouse test -- -m trial tests/trials/test_drift.py`; its results stand in docs/trials.md.
"""

from datetime import date, timedelta

import dagster as dg
import pytest

from examples.plantly.scenario import Scenario, injection
from lakehouse.days import DayRange
from monitoring.policy import POLICY, decide

pytestmark = pytest.mark.trial

FIRST = date(2025, 1, 1)
WARM_UP = DayRange(FIRST, FIRST + timedelta(days=119))
WATCHED = DayRange(FIRST + timedelta(days=120), FIRST + timedelta(days=179))
CUSTOMERS = 1000


def watched_shop(plantly, folder, scenario):
    """A shop's line: its history run, a version trained on the warm-up, every later day watched."""
    line = plantly(folder, scenario, DayRange(FIRST, WATCHED.last))
    line.job("build_history", DayRange(FIRST, WATCHED.last), "history", asked_by="a trial")
    line.train(WARM_UP.last, asked_by="a trial")
    line.job("watch_drift", WATCHED, "drift", asked_by="a trial")
    return line


def asked_on(line):
    """The first watched day on which the policy, knowing the days up to it, asks for a training."""
    rows = line.lake.arrow("monitoring.drift").to_pylist()
    for day in WATCHED:
        decision = decide([row for row in rows if row["day"] <= day], POLICY, WARM_UP.last)
        if decision.train:
            return day, decision.reason
    return None, ""


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_nothing_changes_and_nothing_is_asked(plantly, tmp_path, seed, _own_environment):
    assert asked_on(watched_shop(plantly, tmp_path, Scenario(CUSTOMERS, seed))) == (None, "")


def test_a_changed_season_asks_within_the_policys_days(plantly, tmp_path, _own_environment):
    line = watched_shop(plantly, tmp_path, Scenario(CUSTOMERS, 7, (injection("season_change", WATCHED.first),)))
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
