"""A day that was built and is made otherwise, which no file tells of, marks what was made of it; made again as it was, it marks nothing."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from lakehouse.days import DayRange
from lakehouse.publishing.invalidation import open_marks
from lakehouse.publishing.rewritten import rewritten_days
from lakehouse.tables.run import RunInfo
from tests.lakehouse.corner_shop import SOURCE, CornerShop, give_key, line
from tests.trials.month import rows_of

DAY = date(2011, 3, 25)
DAYS = ("2011-03-25", "2011-03-26", "2011-03-27", "2011-03-28")
TABLES = ("silver.orders", "partials.customer_product_day", "kpis.daily_sales", "features.customer_product_daily")
TENFOLD = SOURCE.format(lateness=0, last_day="2011-04-05").replace("try_cast(quantity AS int)", "10 * try_cast(quantity AS int)")


def built(settings, spark, folder):
    made = CornerShop(settings, spark, folder)
    give_key(made.lake.settings.home)
    for number, day in enumerate(DAYS):
        made.deliver(day, [line(number, day, quantity=number + 1)])
    for table in ("bronze.lines", *TABLES):
        made.publish(table, f"{DAYS[0]}..{DAYS[-1]}")
    return made


def marked(made):
    return {(mark.table, tuple(str(day)[-2:] for day in mark.days)) for mark in open_marks(made.lake)}


def test_a_middle_day_of_another_select_reaches_the_days_that_look_back_on_it(settings, spark, tmp_path):
    """In the same run; what stands then is what a shop has whose line of that day alone said so from the start."""
    made, wanted = built(settings, spark, tmp_path / "a"), built(settings, spark, tmp_path / "b")
    made.reload(TENFOLD)
    for table in TABLES:
        made.publish(table, DAYS[1])
    assert marked(made) == set()
    units = {str(row["day"]): row["units_90d"] for row in made.rows("features.customer_product_daily")}
    assert units == {DAYS[0]: 1, DAYS[1]: 21, DAYS[2]: 24, DAYS[3]: 28}
    assert {str(row["day"]): row["sold_amount"] for row in made.rows("kpis.daily_sales")}[DAYS[1]] == Decimal("50.00")
    for table in TABLES:
        others = [{row for row in rows_of(each.lake, table) if f"date({DAYS[1][:4]}, 3, 25)" in row} for each in (made, wanted)]
        assert others[0] == others[1], "what no such day is in stands as it was"


@pytest.mark.parametrize("day", [DAYS[1], DAYS[3]])
def test_a_click_on_one_table_leaves_marks_that_the_next_run_follows(settings, spark, tmp_path, day):
    """Of a day between, and of the newest."""
    made = built(settings, spark, tmp_path)
    made.reload(TENFOLD)
    made.publish("silver.orders", day)
    number = DAYS.index(day)
    later = tuple(each[-2:] for each in DAYS[number:])
    of_the_day = (day[-2:],)
    assert marked(made) >= {
        ("kpis.daily_sales", of_the_day),
        ("partials.customer_product_day", of_the_day),
        ("features.customer_product_daily", later),
    }
    for table in TABLES[1:]:
        made.publish(table, DAYS[3])
    amounts = {str(row["day"]): row["sold_amount"] for row in made.rows("kpis.daily_sales")}
    assert amounts[day] == Decimal("2.50") * 10 * (number + 1)
    units = {str(row["day"]): row["units_90d"] for row in made.rows("features.customer_product_daily")}
    assert units[DAYS[3]] == 10 + 9 * (number + 1)


def test_days_made_again_as_they_were_mark_nothing(settings, spark, tmp_path):
    made = built(settings, spark, tmp_path)
    for table in TABLES:
        made.publish(table, f"{DAYS[1]}..{DAYS[2]}")
    assert open_marks(made.lake) == []
    assert not made.lake.exists("monitoring.stale_days") or made.rows("monitoring.stale_days") == []


def test_single_columns_that_are_backfilled_are_not_compared():
    """They have versions of their own, and a column that is new has other values on every day."""
    run = SimpleNamespace(
        built=frozenset({DAY}), asked=DayRange(DAY, DAY), written=(DAY,), info=RunInfo("r", "a test", "test", only_columns=("units_90d",))
    )  # fmt: skip
    assert rewritten_days(run, None, None) == set()


def test_of_a_table_with_history_all_is_compared_and_its_readers_are_marked_from_that_day_on(settings, spark, tmp_path):
    made, source = CornerShop(settings, spark, tmp_path), SOURCE.format(lateness=0, last_day="2011-04-05").replace("tables:\n", GOODS)
    made.reload(source)
    (made.folder / "landing" / "goods").mkdir()
    for number, day in enumerate(DAYS):
        made.deliver(day, [line(number, day)])
        (made.folder / "landing" / "goods" / f"{day}.csv").write_text("product\nfern\n")
    for table in ("bronze.lines", "bronze.goods", "silver.orders", "silver.products", "partials.customer_attribute_day"):
        made.publish(table, f"{DAYS[0]}..{DAYS[-1]}")
    made.publish("silver.products", DAYS[1])
    assert open_marks(made.lake) == []
    made.reload(source.replace("'low' AS light_need", "'high' AS light_need"))
    made.publish("silver.products", DAYS[1])
    assert {row["light_need"] for row in made.rows("silver.products")} == {"high"}
    assert marked(made) == {("partials.customer_attribute_day", ("26", "27", "28"))}


GOODS = """\
  goods:
    files: "goods/{day}.csv"
    columns: [{name: product, description: x}]
tables:
  products:
    accounts_for: goods
    select: |
      SELECT product AS product_id, product AS name, product AS product_group, cast(null AS decimal(18,4)) AS price, 'low' AS light_need,
        true AS is_goods, lineage FROM goods
"""
