"""What a SELECT gives and what silver takes of it: former names, columns that may be left out, and numbers that widen without loss."""

from decimal import Decimal

import pytest

from lakehouse.errors import SourceError
from lakehouse.shop.canonical_columns import as_taken, misfits, todays
from lakehouse.shop.select_problems import lacking
from tests.lakehouse.corner_shop import line

DAY = "2011-03-25"
GIVEN = ["order_id", "customer_id", "product_id", "product_group", "quantity", "is_goods", "is_return", "event_at", "lineage"]


@pytest.mark.parametrize("one", ["unit_price", "amount", "unit_price_gbp", "AMOUNT"])
def test_a_price_or_an_amount_is_enough(one):
    assert list(lacking("orders", [*GIVEN, one])) == []


def test_neither_is_told_once():
    (told,) = lacking("orders", GIVEN)
    assert told == "gives neither unit_price (decimal(18,6)) nor amount (decimal(18,4)); add one of them, as … AS unit_price"


def test_names_from_before_shops_had_a_currency_are_read_as_ever():
    assert todays(["Unit_Price_GBP", "price_gbp", "quantity"]) == ["unit_price", "price", "quantity"]


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        ("int", "decimal(18,4)"), ("bigint", "decimal(18,4)"), ("smallint", "decimal(18,4)"), ("decimal(10,2)", "decimal(18,4)"),
        ("decimal(20,4)", "decimal(18,4)"), ("decimal(18,5)", "decimal(18,5)"), ("double", "double"), ("string", "string"),
    ],
)  # fmt: skip
def test_a_number_widens_where_nothing_can_be_lost(spark, kind, taken):
    df = spark.sql(f"SELECT CAST(3 AS {kind}) AS quantity")
    assert dict(df.select(as_taken(df, "orders")["quantity"].alias("quantity")).dtypes) == {"quantity": taken}


def test_what_comes_in_another_type_is_told_all_at_once_with_its_way_out(spark):
    given = "1.5D AS quantity, 'x' AS unit_price_gbp, 7 AS customer_id, null AS is_return, 1S AS is_goods, current_date() AS event_at, 'a' AS order_id"
    assert misfits(spark.sql(f"SELECT {given}"), "orders") == [
        "gives quantity as double; silver takes decimal(18,4), write try_cast(… AS decimal(18,4)) AS quantity",
        "gives unit_price_gbp as string; silver takes decimal(18,6), write try_cast(… AS decimal(18,6)) AS unit_price_gbp",
        "gives is_goods as smallint; silver takes boolean, write try_cast(… AS boolean) AS is_goods",
        "gives event_at as date; silver takes timestamp, write try_cast(… AS timestamp) AS event_at",
    ]
    assert misfits(spark.sql("SELECT 1S AS hardiness_zone_min, 1 AS stock_units, 1L AS hardiness_zone_max"), "products") == [
        "gives hardiness_zone_max as bigint; silver takes int, write try_cast(… AS int) AS hardiness_zone_max",
    ]


def test_a_type_that_silver_does_not_take_is_refused_with_the_place_in_the_source_file(corner):
    text = (corner.folder / "source.yaml").read_text()
    corner.reload(text.replace("try_cast(price AS decimal(18,4))", "1.5D * price"))
    corner.deliver(DAY, [line(1, DAY)])
    corner.publish("bronze.lines", DAY)
    with pytest.raises(SourceError, match=r"source.yaml: tables.orders.select: gives unit_price as double; silver takes decimal\(18,6\)"):
        corner.publish("silver.orders", DAY)


def test_a_column_of_a_former_name_is_taken_as_todays_and_one_left_out_as_null(spark):
    df = spark.sql("SELECT CAST(7 AS decimal(18,4)) AS PRICE_GBP, 3 AS stock_units, null AS is_goods")
    taken = as_taken(df, "products")
    found = df.select(*(taken[name].alias(name) for name in ("price", "stock_units", "light_need", "is_goods")))
    assert dict(found.dtypes) == {"price": "decimal(18,6)", "stock_units": "decimal(18,4)", "light_need": "string", "is_goods": "boolean"}
    assert tuple(found.collect()[0]) == (Decimal("7.000000"), Decimal("3.0000"), None, None)


def test_a_number_too_large_becomes_null_and_no_error(spark):
    df = spark.sql("SELECT 9223372036854775807 AS quantity, CAST(7 AS decimal(10,2)) AS amount")
    taken = as_taken(df, "orders")
    row = df.select(*(taken[name].alias(name) for name in ("quantity", "amount", "unit_price"))).collect()[0]
    assert tuple(row) == (None, Decimal("7.0000"), None)


def test_a_shop_tells_amounts_and_weights_from_its_file_to_its_revenue(corner):
    text = (corner.folder / "source.yaml").read_text()
    corner.reload(
        text.replace("try_cast(quantity AS int) AS quantity", "try_cast(quantity AS decimal(18,4)) AS quantity").replace(
            "try_cast(price AS decimal(18,4)) AS unit_price", "try_cast(price AS decimal(18,4)) AS amount"
        )
    )
    corner.deliver(DAY, [line(1, DAY, quantity="0.453", price="1.00"), line(2, DAY, quantity="3", price="1.00")])
    corner.publish("bronze.lines", DAY)
    corner.publish("silver.orders", DAY)
    rows = corner.lake.arrow("silver.orders", None, ["quantity", "unit_price", "amount", "is_amount_told"]).sort_by("quantity").to_pylist()
    assert [tuple(map(str, row.values())) for row in rows] == [
        ("0.4530", "2.207506", "1.0000", "True"), ("3.0000", "0.333333", "1.0000", "True"),
    ]  # fmt: skip
