"""What the UI says of a table's checks: passed, failed, or skipped where there was nothing to judge."""

import asyncio
import logging
from dataclasses import replace

import pytest
from dagster._core.loader import LoadingContextForTest

from cli import look
from lakehouse.days import DayRange
from orchestration.definitions import definitions_of
from orchestration.freshness import CHECK as FRESHNESS
from orchestration.instance import instance_of
from orchestration.keys import key_of
from orchestration.partitions import range_tags
from orchestration.runs import TableSelection, run_job
from tests.lakehouse.corner_shop import CornerShop, line

DAY, CLOSED = DayRange.parse("2011-03-25"), DayRange.parse("2011-03-26")
BRONZE, PRODUCTS, ORDERS = "bronze.lines", "silver.products", "silver.orders"


@pytest.fixture
def corner(settings, spark, tmp_path):
    shop = CornerShop(settings, spark, tmp_path)
    shop.reload((tmp_path / "source.yaml").read_text().replace("inputs:\n", f"closed_days: [{CLOSED}]\ninputs:\n"))
    return shop


@pytest.fixture
def instance(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return instance_of(settings.model_copy(update={"dagster_home": tmp_path / "dagster"}))


@pytest.fixture
def definitions(corner):
    return definitions_of(corner.lake)


@pytest.fixture
def run(corner, instance, definitions):
    """Run one table of the shop, which sells and tells nothing of its products; what comes back is whether it ended well."""
    return lambda table, days=DAY: run_job(
        definitions, "build_history", days, instance, corner.lake, asked_by="a test", only=TableSelection(table)
    )


@pytest.fixture
def shown(instance, definitions):
    """What the UI shows of a table's checks, each said once."""

    def of(table):
        keys = [key for key in definitions.resolve_asset_graph().get(key_of(table)).check_keys if key.name != FRESHNESS]
        records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
        assert set(records) == set(keys), "each was planned"
        context = LoadingContextForTest(instance)
        return {asyncio.run(record.resolve_status(context)).value for record in records.values()}

    return of


def status(corner, table):
    return look.status(look.last_checks(corner.lake).get(table))


def test_what_was_not_judged_is_not_shown_as_passed(corner, run, shown, instance):
    assert run(BRONZE, CLOSED).succeeded
    assert shown(BRONZE) == {"SKIPPED"}, "no file was to come"
    assert corner.rows(BRONZE) == []
    corner.deliver(str(DAY), [line(1, str(DAY))])
    for told in ("what came was judged", "nothing is new, and what was judged stands"):
        assert run(BRONZE).succeeded
        assert shown(BRONZE) == {"SUCCEEDED"}, told
    assert run(PRODUCTS).succeeded
    assert shown(PRODUCTS) == {"SKIPPED"}, "the shop has none"
    assert instance.get_materialized_partitions(key_of(PRODUCTS)) == {str(DAY)}
    assert status(corner, PRODUCTS) == "no rows to judge"
    assert status(corner, BRONZE).endswith(" passed")


def test_a_check_that_failed_is_shown_so_although_nothing_was_published(corner, run, shown):
    corner.deliver(str(DAY), [line(1, str(DAY), price="-1")])
    assert run(BRONZE).succeeded
    assert not run(ORDERS).succeeded
    assert "FAILED" in shown(ORDERS)
    assert status(corner, ORDERS) == "1 of 2 FAILED"


def test_a_publish_of_which_a_check_was_not_judged_has_failed(corner, run):
    """As where a contract lost a rule while the UI, which knows it, went on."""
    contract = corner.lake.contract(BRONZE)
    corner.lake.contracts[BRONZE] = replace(contract, rules=contract.rules[1:])
    corner.deliver(str(DAY), [line(1, str(DAY))])
    outcome = run(BRONZE)
    assert outcome.failures == (f"{BRONZE}: published, but nobody judged {contract.rules[0].name}",)


def test_what_a_missing_result_holds_up_is_not_said_of_every_check(definitions, caplog):
    plan = logging.getLogger("dagster._core.execution.plan.active")
    with caplog.at_level(logging.WARNING):
        plan.warning("Blocking asset check 'silver/products:a' emitted no result in step 's'; downstream step 't' will proceed")
        plan.warning("something else")
    assert caplog.messages == ["something else"]


def test_checks_are_not_run_without_their_table(corner, instance, definitions):
    key = key_of(ORDERS)
    job = definitions.resolve_job_def("build_history")
    checks = {check for check in job.asset_layer.asset_graph.asset_check_keys if check.asset_key == key}
    alone = job.get_subset(asset_selection=set(), asset_check_selection=checks)
    result = alone.execute_in_process(instance=instance, tags=range_tags(DAY), raise_on_error=False)
    (failed,) = result.get_step_failure_events()
    assert failed.step_failure_data.user_failure_data.description == (
        "silver.orders: its checks are judged where it is published; materialise the table"
    )
