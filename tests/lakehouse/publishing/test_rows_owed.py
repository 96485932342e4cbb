"""A rule on the number of rows is told the days being written: one without rows breaks it, a closed one does not."""

from dataclasses import replace

import pytest

from lakehouse.contracts.model import Rule
from lakehouse.days import DayRange
from lakehouse.errors import AuditFailed
from lakehouse.publishing.days_to_write import partitions_owed
from lakehouse.tables.run import Run, RunInfo
from tests.lakehouse.corner_shop import line

HAS_ROWS = Rule("a_day_has_rows", "row_count", arguments={"minimum": 1, "maximum": None})
CLOSED = "closed_days: [2011-03-27]\n"


@pytest.fixture
def shop(corner):
    """Open and sold something on the 25th and the 28th, open and sold nothing on the 26th, closed on the 27th."""
    corner.reload((corner.folder / "source.yaml").read_text().replace("inputs:\n", f"{CLOSED}inputs:\n"))
    for number, day in enumerate(("2011-03-25", "2011-03-28")):
        corner.deliver(day, [line(number, day)])
    corner.deliver("2011-03-26", [])
    corner.publish("bronze.lines", "2011-03-25..2011-03-28")
    return corner


def ruled(shop, table):
    contract = shop.lake.contract(table)
    shop.lake.contracts[table] = replace(contract, rules=(*contract.rules, HAS_ROWS))


@pytest.mark.parametrize("table", ["silver.orders", "kpis.daily_sales"])
def test_a_day_without_rows_is_refused_by_name_where_the_contract_says_so(shop, table):
    if table != "silver.orders":
        shop.publish("silver.orders", "2011-03-25..2011-03-28")
    ruled(shop, table)
    with pytest.raises(AuditFailed) as caught:
        shop.publish(table, "2011-03-25..2011-03-28")
    assert "the audit refused 2011-03-25..2011-03-28: a_day_has_rows failed on 2011-03-26. " in caught.value.message
    assert shop.publish(table, "2011-03-27..2011-03-28").rows == 1


def test_a_day_without_rows_is_published_where_no_rule_minds(shop):
    done = shop.publish("silver.orders", "2011-03-25..2011-03-28")
    assert (done.rows, done.rows_by_day) == (2, {"2011-03-25": 1, "2011-03-28": 1})


def owed(shop, table, days):
    contract = shop.lake.contract(table)
    return partitions_owed(Run(shop.lake, shop.lake.tables[table], DayRange.parse(days), RunInfo("r", "a test", "test"), "p"), contract)


def test_open_days_of_the_shop_owe_rows_in_their_partitions(corner):
    corner.reload((corner.folder / "source.yaml").read_text().replace("inputs:\n", "closed_days: [2011-03-27..2011-03-31]\ninputs:\n"))
    assert owed(corner, "silver.orders", "2011-03-24..2011-03-28") == ("2011-03-25", "2011-03-26"), "its first day is the 25th"
    assert owed(corner, "kpis.customer_cohorts_monthly", "2011-03-25..2011-04-02") == ("2011-03-01", "2011-04-01")
    assert owed(corner, "kpis.customer_cohorts_monthly", "2011-03-27..2011-04-02") == ("2011-04-01",)
    assert owed(corner, "silver.customers", "2011-03-25..2011-03-28") == ()
