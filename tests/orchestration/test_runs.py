"""What is written down of a run: who asked, which days failed and why, whoever launched it. No engine is asked."""

from datetime import UTC, datetime
from types import SimpleNamespace

import dagster as dg
import pytest

from assets.open_lake import open_lake
from lakehouse.days import DayRange
from lakehouse.errors import AuditFailed, EngineError
from lakehouse.publishing.publication import Publication
from lakehouse.tables.audit_report import AuditReport, CheckResult
from orchestration.definitions import definitions_of
from orchestration.factory import _check_result, _failing_days, _metadata
from orchestration.runs import ASKED_BY, RECORDED, TableSelection, _asker, _failure, ledger_row, run_job
from orchestration.runs import _failing_days as failing_days_of
from orchestration.sensors import _record
from orchestration.tending import tend_job
from tests.lakehouse.corner_shop import CornerShop

AT = datetime(2011, 3, 26, 2, tzinfo=UTC)


@pytest.fixture
def lake(settings, tmp_path):
    """A lake whose engine does not start."""

    def no_engine(_):
        raise EngineError("there is no engine")

    shop = CornerShop(settings, None, tmp_path)
    return open_lake(shop.lake.settings, shop.lake.shop, no_engine)


@pytest.mark.parametrize(
    ("tags", "asker"),
    [
        ({"dagster/schedule_name": "nightly"}, "schedule nightly"), ({"dagster/sensor_name": "train_on_drift"}, "sensor train_on_drift"),
        ({"dagster/backfill": "abc", "user": "ann"}, "backfill abc"), ({"user": "ann"}, "ann"), ({}, "a person in the UI"),
    ],
)  # fmt: skip
def test_who_asked_is_told_by_what_launched_it(tags, asker):
    assert _asker(tags) == asker
    row = ledger_row(SimpleNamespace(run_id="r", job_name="nightly", tags=tags), AT, AT.replace(minute=1), False, None)
    assert (row["asked_by"], row["seconds"], row["outcome"]) == (asker, 60.0, "failure")
    assert ledger_row(SimpleNamespace(run_id="r", job_name="j", tags={**tags, ASKED_BY: "bea"}), AT, AT, True, None)["asked_by"] == "bea"


def test_a_run_that_fails_is_written_down_once_with_its_days_and_its_sentence(lake):
    days = DayRange.parse("2011-03-25..2011-03-27")
    with dg.DagsterInstance.ephemeral() as instance:
        only = TableSelection("kpis.daily_sales", ("orders",))
        done = run_job(definitions_of(lake), "build_history", days, instance, lake, asked_by="a test", only=only)
        (run,) = instance.get_runs()
        _record(lake, run, instance)
    assert (done.succeeded, done.run_id, len(done.failures)) == (False, run.run_id, 1)
    assert run.tags[RECORDED] == "here" and run.tags["greenhouse/columns"] == "orders"
    (row,) = lake.arrow("monitoring.runs").to_pylist()
    told = (row["job"], row["asked_by"], row["outcome"], str(row["first_day"]), str(row["last_day"]), row["tables"])
    assert told == ("build_history", "a test", "failure", "2011-03-25", "2011-03-27", 0)


def test_a_failed_run_that_the_daemon_launched_is_written_down_as_one(lake):
    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(tend_job(lake), status=dg.DagsterRunStatus.FAILURE)
        _record(lake, run, instance)
    assert [row["outcome"] for row in lake.arrow("monitoring.runs").to_pylist()] == ["failure"]


def test_what_finished_is_written_down_by_itself_and_all_else_waits_to_be_switched_on(lake):
    repository = definitions_of(lake).get_repository_def()
    found = {each.name: each.default_status.value for each in (*repository.schedule_defs, *repository.sensor_defs)}
    assert {name for name, status in found.items() if status == "RUNNING"} == {"runs_on_success", "runs_on_failure"}
    assert {name for name, status in found.items() if status == "STOPPED"} == {
        "nightly",
        "weekly_tend",
        "daily_freshness",
        "train_on_drift",
    }


def test_the_weekly_care_tends_what_was_published_and_says_how_much(lake):
    with dg.DagsterInstance.ephemeral() as instance:
        _record(lake, instance.create_run_for_job(tend_job(lake), status=dg.DagsterRunStatus.SUCCESS), instance)
        done = tend_job(lake).execute_in_process(instance=instance)
        (told,) = [event.step_output_data.metadata for event in done.all_node_events if event.is_successful_output]
    assert (told["tables"].value, told["freed_mb"].value) == (1, 0.0)


def event(description=None, error=None, **metadata):
    said = SimpleNamespace(description=description, metadata={name: SimpleNamespace(value=value) for name, value in metadata.items()})
    return SimpleNamespace(step_failure_data=SimpleNamespace(user_failure_data=said if description or metadata else None, error=error))


def test_the_days_that_failed_are_told_each_once_and_in_order():
    events = [event("a", failing_days="2011-03-27, 2011-03-25"), event("b", failing_days="2011-03-25"), event("c"), event(None, None), event("d", failing_days="")]  # fmt: skip
    assert failing_days_of(events) == ("2011-03-25", "2011-03-27")


def test_a_step_that_failed_says_why_in_a_line():
    error = SimpleNamespace(message="ValueError: first\nsecond\n", cause=None)
    assert _failure(event("as it said", error)) == "as it said"
    assert _failure(event(None, error)) == "ValueError: first"
    assert _failure(event(None, SimpleNamespace(message="outer", cause=error))) == "ValueError: first", "what lies below it"
    assert _failure(event(None, None)) == "failed without a reason"


def check(name, *days, passed=False, severity="error", **more):
    return CheckResult(name, passed, severity, None, 9, len(days), days, more.get("observed"), more.get("examples", ()), f"{name}.")


def test_days_that_break_an_error_are_those_that_failed_not_those_of_a_warning():
    checks = (check("a", "2011-03-27", "2011-03-25"), check("b", "2011-03-25"), check("c", "2011-03-26", severity="warning"))
    refused = AuditFailed("no", "silver.orders", AuditReport("silver.orders", checks, 9, {}, ""))
    assert _failing_days(refused) == "2011-03-25, 2011-03-27"


def test_a_check_is_shown_with_its_rows_days_and_examples():
    shown = _check_result(dg.AssetKey("t"), check("a", "2011-03-25", "2011-03-26", observed=0.0, examples=("x", "y")))
    told = {name: value.value for name, value in shown.metadata.items()}
    assert told == {"rows": 9, "failing_rows": 2, "failing_days": "2011-03-25, 2011-03-26", "examples": "x, y", "observed": "0.0"}
    shown = _check_result(dg.AssetKey("t"), check("a", passed=True))
    assert ({name: value.value for name, value in shown.metadata.items()}, shown.passed) == ({"rows": 9, "failing_rows": 0, "failing_days": "none"}, True)  # fmt: skip


def test_a_publish_is_shown_with_its_version_where_it_has_one_and_what_it_noted():
    done = Publication(
        "t.x", "p", 0, 5, tuple(DayRange.parse("2011-03-25..2011-03-26")), (), {}, {"a.b": 3}, 2, 1.234, ("first", "second"), ("7",)
    )
    found = _metadata(done)
    assert (found["delta_version"], found["days_written"], found["quarantined_rows"], found["dagster/row_count"]) == (0, 2, 2, 5)
    assert (found["notes"], found["input_versions"].value) == ("first\nsecond\n7", {"a.b": 3})
    nothing = _metadata(Publication("t.x", "p", None, 0, (), (), {}, {}, 0, 0.0))
    assert "delta_version" not in nothing and "notes" not in nothing
