"""`greenhouse tables`: what a table's row says of the checks of its last publish, or refusal."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from cli.look import columns_of, detail, last_checks, missing_days, status, tables
from lakehouse.errors import LakeError
from lakehouse.publishing.publish_ledgers import CHECKS, standing_checks
from lakehouse.shop.home import adopt_shop
from lakehouse.tables import ledger
from tests.lakehouse.built import build, land
from tests.lakehouse.corner_shop import CornerShop

AT = datetime(2011, 3, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "ledger"),
        ((5, 1, 8), "2 of 8 FAILED"),
        ((5, 1, 6), "5 passed"),
        ((0, 3, 3), "no rows to judge"),
        ((0, 0, 1), "1 of 1 FAILED"),
    ],
)
def test_what_failed_goes_before_what_passed(found, said):
    assert status(found) == said


def check(publish_id, hours, name, passed=True, rows=5, published=True):
    return {
        "publish_id": publish_id, "run_id": "r", "table_name": "silver.orders", "table_version": 1 if published else None, "published": published,
        "first_day": date(2011, 3, 25), "last_day": date(2011, 3, 25), "checked_at": AT + timedelta(hours=hours), "check_name": name,
        "severity": "error", "passed": passed, "column_name": None, "rows": rows, "failing_rows": 0 if passed else 1, "failing_days": "[]",
        "observed": None,
    }  # fmt: skip


def test_the_last_publish_or_refusal_counts_and_of_what_stands_the_last_publish(settings, tmp_path):
    lake = CornerShop(settings, None, tmp_path).lake
    assert last_checks(lake) == {}
    earlier = [check("one", 0, "a", passed=False), check("one", 0, "b")]
    ledger.append(lake, CHECKS, [*earlier, check("two", 1, "a"), check("two", 1, "b", rows=0)])
    assert last_checks(lake) == {"silver.orders": (1, 1, 2)}
    ledger.append(lake, CHECKS, [check("three", 2, "a", passed=False, published=False)])
    assert last_checks(lake) == {"silver.orders": (0, 0, 1)}
    assert {each.name: (each.passed, each.rows) for each in standing_checks(lake, "silver.orders")} == {"a": (True, 5), "b": (True, 0)}


def test_a_table_is_told_by_its_columns_with_the_currency_of_the_shop(settings, tmp_path, capsys, monkeypatch):
    shop = CornerShop(settings, None, tmp_path)
    shop.reload("currency: KWD\n" + (tmp_path / "source.yaml").read_text())
    monkeypatch.setenv("GREENHOUSE_HOME", str(shop.lake.settings.home))
    adopt_shop(shop.lake.settings, tmp_path / "source.yaml")
    tables("kpis.daily_sales")
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["net_revenue", "decimal(18,3)", "KWD"] in [words[:3] for words in told]
    assert ["units_sold", "decimal(18,4)", "units"] in [words[:3] for words in told]
    with pytest.raises(LakeError, match="no table kpis"):
        columns_of(shop.lake, "kpis.daily_sale")


def test_a_table_is_told_by_its_files_and_by_the_versions_that_live_models_pin(settings, tmp_path):
    lake = CornerShop(settings, None, tmp_path).lake
    for _ in range(3):
        write_deltalake(lake.path("silver.orders"), pa.table({"n": [1]}), mode="append")
    trained = {"model_name": "purchase", "version": 4, "is_champion": True, "kind": "k", "input_versions_json": '{"silver.orders": 1}'}
    write_deltalake(lake.path("models.model_versions"), pa.Table.from_pylist([trained]))
    found = {row[0]: row for row in detail(lake)}
    assert set(found) == {"silver.orders", "models.model_versions"}, "what was never published takes nothing"
    assert (found["silver.orders"][1], found["silver.orders"][3:]) == (3, (3, "1 (purchase 4)"))
    assert found["models.model_versions"][4] == ""


def test_a_table_lacks_the_days_that_could_be_built_up_to_the_newest_of_silver(settings, tmp_path):
    lake = CornerShop(settings, None, tmp_path).lake
    assert missing_days(lake) == {}
    days = [date(2011, 3, day) for day in range(25, 30)]
    land(lake, "lines", days)
    build(lake, "silver.orders", days[:4])
    build(lake, "kpis.daily_sales", [days[0], days[2]])
    found = missing_days(lake)
    assert found["kpis.daily_sales"] == {days[1], days[3]}
    assert found["partials.customer_product_day"] == set(days[:4])
    assert "silver.orders" not in found
