"""What `train_on_drift` decides on a lake's own tables: when it skips and why, what it asks for, and of which version it speaks."""

from datetime import date, timedelta

import dagster as dg
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakehouse.days import DayRange
from models.versions import VERSIONS
from monitoring.policy import POLICY
from orchestration.jobs import jobs_of
from orchestration.runs import RECORDED
from orchestration.sensors import DRIFT, _asked, _record, last_trained_day, train_on_drift
from tests.lakehouse.corner_shop import CornerShop

TRAINED = date(2011, 6, 1)
DRIFTED, CALM = 0.9, 0.01
FEATURES = ("orders_7d", "orders_30d", "spend_30d", "score")


@pytest.fixture
def lake(settings, tmp_path):
    """A lake without an engine: a sensor reads Delta tables alone."""
    return CornerShop(settings, None, tmp_path).lake


def trained(lake, *days):
    rows = [{"model_name": "purchase", "version": number, "as_of_day": day} for number, day in enumerate(days, 1)]
    write_deltalake(lake.path(VERSIONS), pa.Table.from_pylist(rows), mode="append")


def measured(lake, afters, psi, version=1):
    """Rows of `monitoring.drift`, days counted from the training, every feature alike."""
    calm = {"psi_noise": 0.0, "missing_share": 0.0, "reference_missing_share": 0.0, "unseen_share": 0.0, "rows": POLICY.rows}
    of_model = {"model_name": "purchase", "model_version": version}
    rows = [
        {"day": TRAINED + timedelta(days=after), "feature": name, "psi": psi, **calm, **of_model} for after in afters for name in FEATURES
    ]
    write_deltalake(lake.path(DRIFT), pa.Table.from_pylist(rows), mode="append", partition_by="day")


def tick(lake):
    """One tick: what it asks for, or why it does not."""
    (job,) = (job for job in jobs_of(lake) if job.name == "train")
    with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance=instance) as context:
        found = train_on_drift(lake, job)(context)
    return ([], found.skip_message) if isinstance(found, dg.SkipReason) else (found.run_requests, None)


def test_it_waits_for_a_first_night_and_a_first_model(lake):
    assert tick(lake) == ([], "there is no drift to judge yet: no night has been watched")
    measured(lake, [20], DRIFTED)
    assert tick(lake) == ([], "there is no drift to judge yet: no night has been watched"), "nothing was trained either"


def test_calm_days_ask_for_nothing(lake):
    trained(lake, TRAINED)
    measured(lake, range(14, 21), CALM)
    assert tick(lake) == ([], "0 of the last 7 days drifted; 3 ask for a training")


def test_it_asks_for_a_training_over_all_days_and_says_why(lake):
    trained(lake, TRAINED)
    measured(lake, range(14, 18), CALM)
    measured(lake, range(18, 21), DRIFTED)
    (asked,), skipped = tick(lake)
    assert skipped is None
    assert asked.run_key == "drift-2011-06-21"
    assert asked.tags["dagster/asset_partition_range_start"] == str(lake.shop.first_day)
    assert asked.tags["dagster/asset_partition_range_end"] == "2011-06-21"
    assert asked.tags["greenhouse/reason"].startswith("3 of the last 7 days drifted; on 2011-06-21: orders_30d (PSI 0.90)")
    assert asked.tags["greenhouse/asked_by"] == f"sensor train_on_drift: {asked.tags['greenhouse/reason']}"


def test_a_tick_that_is_repeated_asks_for_the_same_run_and_a_new_day_for_another(lake):
    trained(lake, TRAINED)
    measured(lake, range(18, 21), DRIFTED)
    keys = [tick(lake)[0][0].run_key for _ in range(2)]
    measured(lake, [21], DRIFTED)
    assert [*keys, tick(lake)[0][0].run_key] == ["drift-2011-06-21", "drift-2011-06-21", "drift-2011-06-22"]


@pytest.mark.parametrize(("last", "asks"), [(POLICY.cooldown_days - 1, False), (POLICY.cooldown_days, True)])
def test_the_cooldown_counts_from_the_last_training_whether_it_won_or_not(lake, last, asks):
    trained(lake, TRAINED - timedelta(days=60), TRAINED)
    measured(lake, range(last - 3, last + 1), DRIFTED)
    requests, skipped = tick(lake)
    assert bool(requests) is asks
    assert asks or "the last training was on 2011-06-01, less than 14 days before" in skipped


def test_days_that_another_version_served_say_nothing_of_the_one_that_serves(lake):
    trained(lake, TRAINED)
    measured(lake, range(14, 20), DRIFTED, version=1)
    measured(lake, [20], CALM, version=2)
    assert tick(lake) == ([], "0 of the last 7 days drifted; 3 ask for a training")


def test_a_version_that_serves_since_two_days_is_judged_by_them_alone(lake):
    trained(lake, TRAINED)
    measured(lake, range(14, 20), CALM, version=1)
    measured(lake, range(20, 22), DRIFTED, version=2)
    requests, skipped = tick(lake)
    assert (requests, skipped) == ([], "2 of the last 7 days drifted; 3 ask for a training")


def test_what_drifted_long_ago_is_not_looked_at(lake):
    trained(lake, TRAINED)
    measured(lake, range(14, 20), DRIFTED)
    measured(lake, range(90, 97), CALM)
    assert tick(lake)[0] == []


def test_a_version_trained_last_counts_whichever_row_stands_first(lake):
    trained(lake, TRAINED, TRAINED - timedelta(days=60))
    assert last_trained_day(lake) == TRAINED


@pytest.mark.parametrize(
    ("tags", "days"),
    [
        (
            {"dagster/asset_partition_range_start": "2011-03-25", "dagster/asset_partition_range_end": "2011-03-28"},
            "2011-03-25..2011-03-28",
        ),
        ({"dagster/partition": "2011-03-25"}, "2011-03-25"),
        ({}, "None"),
    ],
)
def test_a_run_is_written_down_with_the_days_it_was_asked_for_and_once(lake, tags, days):
    assert str(_asked(tags)) == days
    with dg.DagsterInstance.ephemeral() as instance:
        seen, written_here = (
            instance.create_run_for_job(_nothing, tags={**tags, **more}, status=dg.DagsterRunStatus.SUCCESS)
            for more in ({}, {RECORDED: "here"})
        )
        _record(lake, seen, instance)
        _record(lake, written_here, instance)
    (row,) = lake.arrow("monitoring.runs").to_pylist()
    assert (row["run_id"], row["outcome"], row["asked_by"]) == (seen.run_id, "success", "a person in the UI")
    asked = DayRange.parse(days) if tags else None
    assert (row["first_day"], row["last_day"]) == ((asked.first, asked.last) if asked else (None, None))


@dg.job
def _nothing():
    """A job for runs to be of."""
