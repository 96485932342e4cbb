"""The graph as people see it: asset keys, dependencies, checks, jobs, schedules and sensors, held by a snapshot.

After a change that is meant, write the snapshot anew: UPDATE_SNAPSHOTS=1 ./greenhouse test -- tests/orchestration
"""

import json
import os
from pathlib import Path

import pytest

from assets.house import open_lake
from lakehouse import conservation
from lakehouse.gaps import CHECK, is_checked
from lakehouse.home import DEFAULT_SOURCE
from lakehouse.source import load_shop
from orchestration.definitions import definitions_of
from orchestration.factory import asset_of

SNAPSHOT = Path(__file__).parent / "graph.json"


@pytest.fixture(scope="module")
def lake(settings):
    return open_lake(settings, load_shop(DEFAULT_SOURCE))


@pytest.fixture(scope="module")
def repository(lake):
    return definitions_of(lake).get_repository_def()


def shape(repository):
    graph = repository.asset_graph
    assets = {
        key.to_user_string(): {
            "group": graph.get(key).group_name,
            "reads": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            "checks": sorted(check.name for check in graph.get(key).check_keys),
        }
        for key in sorted(graph.get_all_asset_keys())
    }
    return {
        "assets": assets,
        "jobs": sorted(name for name in repository.job_names if not name.startswith("__")),
        "schedules": sorted(schedule.name for schedule in repository.schedule_defs),
        "sensors": sorted(sensor.name for sensor in repository.sensor_defs),
    }


def test_the_graph_is_as_it_was(repository):
    found = json.loads(json.dumps(shape(repository)))
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(SNAPSHOT.read_text())


def test_every_asset_has_owner_checks_columns_and_one_run_a_range(repository):
    graph = repository.asset_graph
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.owners, key
        assert node.check_keys, key
        assert node.metadata["dagster/column_schema"].columns, key
        assert node.backfill_policy.max_partitions_per_run is None, key


def test_what_people_materialise_without_a_job_runs_as_the_jobs_do(repository):
    jobs = repository.get_all_jobs()
    assert any(job.name.startswith("__") for job in jobs)
    assert {job.executor_def.name for job in jobs} == {"in_process"}


def test_an_error_blocks_and_a_warning_does_not(lake):
    """In Dagster too, where a blocking check that failed stops what is downstream whatever the step said."""
    found = {name: {spec.name: spec.blocking for spec in asset_of(table, lake).check_specs} for name, table in lake.tables.items()}
    table_of = lake.tables
    for name, checks in found.items():
        contract = lake.contract(name)
        rules = contract.rules + (conservation.rules(table_of[name], contract, lake.shop) if contract.layer == "silver" else ())
        holes = {CHECK: True} if is_checked(table_of[name]) else {}
        assert checks == holes | {rule.name: rule.severity == "error" for rule in rules}, name
    assert {blocks for checks in found.values() for blocks in checks.values()} == {True, False}, "or nothing was told apart"
