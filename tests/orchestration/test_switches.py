"""What runs by itself, switched on and off as the daemon and the UI see it, and the one daemon of a home."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.workspace.load import load_workspace_process_context_from_yaml_paths

from assets.open_lake import open_lake
from lakehouse.settings import REPOSITORY, Settings
from lakehouse.shop.home import adopt_shop
from orchestration.daemon import claim, is_running
from orchestration.definitions import definitions_of
from orchestration.instance import instance_of
from orchestration.switches import NIGHTS, switch, switched
from tests.lakehouse.corner_shop import lay_out

HOLD = """
import os, sys
from lakehouse.settings import load_settings
from orchestration.daemon import claim
assert claim(load_settings())
os.execv(sys.executable, [sys.executable, "-c", "print('goes on', flush=True); import time; time.sleep(60)"])
"""


@pytest.fixture
def own(tmp_path):
    home = tmp_path / "home"
    return Settings(home=home, lake=str(home / "lake"), spark_remote=None, dagster_home=home / "dagster", dagster_storage=None)


@pytest.fixture
def instance(own):
    with instance_of(own) as instance:
        yield instance


@dg.op
def nothing():
    """Does nothing."""


def definitions(is_running_by_default: bool) -> dg.Definitions:
    """The names of NIGHTS, whatever runs then."""
    job = dg.JobDefinition(name="work", graph_def=dg.GraphDefinition(name="work", node_defs=[nothing]))
    on, look = (dg.DefaultScheduleStatus, dg.DefaultSensorStatus)
    default = "RUNNING" if is_running_by_default else "STOPPED"
    schedules = [
        dg.ScheduleDefinition(name=name, job=job, cron_schedule="0 2 * * *", execution_timezone="Asia/Tokyo", default_status=on[default])
        for name in ("nightly", "weekly_tend", "daily_freshness")
    ]
    sensor = dg.SensorDefinition("train_on_drift", job=job, evaluation_fn=lambda _: dg.SkipReason("no"), default_status=look[default])
    return dg.Definitions(jobs=[job], schedules=schedules, sensors=[sensor])


def states(instance):
    return {state.instigator_name: state for state in instance.all_instigator_state()}


def test_the_daemons_own_workspace_sees_them_switched(own, instance):
    adopt_shop(own, lay_out(own.home / "corner"))
    ours = definitions_of(open_lake(own))

    def seen():
        """As Dagster's daemon asks: by the workspace's instigators and what the instance stores of each."""
        stored = {state.selector_id: state for state in instance.all_instigator_state()}
        return {
            each.name: each.get_current_instigator_state(stored.get(each.selector_id)).is_running for each in theirs if each.name in NIGHTS
        }

    with load_workspace_process_context_from_yaml_paths(instance, [str(REPOSITORY / "workspace.yaml")]) as process:
        (location,) = process.create_request_context().code_locations
        (repository,) = location.get_repositories().values()
        theirs = [*repository.get_schedules(), *repository.get_sensors()]
        assert seen() == dict.fromkeys(NIGHTS, False)
        switch(ours, instance, on=True)
        assert seen() == dict.fromkeys(NIGHTS, True)
        switch(ours, instance, on=False)
        assert seen() == dict.fromkeys(NIGHTS, False)


@pytest.mark.parametrize("is_on", [True, False])
def test_a_default_that_changes_later_undoes_nothing(instance, is_on):
    switch(definitions(is_on), instance, on=is_on)
    assert [each.is_on for each in switched(definitions(not is_on), instance)] == [is_on] * 4
    assert {state.status.value for state in states(instance).values()} == {"RUNNING" if is_on else "STOPPED"}


def test_switching_on_again_changes_nothing_and_a_sensor_keeps_its_cursor(instance):
    given = definitions(False)
    switch(given, instance, on=True)
    sensor = states(instance)["train_on_drift"]
    instance.update_instigator_state(sensor.with_data(sensor.instigator_data._replace(cursor="2011-03-25")))
    before = states(instance)
    switch(given, instance, on=True)
    assert states(instance) == before, "ticks that are due since it was switched on stay due"
    switch(given, instance, on=False)
    switch(given, instance, on=True)
    assert states(instance)["train_on_drift"].instigator_data.cursor == "2011-03-25"
    assert {state.instigator_type for state in instance.all_instigator_state()} == {InstigatorType.SCHEDULE, InstigatorType.SENSOR}


def test_the_next_tick_is_told_in_the_shops_time(instance):
    given = definitions(False)
    assert {each.next_tick for each in switched(given, instance)} == {None}
    switch(given, instance, on=True)
    nightly, sensor, *_ = switched(given, instance)
    now = datetime.now(ZoneInfo("Asia/Tokyo"))
    assert now < nightly.next_tick <= now + timedelta(days=1)
    assert (nightly.next_tick.hour, str(nightly.next_tick.tzinfo)) == (2, "Asia/Tokyo")
    assert (sensor.next_tick, sensor.every_seconds) == (None, 30)


def test_a_home_has_one_daemon_and_its_copy_has_none(own, tmp_path, python):
    assert not is_running(own)
    process = python(HOLD, own)
    try:
        assert process.stdout.readline() == "goes on\n", process.stderr.read()
        assert is_running(own)
        assert not claim(own)
        copy = own.model_copy(update={"dagster_home": shutil.copytree(own.dagster_home, tmp_path / "copy")})
        assert not is_running(copy)
    finally:
        process.kill()
        process.communicate()
    assert not is_running(own)
