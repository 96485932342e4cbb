"""A column that code and contract gave up, though it was required: the table goes on without it and keeps what it held."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import wraps

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakehouse.contracts.model import Column, Contract
from lakehouse.errors import ContractError
from lakehouse.publishing.commit import ensure_table
from tests.lakehouse.corner_shop import CornerShop, line

TABLE = "kpis.daily_sales"


def give_up(corner, column):
    """As if today's code made that column no more."""
    lake, contract = corner.lake, corner.lake.contract(TABLE)
    left = tuple(each for each in contract.columns if each.name != column)
    rules = tuple(rule for rule in contract.rules if column not in {*rule.columns, rule.column})
    made = lake.tables[TABLE]

    @wraps(made.function)
    def without(*given, **named):
        return made.function(*given, **named).drop(column)

    corner.lake = replace(
        lake,
        contracts={**lake.contracts, TABLE: replace(contract, columns=left, rules=rules)},
        tables={**lake.tables, TABLE: replace(made, function=without)},
    )


def test_new_days_are_published_without_it_and_the_old_ones_keep_it(corner):
    for number, day in enumerate(("2011-03-25", "2011-03-26")):
        corner.deliver(day, [line(number, day)])
    corner.build("2011-03-25..2011-03-26")
    corner.publish(TABLE, "2011-03-25")
    give_up(corner, "identified_customers")
    done = corner.publish(TABLE, "2011-03-26")
    assert all(check.passed for check in done.checks)
    rows = {str(row["day"]): row for row in corner.rows(TABLE)}
    assert {day: row["identified_customers"] for day, row in rows.items()} == {"2011-03-25": 1, "2011-03-26": None}
    assert {row["order_lines"] for row in rows.values()} == {1}


def test_a_column_of_another_case_than_stands_is_refused_before_the_engine_is_asked(settings, tmp_path):
    lake = CornerShop(settings, None, tmp_path).lake
    columns = (Column("day", "date", required=True), Column("Units", "int"), Column("more", "int"))
    lake.contracts["kpis.cased"] = Contract("kpis.cased", "kpis", "cased", "", "1", "us", columns, ("day",), "day")
    write_deltalake(lake.path("kpis.cased"), pa.table({"day": [date(2011, 3, 25)], "units": [1]}))
    with pytest.raises(ContractError, match=r"the table has units \(not Units\)"):
        ensure_table(lake, "kpis.cased")
