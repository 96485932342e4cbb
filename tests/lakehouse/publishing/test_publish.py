"""Publishing: what is audited is what becomes visible, days are replaced and nothing else, and late rows restate their own day."""

from decimal import Decimal

import pytest

from lakehouse.errors import AuditFailed
from lakehouse.ingestion.reconcile import reconcile
from tests.lakehouse.corner_shop import SOURCE, line


def totals(corner):
    return {str(row["day"]): row["sold_amount"] for row in corner.rows("kpis.daily_sales")}


def test_bad_rows_go_to_quarantine_with_their_reasons_and_the_night_goes_on(corner):
    good = [line(n, "2011-03-25") for n in range(98)]
    corner.deliver("2011-03-25", [*good, line(98, "2011-03-25", price="-1"), line(99, "2011-03-25", quantity="many")])
    corner.build("2011-03-25", "kpis.daily_sales")
    reasons = {row["source_row"]: row["broken_rules"] for row in corner.rows("quarantine.orders")}
    assert reasons[99] == ["unit_price_is_at_least_0"]
    assert "quantity_is_present" in reasons[100]
    assert totals(corner) == {"2011-03-25": Decimal("245.00")}
    account = reconcile(corner.lake)[0]
    assert (account.landed, account.published, account.quarantined, account.unaccounted) == (100, 98, 2, 0)
    assert account.balances


def test_one_bad_day_refuses_the_whole_range_and_is_named(corner):
    for day in ("2011-03-25", "2011-03-26", "2011-03-27"):
        corner.deliver(day, [line(n, day, price="-1" if day == "2011-03-26" and n < 6 else "2.50") for n in range(10)])
    corner.build("2011-03-25")
    before, files = corner.lake.version("silver.orders"), sorted(corner.lake.delta("silver.orders").file_uris())
    corner.publish("bronze.lines", "2011-03-25..2011-03-27")
    with pytest.raises(AuditFailed) as caught:
        corner.publish("silver.orders", "2011-03-25..2011-03-27")
    assert "on 2011-03-26 (6 of 30 rows)" in caught.value.message
    assert "percent_of_rows_are_quarantined" in caught.value.message
    assert corner.lake.version("silver.orders") == before
    assert sorted(corner.lake.delta("silver.orders").file_uris()) == files
    refused = [row for row in corner.rows("monitoring.check_results") if not row["passed"]]
    assert [(row["published"], row["failing_days"]) for row in refused] == [(False, '["2011-03-26"]')]


def test_days_in_any_order_any_number_of_times_leave_the_same_content(corner):
    days = ("2011-03-25", "2011-03-26", "2011-03-27")
    for number, day in enumerate(days):
        corner.deliver(day, [line(n, day, quantity=n + number) for n in range(1, 4)])
    corner.build("2011-03-25..2011-03-27", "kpis.daily_sales")
    key = lambda row: (row["source_file"], row["source_row"])  # noqa: E731
    first = sorted(corner.rows("silver.orders"), key=key)
    for day in ("2011-03-27", "2011-03-25", "2011-03-26", "2011-03-25"):
        corner.build(day, "kpis.daily_sales")
    assert sorted(corner.rows("silver.orders"), key=key) == first
    assert len(totals(corner)) == 3


def test_a_day_that_became_empty_empties_its_partition(corner):
    corner.deliver("2011-03-25", [line(1, "2011-03-25")])
    corner.build("2011-03-25", "kpis.daily_sales")
    assert totals(corner)
    corner.lake.spark.sql(f"DELETE FROM delta.`{corner.lake.path('silver.orders')}`").collect()
    corner.publish("kpis.daily_sales", "2011-03-25")
    assert totals(corner) == {}


