"""The tag by which a run in the UI writes some columns alone: of its tables, or it is refused before anything is written."""

from __future__ import annotations

import pytest

from assets.open_lake import open_lake
from lakehouse.days import DayRange
from lakehouse.errors import EngineError
from lakehouse.settings import Settings
from lakehouse.shop.home import adopt_shop
from orchestration.definitions import definitions_of
from orchestration.instance import instance_of
from orchestration.keys import key_of
from orchestration.partitions import range_tags
from orchestration.runs import COLUMNS, _failure
from tests.lakehouse.corner_shop import lay_out

STARTED = "the engine was asked for"


@pytest.fixture
def launch(tmp_path):
    """Runs `backfill_features`, or some tables of it, under that tag; the sentences of its failed steps, none of which may start the engine unasked."""
    home = tmp_path / "home"
    own = Settings(home=home, lake=str(home / "lake"), spark_remote=None, dagster_home=home / "dagster", dagster_storage=None)

    def no_engine(_):
        raise EngineError(STARTED)

    lake = open_lake(own, adopt_shop(own, lay_out(home / "corner")), no_engine)
    job = definitions_of(lake).resolve_job_def("backfill_features")

    def launched(columns: str, *tables: str) -> list[str]:
        with instance_of(own) as instance:
            result = job.execute_in_process(
                instance=instance, tags={**range_tags(DayRange.parse("2011-03-25")), COLUMNS: columns}, raise_on_error=False,
                asset_selection=[key_of(table) for table in tables] or None,
            )  # fmt: skip
            assert not (home / "lake" / "features").exists()
            return [_failure(event) for event in result.get_step_failure_events()]

    return launched


def test_a_job_with_tables_that_lack_the_column_is_refused_at_once(launch):
    failures = launch("orders_7d")
    assert len(failures) > 1
    assert len(set(failures)) == 1
    assert "nothing was written" in failures[0] and "partials.customer_day" in failures[0]
    assert "materialise features.customer_daily" in failures[0]


def test_an_unknown_column_is_refused_by_its_name(launch):
    (failure,) = launch("orders_7d, ordres_7d", "features.customer_daily")
    assert "ordres_7d is no column" in failure


def test_the_tables_that_have_it_are_gone_on_with(launch):
    for failure in launch("orders_7d", "features.customer_daily"):
        assert "refused" not in failure
    two = launch("orders_7d, units_7d", "features.customer_daily", "features.product_daily")
    assert two and not any("refused" in failure for failure in two)
