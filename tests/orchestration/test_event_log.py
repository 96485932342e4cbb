"""Our event log stores what Dagster's own stores, in fewer commits."""

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from lakehouse.days import DayRange
from orchestration.event_log import BatchedSqliteEventLogStorage
from orchestration.instance import instance_of, prepare
from orchestration.partitions import range_tags

DAYS = dg.DailyPartitionsDefinition("2025-01-01", end_date="2025-02-01")


@dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run(), check_specs=[dg.AssetCheckSpec("is_fine", asset="plants")])
def plants(context):
    yield dg.AssetCheckResult(passed=True)
    yield dg.MaterializeResult(metadata={"rows": 3})


@pytest.fixture
def instance(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return instance_of(settings.model_copy(update={"dagster_home": tmp_path / "dagster"}))


def test_a_range_is_one_run_with_an_event_a_day_and_one_check(instance):
    assert isinstance(instance.event_log_storage, BatchedSqliteEventLogStorage)
    days = DayRange.parse("2025-01-01..2025-01-20")
    job = dg.Definitions(assets=[plants], jobs=[dg.define_asset_job("grow", "*")]).resolve_job_def("grow")
    result = job.execute_in_process(instance=instance, tags=range_tags(days))
    assert result.success
    key = dg.AssetKey("plants")
    assert instance.get_materialized_partitions(key) == {str(day) for day in days}
    (record,) = instance.event_log_storage.get_asset_check_execution_history(dg.AssetCheckKey(key, "is_fine"), limit=100)
    assert record.status.value == "SUCCEEDED"
    assert instance.get_latest_materialization_event(key).asset_materialization.partition == "2025-01-20"
    everything = instance.all_logs(result.run_id)
    own = SqliteEventLogStorage(str(instance.event_log_storage._base_dir))
    assert len(own.get_logs_for_run(result.run_id)) == len(everything)


def test_preparing_twice_changes_nothing(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    own = settings.model_copy(update={"dagster_home": tmp_path})
    prepare(own)
    before = (tmp_path / "dagster.yaml").read_text()
    prepare(own)
    assert (tmp_path / "dagster.yaml").read_text() == before
