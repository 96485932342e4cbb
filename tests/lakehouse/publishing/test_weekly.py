"""A weekly table: one partition a week from Monday, made of its days so far, written again by each of them and by corrections."""

from datetime import date

from pyspark.sql import functions as F

from lakehouse.contracts.model import Column, Contract, Rule
from lakehouse.publishing.invalidation import mark, open_marks
from lakehouse.tables.reads import weeks
from lakehouse.tables.registry import Table
from tests.lakehouse.corner_shop import line

NAME = "kpis.units_weekly"
FRIDAY, SATURDAY, MONDAY = "2011-03-25", "2011-03-26", "2011-03-28"
COLUMNS = (
    Column("week", "date", "The week's Monday.", required=True, primary_key=True), Column("units", "decimal(28,3)", "Units sold.", required=True),
)  # fmt: skip


def units_weekly(orders):
    return orders.groupBy(F.trunc("day", "week").alias("week")).agg(F.sum("quantity").cast("decimal(28,3)").alias("units"))


def units(shop):
    return {row["week"]: int(row["units"]) for row in shop.rows(NAME)}


def test_a_weekly_table_is_built_by_the_day_and_whole_by_the_week(corner):
    corner.lake.contracts[NAME] = Contract(
        NAME, "kpis", "units_weekly", "Units of a week.", "1.0.0", "test", COLUMNS, ("week",), "week", "replace_days",
        (Rule("week_is_unique", "unique", "week", ("week",)),),
    )  # fmt: skip
    corner.lake.tables[NAME] = Table(NAME, units_weekly, {"orders": weeks("silver.orders")}, restates=True)
    for day, quantity in ((FRIDAY, 1), (SATURDAY, 2), (MONDAY, 4)):
        corner.deliver(day, [line(int(day[-2:]), day, quantity)])
    corner.build(FRIDAY, NAME)
    corner.build(SATURDAY, NAME)
    assert units(corner) == {date(2011, 3, 21): 3}
    corner.build(MONDAY, NAME)
    assert units(corner) == {date(2011, 3, 21): 3, date(2011, 3, 28): 4}
    mark(corner.lake, "silver.orders", [date(2011, 3, 25)], "a test", "ann", is_rebuild=False)
    (found,) = open_marks(corner.lake, [NAME])
    assert found.days == (date(2011, 3, 25), date(2011, 3, 26)), "the week's days that are built"
    corner.build(MONDAY, NAME)
    assert units(corner) == {date(2011, 3, 21): 3, date(2011, 3, 28): 4} and open_marks(corner.lake) == []
