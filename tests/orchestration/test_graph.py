"""The graph as people see it: asset keys, dependencies, checks, jobs, schedules and sensors, held by a snapshot.

After a change that is meant: ./greenhouse check --fix.
"""

import inspect
import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from assets.open_lake import open_lake
from lakehouse.publishing import conservation
from lakehouse.publishing.missing_history import CHECK, is_checked
from lakehouse.shop.home import DEFAULT_SOURCE
from lakehouse.shop.source import load_shop
from lakehouse.tables.audit_report import CheckResult
from orchestration.definitions import definitions_of
from orchestration.factory import _check_result, asset_of
from orchestration.jobs import DESCRIPTIONS, catches_up, tables_of
from orchestration.keys import key_of
from tests.generated import is_as_generated

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
    is_as_generated(SNAPSHOT, json.dumps(shape(repository), indent=1) + "\n")


def test_every_asset_has_owner_checks_columns_and_one_run_a_range(repository):
    graph = repository.asset_graph
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.owners, key
        assert node.check_keys, key
        assert node.metadata["dagster/column_schema"].columns, key
        assert node.backfill_policy.max_partitions_per_run is None, key


def test_a_column_of_money_shows_its_currency_and_one_of_people_that_it_is_personal(repository):
    def tags(table):
        node = repository.asset_graph.get(dg.AssetKey(table.split(".")))
        return {column.name: column.tags for column in node.metadata["dagster/column_schema"].columns}

    assert tags("kpis.daily_sales")["net_revenue"] == {"classification": "internal", "unit": "GBP"}
    assert tags("kpis.daily_sales")["orders"] == {"classification": "internal"}
    assert tags("silver.customer_identity")["email"]["classification"] == "pii"


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
        own = {check.name: True for check in table_of[name].checks}
        assert checks == holes | own | {rule.name: rule.severity == "error" for rule in rules}, name
    assert {blocks for checks in found.values() for blocks in checks.values()} == {True, False}, "or nothing was told apart"


def test_each_job_makes_its_own_layers(lake):
    layers = {job: {table.layer for table in tables_of(job, lake)} for job in DESCRIPTIONS}
    history = {"bronze", "silver", "partials", "features", "kpis"}
    assert layers == {
        "nightly": history | {"predictions", "monitoring"}, "build_history": history, "score_and_watch": {"predictions", "monitoring"},
        "train": {"training", "models"}, "backfill_features": {"partials", "features"}, "watch_drift": {"monitoring"},
    }  # fmt: skip


def test_a_table_is_overdue_a_day_after_it_should_have_come(lake):
    policies = {name: asset_of(table, lake).get_asset_spec().freshness_policy for name, table in lake.tables.items()}
    for name, policy in policies.items():
        days = lake.contract(name).freshness_days
        assert (policy is None) is (days is None), name
        if policy:
            windows = policy.fail_window.to_timedelta(), policy.warn_window.to_timedelta()
            assert windows == (timedelta(days=days + 1), timedelta(days=days, hours=6)), name


def test_people_see_which_columns_may_be_empty_and_which_are_personal(lake):
    for name, table in lake.tables.items():
        contract = lake.contract(name)
        shown = {column.name: column for column in asset_of(table, lake).get_asset_spec().metadata["dagster/column_schema"].columns}
        assert {each for each, column in shown.items() if not column.constraints.nullable} == {
            c.name for c in contract.columns if c.required
        }
        assert {each: column.tags["classification"] for each, column in shown.items()} == {
            c.name: c.classification for c in contract.columns
        }


def test_people_see_what_a_table_is_whose_and_where_its_code_stands(lake):
    def shown(table):
        return asset_of(lake.tables[table], lake).get_asset_spec()

    sales, lines = shown("kpis.daily_sales"), shown("bronze.order_lines")
    contract, function = lake.contract("kpis.daily_sales"), lake.tables["kpis.daily_sales"].function
    assert (sales.group_name, sales.owners, sales.tags["write"]) == ("kpis", [f"team:{contract.owner}"], "replace_days")
    assert sales.metadata["contract"] == f"kpis.daily_sales {contract.version}"
    assert sales.description.startswith(contract.description) and inspect.getdoc(function) in sales.description
    (place,) = sales.metadata["dagster/code_references"].code_references
    assert (place.file_path, place.line_number) == (inspect.getsourcefile(function), inspect.getsourcelines(function)[1])
    assert lines.description == lake.contract("bronze.order_lines").description, "what makes it is no function of its own"
    assert (sales.kinds, lines.kinds) == ({"deltalake", "pyspark"}, {"deltalake", "pyspark", "csv"})
    assert shown("models.model_versions").kinds == {"deltalake", "pyspark", "scikitlearn"}
    assert str(sales.partitions_def.timezone) == lake.shop.time_zone


def test_a_failed_warning_is_shown_as_one():
    checks = {severity: CheckResult("r", False, severity, None, 9, 1, (), None, (), "") for severity in ("error", "warning")}
    shown = {severity: _check_result(dg.AssetKey("t"), check).severity for severity, check in checks.items()}
    assert shown == {"error": dg.AssetCheckSeverity.ERROR, "warning": dg.AssetCheckSeverity.WARN}


def test_a_night_catches_up_where_it_is_asked_for_whole(lake):
    whole = {key_of(table.name) for table in tables_of("nightly", lake)}
    one = next(iter(whole))
    for chosen, does in ((None, True), (whole, True), (whole - {one}, False), ({one}, False)):
        assert catches_up(SimpleNamespace(job_name="nightly", asset_selection=chosen), lake) is does
    assert not catches_up(SimpleNamespace(job_name="train", asset_selection=None), lake)
