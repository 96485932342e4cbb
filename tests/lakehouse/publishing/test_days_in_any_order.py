"""Four days of a shop with late, repeated and bad lines, in an order nobody would choose: what is left is what one run over all of them leaves."""

import random
from datetime import date, timedelta

from lakehouse.errors import AuditFailed
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.publishing.built_days import BuiltDays
from tests.lakehouse.corner_shop import CornerShop, give_key, line
from tests.trials.month import rows_of

TABLES = ("bronze.lines", "silver.orders", "kpis.daily_sales", "partials.customer_product_day", "features.customer_product_daily")
FIRST, DAYS = date(2011, 3, 25), 4
SEED, ORDER = 3, (27, 25, 28, 26)  # of the first day, that of those before, over a hole, and what is left


def delivered(rng):
    """By day, its file: most lines of the day, some of the day before, one in nine twice; the third day has no sale."""
    found, number = {FIRST + timedelta(days=n): [] for n in range(DAYS)}, 0
    for day in found:
        for _ in range(0 if day == FIRST + timedelta(days=2) else 9):
            number += 1
            file = rng.choice([each for each in found if day <= each <= day + timedelta(days=1)])
            found[file] += [line(number, str(day), customer=f"c{number % 3}", product=f"p{number % 2}")] * (2 if number % 9 == 0 else 1)
    return found


def shop(settings, spark, folder, files):
    made = CornerShop(settings, spark, folder, lateness=1)
    give_key(made.lake.settings.home)
    for day, lines in files.items():
        made.deliver(str(day), lines)
    return made


def night(made, days, **how):
    """Each table, until one is refused: what stands on it is not tried."""
    try:
        for table in TABLES:
            made.publish(table, days, **how)
    except AuditFailed:
        return False
    return True


def test_days_in_any_order_end_in_what_one_run_leaves(settings, spark, tmp_path):
    files = delivered(random.Random(SEED))
    last = FIRST + timedelta(days=DAYS - 1)
    at_once, shuffled = (shop(settings, spark, tmp_path / name, files) for name in ("at once", "shuffled"))
    assert night(at_once, f"{FIRST}..{last}")
    outcomes = [night(shuffled, f"2011-03-{day}") for day in ORDER]
    assert outcomes == [True, True, False, True]
    assert night(shuffled, str(last), catches_up=True)
    for table in (*TABLES, "quarantine.orders"):
        assert rows_of(shuffled.lake, table) == rows_of(at_once.lake, table), table
    assert [account.unaccounted for account in reconcile(shuffled.lake)] == [0]


def test_a_day_that_late_lines_reach_is_built_by_its_own_file_alone(settings, spark, tmp_path):
    """The file of the 26th, which landed, tells of the 25th too: a line of the 26th that comes on the 27th must not make it pass for built."""
    made = CornerShop(settings, spark, tmp_path, lateness=1)
    made.deliver("2011-03-25", [line(1, "2011-03-25")])
    made.build("2011-03-25")
    made.deliver("2011-03-26", [line(2, "2011-03-26"), line(3, "2011-03-25")])
    made.deliver("2011-03-27", [line(4, "2011-03-27"), line(5, "2011-03-26")])
    made.publish("bronze.lines", "2011-03-26..2011-03-27")
    made.publish("silver.orders", "2011-03-27")
    assert sorted(row["order_id"] for row in made.rows("silver.orders")) == ["1", "2", "4", "5"], "no line that is read is lost"
    assert BuiltDays(made.lake).missing("silver.orders", date(2011, 3, 27)) == {date(2011, 3, 26)}
    made.publish("silver.orders", "2011-03-27", catches_up=True)
    assert sorted(row["order_id"] for row in made.rows("silver.orders")) == ["1", "2", "3", "4", "5"]
    assert [account.unaccounted for account in reconcile(made.lake)] == [0]