def test_a_late_event_restates_its_own_day_and_no_other(late_corner):
    corner = late_corner
    corner.deliver("2011-03-25", [line(1, "2011-03-25")])
    corner.deliver("2011-03-26", [line(2, "2011-03-26")])
    corner.deliver("2011-03-27", [line(3, "2011-03-27"), line(4, "2011-03-25", quantity=10)])
    for day in ("2011-03-25", "2011-03-26"):
        corner.build(day, "kpis.daily_sales")
    assert totals(corner) == {"2011-03-25": Decimal("2.50"), "2011-03-26": Decimal("2.50")}
    corner.publish("bronze.lines", "2011-03-27")
    silver = corner.publish("silver.orders", "2011-03-27")
    sales = corner.publish("kpis.daily_sales", "2011-03-27")
    assert [str(day) for day in silver.days] == [str(day) for day in sales.days] == ["2011-03-25", "2011-03-27"]
    assert totals(corner) == {"2011-03-25": Decimal("27.50"), "2011-03-26": Decimal("2.50"), "2011-03-27": Decimal("2.50")}
    late = [row for row in corner.rows("silver.orders") if str(row["known_day"]) != str(row["day"])]
    assert [(row["order_id"], str(row["day"]), str(row["known_day"])) for row in late] == [("4", "2011-03-25", "2011-03-27")]


def test_an_event_later_than_allowed_is_quarantined(late_corner):
    corner = late_corner
    corner.deliver("2011-03-29", [*[line(n, "2011-03-29") for n in range(40)], line(41, "2011-03-25")])
    corner.build("2011-03-29")
    assert [row["broken_rules"] for row in corner.rows("quarantine.orders")] == [["event_is_within_the_lateness_allowance"]]


def test_declared_duplicates_are_kept_once_and_counted(corner):
    corner.deliver("2011-03-25", [line(1, "2011-03-25"), line(2, "2011-03-25"), line(1, "2011-03-25")])
    corner.build("2011-03-25")
    assert sorted(row["source_row"] for row in corner.rows("silver.orders")) == [2, 3], "in a file the last counts"
    account = reconcile(corner.lake)[0]
    assert (account.published, account.quarantined, account.duplicates) == (2, 0, 1)
    assert account.balances


def test_a_local_day_is_the_shops_own_across_the_change_of_clocks(corner):
    """On 27 March 2011 London's clocks go forward: half past midnight on the 28th is still the 27th in UTC."""
    corner.deliver("2011-03-28", ["1,anna,fern,1,2.50,2011-03-28 00:30:00"])
    corner.build("2011-03-28")
    (row,) = corner.rows("silver.orders")
    assert str(row["day"]) == "2011-03-28"
    assert row["event_at"].isoformat() == "2011-03-27T23:30:00+00:00"
    assert row["known_at"].isoformat() == "2011-03-28T22:59:59.999999+00:00"


def test_customers_are_carried_as_a_keyed_hash(corner):
    import hashlib
    import hmac

    corner.deliver("2011-03-25", [line(1, "2011-03-25", customer="anna"), line(2, "2011-03-25", customer="")])
    corner.build("2011-03-25")
    keys = {row["source_row"]: row["customer_key"] for row in corner.rows("silver.orders")}
    assert keys[1] == hmac.new(corner.lake.secrets.customer_key(), b"anna", hashlib.sha256).hexdigest()[:32]
    assert keys[2] is None


def test_a_day_that_is_clean_when_it_is_judged_again_leaves_nothing_in_quarantine(corner):
    corner.deliver("2011-03-25", [*(line(n, "2011-03-25") for n in range(1, 40)), line(40, "2011-03-25", price="-1")])
    corner.build("2011-03-25")
    assert [row["source_row"] for row in corner.rows("quarantine.orders")] == [40]
    text, price = SOURCE.format(lateness=0, last_day="2011-04-05"), "try_cast(price AS decimal(18,4))"
    corner.reload(text.replace(price, f"abs({price})"))
    corner.publish("silver.orders", "2011-03-25")
    assert (len(corner.rows("silver.orders")), corner.rows("quarantine.orders")) == (40, [])
