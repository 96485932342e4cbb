"""Days looked back on that were never published are told, and none where every day was."""

from tests.lakehouse.shop import line

TOLD = "what looks back there sees less"


def test_days_never_published_are_told_by_what_looks_back_on_them(corner):
    for day in ("2011-03-25", "2011-03-27"):
        corner.deliver(day, [line(1, day)])
        corner.build(day)
    for table in ("silver.impressions", "partials.customer_product_day"):
        corner.publish(table, "2011-03-25")
    first = corner.publish("features.customer_product_daily", "2011-03-25")
    assert "notes" not in first.facts
    later = corner.publish("features.customer_product_daily", "2011-03-27..2011-03-28")
    assert later.facts["notes"] == [
        f"partials.customer_product_day was never published for 2011-03-26..2011-03-28: {TOLD}",
        f"silver.orders was never published for 2011-03-26, 2011-03-28: {TOLD}",
    ]
    assert "notes" not in corner.publish("partials.product_day", "2011-03-27").facts, "this shop has no impressions to miss"


def test_a_day_published_without_rows_is_no_gap(corner):
    for day in ("2011-03-25", "2011-03-26", "2011-03-27"):
        corner.deliver(day, [line(1, day)] if day == "2011-03-25" else [])
    for table in ("bronze.lines", "silver.orders", "partials.customer_product_day"):
        corner.publish(table, "2011-03-25..2011-03-27")
    assert "notes" not in corner.publish("features.customer_product_daily", "2011-03-27").facts
