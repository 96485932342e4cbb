"""`greenhouse reconcile`: what is said of lines that are not accounted for."""

from datetime import date

from cli.reconcile import landed_lines, reason
from lakehouse.reconcile import Account

DAYS = (date(2011, 12, 5), date(2011, 12, 8))


def account(**more):
    return Account(
        **{
            "input": "lines",
            "table": "silver.orders",
            "landed": 10,
            "published": 8,
            "quarantined": 0,
            "duplicates": 0,
            "set_aside": 0,
            "left_out": 0,
            "unaccounted": 2,
            **more,
        }
    )


def test_days_that_were_not_built_are_told_with_the_command_that_builds_them():
    said = "lines in silver.orders: landed, not built yet: 2011-12-05, 2011-12-08; run ./greenhouse run --from 2011-12-05 --to 2011-12-08."
    assert reason(account(not_built=DAYS)) == said


def test_days_whose_lines_were_lost_are_told():
    said = "lines in silver.orders: not every line of 2011-12-05 is accounted for; run the days again, then reconcile."
    assert reason(account(wrong=DAYS[:1])) == said
    assert reason(account(not_built=DAYS[1:], wrong=DAYS[:1])).count("2011-12-05") == 1


def test_an_input_of_two_tables_has_its_lines_counted_once():
    assert landed_lines([account(), account(table="silver.impressions"), account(input="people", landed=3)]) == 13
