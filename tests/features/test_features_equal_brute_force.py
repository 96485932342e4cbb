"""Every feature of every day equals what its words say; a range of days gives what its days give; late rows change no earlier day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from features.partials.customer_attribute_day import customer_attribute_day
from features.partials.customer_day import customer_day
from features.partials.customer_product_day import customer_product_day
from features.partials.product_day import product_day
from lakehouse.days import DayRange
from lakehouse.tables.scd2 import valid_in
from tests.conftest import SEARCH
from tests.features.brute_force import (
    Line,
    Listing,
    Person,
    Showing,
    attribute_rows,
    customer_rows,
    pair_rows,
    product_rows,
)
from tests.features.differences import differences
from tests.features.frames import customers_frame, impressions_frame, orders_frame, products_frame, rows_of, run_of
from tests.features.from_silver import attributes_of, customers_of, pairs_of, products_of

BEGIN = date(2011, 1, 1)
FIRST, LAST = BEGIN + timedelta(days=60), BEGIN + timedelta(days=215)
# Few keys and few distances between days, so that things recur, leave windows and come late to the same windows.
DAYS = st.sampled_from([0, 1, 6, 7, 8, 29, 30, 31, 60, 89, 90, 91, 100, 120, 121]).map(lambda n: BEGIN + timedelta(days=n))
LATE = st.sampled_from([0, 0, 0, 1, 3, 8, 40, 95])
CUSTOMERS, PRODUCTS, GROUPS = st.sampled_from(["ann", "bob", None]), st.sampled_from(["fern", "ivy"]), st.sampled_from(["a", "b", None])
# Spark takes as long for one case as for six: each example holds six, whose customers and products are their own.
CASES = st.integers(0, 5)
few = settings(
    max_examples=100 if SEARCH else 2,
    phases=[Phase.generate],  # shrinking a failure would ask Spark hundreds of times
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def order_lines(draw: st.DrawFn) -> Line:
    day = draw(DAYS)
    quantity, case, customer = draw(st.integers(-6, 20).filter(bool)) / 4, draw(CASES), draw(CUSTOMERS)
    return Line(
        day, day + timedelta(days=draw(LATE)), draw(st.sampled_from("1234")), customer and f"{customer}{case}", f"{draw(PRODUCTS)}{case}",
        quantity, draw(st.integers(0, 999)), draw(st.integers(0, 5)) > 0, draw(st.integers(8, 12)), draw(GROUPS),
    )  # fmt: skip


@st.composite
def showings(draw: st.DrawFn) -> Showing:
    day = draw(DAYS)
    late, case, customer = timedelta(days=draw(LATE)), draw(CASES), draw(CUSTOMERS)
    return Showing(
        day,
        day + late,
        customer and f"{customer}{case}",
        f"{draw(PRODUCTS)}{case}",
        draw(st.booleans()),
        draw(st.integers(8, 12)),
        draw(GROUPS),
    )


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    return Listing(
        f"{draw(PRODUCTS)}{draw(CASES)}", draw(DAYS), draw(st.sampled_from([None, 0, 100, 500, 999])), draw(st.sampled_from([None, 0, 3, 9])),
        draw(st.sampled_from(["low", "bright", None])), draw(st.sampled_from([True, False, None])), draw(st.booleans()),
    )  # fmt: skip


people = st.builds(
    Person,
    st.tuples(st.sampled_from(["ann", "bob"]), CASES).map(lambda pair: f"{pair[0]}{pair[1]}"),
    DAYS,
    st.sampled_from(["Kent", "Fife", None]),
)
histories = st.tuples(
    st.lists(order_lines(), min_size=120, max_size=160),
    st.lists(showings(), min_size=50, max_size=70),
    st.lists(listings(), min_size=40, max_size=60, unique_by=lambda each: (each.product_id, each.valid_from)),
    st.lists(people, min_size=15, max_size=25, unique_by=lambda each: (each.customer_key, each.valid_from)),
)
History = tuple[list[Line], list[Showing], list[Listing], list[Person]]


@few
@given(history=histories)
def test_each_day_of_a_range_equals_brute_force(spark: SparkSession, history: History) -> None:
    lines, seen, listed, known = history
    orders, impressions, run = orders_frame(spark, lines), impressions_frame(spark, seen), run_of(FIRST, LAST)
    catalogue = products_frame(spark, listed)
    customers = rows_of(customers_of(orders, impressions, customers_frame(spark, known), catalogue, run), "customer_key")
    products = rows_of(products_of(orders, impressions, catalogue, run), "product_id")
    attributes = rows_of(attributes_of(orders, catalogue, run), "customer_key", "attribute", "value")
    pairs = rows_of(pairs_of(orders, run), "customer_key", "product_id")
    assert (
        differences(customers, {key: row for day in run.days for key, row in customer_rows(lines, seen, day, listed, known).items()}) == []
    )
    assert differences(products, {key: row for day in run.days for key, row in product_rows(lines, seen, day, listed).items()}) == []
    assert differences(attributes, {key: row for day in run.days for key, row in attribute_rows(lines, day, listed).items()}) == []
    assert differences(pairs, {key: row for day in run.days for key, row in pair_rows(lines, day).items()}) == []


@few
@given(history=histories, ahead=st.integers(0, 150))
def test_one_day_gives_what_the_range_gives(spark: SparkSession, history: History, ahead: int) -> None:
    orders, impressions = orders_frame(spark, history[0]), impressions_frame(spark, history[1])
    catalogue, known = products_frame(spark, history[2]), customers_frame(spark, history[3])
    day = FIRST + timedelta(days=ahead)
    # The night reads 89 days before its day; the range reads more, and what lies after the day.
    near = f"day >= date'{day - timedelta(days=89)}' AND day <= date'{day}'"
    now = DayRange(day, day)
    alone = products_of(orders.where(near), impressions.where(near), valid_in(catalogue, now.widen(before=90)), run_of(day))
    within = products_of(orders, impressions, catalogue, run_of(FIRST, LAST)).where(f"day = date'{day}'")
    assert differences(rows_of(alone, "product_id"), rows_of(within, "product_id")) == []
    nearby = valid_in(catalogue, now.widen(before=89))
    alone = customers_of(orders.where(near), impressions.where(near), valid_in(known, now), nearby, run_of(day))
    within = customers_of(orders, impressions, known, catalogue, run_of(FIRST, LAST)).where(f"day = date'{day}'")
    assert differences(rows_of(alone, "customer_key"), rows_of(within, "customer_key")) == []


@few
@given(history=histories, days=st.integers(0, 216))
def test_daily_sums_that_stand_do_not_change_when_more_becomes_known(spark: SparkSession, history: History, days: int) -> None:
    asked, catalogue = BEGIN + timedelta(days=days), products_frame(spark, history[2])
    orders, impressions = orders_frame(spark, history[0]), impressions_frame(spark, history[1])
    known = f"known_day <= date'{asked}'"
    for now, then in zip(
        _sums(orders, impressions, catalogue), _sums(orders.where(known), impressions.where(known), catalogue), strict=True
    ):
        assert sorted(map(str, now.where(known).collect())) == sorted(map(str, then.collect()))


def _sums(orders: DataFrame, impressions: DataFrame, products: DataFrame) -> list[DataFrame]:
    of_products = [product_day(orders, impressions), customer_product_day(orders)]
    return [*of_products, customer_day(orders, impressions, products), customer_attribute_day(orders, products)]


@pytest.mark.parametrize("late", [1, 30, 89])
def test_a_late_line_changes_no_day_before_it_was_known(spark: SparkSession, late: int) -> None:
    known = FIRST + timedelta(days=late)
    on_time = Line(FIRST, FIRST, "1", "ann", "fern", 2, 100, True, 9)
    late_line = Line(FIRST, known, "2", "ann", "fern", 5, 100, True, 9)
    run = run_of(FIRST, LAST)
    without = rows_of(pairs_of(orders_frame(spark, [on_time]), run), "customer_key", "product_id")
    with_it = rows_of(pairs_of(orders_frame(spark, [on_time, late_line]), run), "customer_key", "product_id")
    changed = {key[0] for key in with_it if with_it[key] != without.get(key)}
    assert changed == {known + timedelta(days=n) for n in range(90 - late)}
