"""Slowly changing dimensions, type 2: versions as a plain list of days would give them, however the days came in."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from lakehouse.contracts.model import Column, Contract
from lakehouse.contracts.odcs import load_contract
from lakehouse.errors import ContractError
from lakehouse.ingestion.reconcile import reconcile
from lakehouse.publishing.write_modes import Scd2
from lakehouse.tables import scd2
from lakehouse.tables.reads import valid

FIRST = date(2011, 3, 25)
GONE = "the shop took it away"
CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: silver.prices
name: silver.prices
version: 1.0.0
status: active
description: {purpose: Prices of a test.}
team: [{username: tests, role: owner}]
customProperties: [{property: write, value: history}]
schema:
  - name: prices
    properties:
      - {name: product, logicalType: string, physicalType: string, primaryKey: true, primaryKeyPosition: 1, description: The article.}
      - {name: price, logicalType: integer, physicalType: int, description: "Its price, where there is one."}
      - {name: first_known, logicalType: date, physicalType: date, customProperties: [{property: merge, value: earliest}], description: Since when.}
      - {name: valid_from, logicalType: date, physicalType: date, primaryKey: true, primaryKeyPosition: 2, description: From.}
      - {name: valid_to, logicalType: date, physicalType: date, description: Until before.}
      - {name: is_current, logicalType: boolean, physicalType: boolean, required: true, description: Now.}
"""
SOURCE = """\
shop: corner
time_zone: Europe/London
first_day: 2011-03-25
inputs:
  prices:
    files: "prices/{day}.csv"
    columns:
      - {name: product, description: What.}
      - {name: price, description: For how much.}
tables:
  products:
    accounts_for: prices
    select: |
      SELECT product AS product_id, product AS name, product AS product_group, try_cast(price AS decimal(18,4)) AS price,
        cast(null AS string) AS light_need, cast(null AS boolean) AS is_pet_safe, cast(null AS int) AS hardiness_zone_min,
        cast(null AS int) AS hardiness_zone_max, cast(null AS int) AS stock_units, cast(null AS string) AS invasive_regions,
        true AS is_goods, lineage
      FROM prices
"""


@pytest.fixture
def contract(tmp_path):
    return _contract(tmp_path, CONTRACT)


@pytest.fixture
def said():
    """product → day → price: three prices, none at all, or gone, so that many days repeat the one before and old prices come back."""
    chance = random.Random(5)
    days = [FIRST + timedelta(days=n) for n in range(30)]
    return {f"p{n}": {day: chance.choice([1, 2, 3, None, GONE]) for day in chance.sample(days, chance.randint(1, 30))} for n in range(60)}


def test_versions_are_those_of_a_plain_list_whether_days_come_at_once_or_in_turn(spark, contract, said):
    expected = {row for product, prices in said.items() for row in _versions(product, prices)}
    assert _found(Scd2().one_each(_observed(spark, said, said), contract)) == expected
    standing = _observed(spark, {}, said)
    for first in (0, 1, 7, 19):
        days = {0: range(1), 1: range(1, 7), 7: range(7, 19), 19: range(19, 30)}[first]
        some = {p: {day: price for day, price in prices.items() if (day - FIRST).days in days} for p, prices in said.items()}
        fresh = Scd2().merged(Scd2().one_each(_observed(spark, some, said), contract), standing, contract)
        kept = standing.join(fresh, ["product", "valid_from"], "left_anti").select(*standing.columns)
        standing = spark.createDataFrame(kept.unionByName(fresh).collect(), standing.schema)
    assert _found(standing) == expected


def test_what_is_taken_away_and_back_on_one_day_stands_again(spark, contract):
    rows = [("p", 1, FIRST, FIRST, FIRST + timedelta(days=4), False), ("p", 1, FIRST, FIRST + timedelta(days=4), None, True)]
    versions = Scd2().one_each(
        spark.createDataFrame(rows, "product string, price int, first_known date, valid_from date, valid_to date, is_current boolean"),
        contract,
    )
    found = sorted((row.valid_from, row.valid_to, row.is_current) for row in versions.collect())
    assert found == [(FIRST, FIRST + timedelta(days=4), False), (FIRST + timedelta(days=4), None, True)]


def test_a_row_sees_the_version_of_its_own_day(spark, contract, said):
    versions = Scd2().one_each(_observed(spark, said, said), contract)
    asked = [(product, FIRST + timedelta(days=n)) for product in [*said, "unheard of"] for n in range(-1, 31)]
    rows = spark.createDataFrame(asked, "product string, day date")
    found = {(row.product, row.day): row.price for row in scd2.as_of(rows, versions, ["product"], ["price"]).collect()}
    assert found == {(product, day): _last(said.get(product, {}), day) for product, day in asked}


def test_only_versions_of_the_days_are_read(spark, contract):
    from lakehouse.days import DayRange

    said = {"fern": {FIRST: 1, FIRST + timedelta(days=2): 2, FIRST + timedelta(days=4): 3}}
    versions = Scd2().one_each(_observed(spark, said, said), contract)
    span = DayRange(FIRST + timedelta(days=2), FIRST + timedelta(days=3))
    assert {row.price for row in scd2.valid_in(versions, span).collect()} == {2}
    assert {row.price for row in scd2.current(versions).collect()} == {3}


def test_a_change_reaches_the_days_on_which_it_may_still_hold():
    reached = valid("silver.products", 3).reach({FIRST + timedelta(days=2)}, None)
    assert min(reached) == FIRST + timedelta(days=2)
    assert FIRST + timedelta(days=400) in reached


def test_history_needs_its_columns(tmp_path):
    with pytest.raises(ContractError, match="needs the columns valid_from, valid_to, is_current, valid_from in its primary key"):
        _contract(tmp_path, CONTRACT.replace("primaryKey: true, primaryKeyPosition: 2, ", ""))


def test_any_order_of_days_and_any_repetition_leaves_the_same_history(corner):
    prices = {25: ["fern,1", "ivy,5"], 26: ["fern,1", "ivy,6"], 27: ["fern,2", "ivy,bad"], 28: ["fern,1", "moss,9"], 29: ["fern,1"]}
    _deliver(corner, prices)
    corner.publish("bronze.prices", "2011-03-25..2011-03-29")
    for days in ("26..2011-03-27", "25", "28..2011-03-29"):
        corner.publish("silver.products", f"2011-03-{days}")
    assert _prices(corner) == {
        ("fern", "1", "03-25", "03-27", False), ("fern", "1", "03-28", None, True), ("fern", "2", "03-27", "03-28", False),
        ("ivy", "5", "03-25", "03-26", False), ("ivy", "6", "03-26", "03-27", False), ("ivy", None, "03-27", None, True),
        ("moss", "9", "03-28", None, True),
    }  # fmt: skip
    (account,) = reconcile(corner.lake)
    assert account.balances and account.published == 9


@pytest.mark.parametrize("order", [("25..2011-03-28",), ("25", "26", "27", "28"), ("25..2011-03-27", "28")])
def test_a_price_that_is_again_what_it_was_is_told_by_the_same_file_once_more(corner, order):
    """The whole catalogue comes every day, and on the third it is the first day's, byte by byte."""
    _deliver(corner, {25: ["fern,1"], 26: ["fern,2"], 27: ["fern,1"], 28: ["fern,1"]})
    for days in order:
        corner.publish("bronze.prices", f"2011-03-{days}")
        corner.publish("silver.products", f"2011-03-{days}")
    assert _prices(corner) == {
        ("fern", "1", "03-25", "03-26", False), ("fern", "2", "03-26", "03-27", False), ("fern", "1", "03-27", None, True),
    }  # fmt: skip
    (account,) = reconcile(corner.lake)
    assert account.balances and account.landed == 4


@pytest.mark.parametrize("few_rows", [0, 10_000])
def test_a_landing_of_one_days_content_for_another_takes_nothing_away_of_the_first(corner, few_rows):
    """Both days are written: the first has a second file as well."""
    _deliver(corner, {25: ["fern,1"], 26: ["fern,2"]}, SOURCE.replace("{day}.csv", "{day}*.csv"))
    corner.configure(few_rows=few_rows)
    corner.publish("bronze.prices", "2011-03-25..2011-03-26")
    prices = corner.folder / "landing" / "prices"
    (prices / "2011-03-25-late.csv").write_text("product,price\nivy,9\n")
    (prices / "2011-03-27.csv").write_bytes((prices / "2011-03-25.csv").read_bytes())
    corner.publish("bronze.prices", "2011-03-25..2011-03-27")
    assert sorted((str(row["file_day"]), row["product"], row["price"]) for row in corner.rows("bronze.prices")) == [
        ("2011-03-25", "fern", "1"), ("2011-03-25", "ivy", "9"), ("2011-03-26", "fern", "2"), ("2011-03-27", "fern", "1"),
    ]  # fmt: skip


def test_a_landing_that_was_cut_off_is_made_good_of_each_day_whose_files_are_gone_by_then(corner, monkeypatch):
    _deliver(corner, {25: ["fern,1"], 26: ["fern,2"], 27: ["fern,1"]})
    monkeypatch.setattr("assets.bronze_tables.ledger.append", lambda *_: None)
    corner.publish("bronze.prices", "2011-03-25..2011-03-27")  # landed, and never written down
    monkeypatch.undo()
    for path in (corner.folder / "landing" / "prices").iterdir():
        path.unlink()
    assert corner.publish("bronze.prices", "2011-03-25..2011-03-27").days == ()
    assert sorted(row["file_day"].day for row in corner.rows("monitoring.landed_files")) == [25, 26, 27]
    assert sorted((str(row["file_day"]), row["price"]) for row in corner.rows("bronze.prices")) == [
        ("2011-03-25", "1"), ("2011-03-26", "2"), ("2011-03-27", "1"),
    ]  # fmt: skip


def _contract(folder, text):
    path = folder / "prices.yaml"
    path.write_text(text)
    return load_contract(path)


def _deliver(shop, prices, source=SOURCE):
    shop.reload(source)
    folder = shop.folder / "landing" / "prices"
    folder.mkdir()
    for day, lines in prices.items():
        (folder / f"2011-03-{day}.csv").write_text("\n".join(["product,price", *lines]) + "\n")


def _prices(shop):
    columns = ["product_id", "price", "valid_from", "valid_to", "is_current"]
    return {
        (row["product_id"], _plain(row["price"]), _short(row["valid_from"]), _short(row["valid_to"]), row["is_current"])
        for row in shop.rows("silver.products", columns)
    }


def _plain(price):
    return None if price is None else f"{price:f}".rstrip("0").rstrip(".")


def _short(day):
    return None if day is None else f"{day:%m-%d}"


def _observed(spark, said, ever_said):
    """A row for each thing said, which already knows when the key will be taken away."""
    rows = [
        (product, price, day, day, _next_gone(ever_said[product], day), True)
        for product, prices in said.items() for day, price in prices.items() if price != GONE
    ]  # fmt: skip
    return spark.createDataFrame(
        rows, "product string, price int, first_known date, valid_from date not null, valid_to date, is_current boolean"
    )


def _next_gone(prices, day):
    return min((each for each, price in prices.items() if price == GONE and each > day), default=None)


def _found(df):
    return {(row.product, row.price, row.first_known, row.valid_from, row.valid_to, row.is_current) for row in df.collect()}


def _versions(product, prices):
    changes = [day for n, day in enumerate(sorted(prices)) if n == 0 or prices[day] != prices[sorted(prices)[n - 1]]]
    first = min((day for day, price in prices.items() if price != GONE), default=None)
    ends = [later for _, later in pairwise([*changes, None])]
    spans = zip(changes, ends, strict=True)
    return [(product, prices[day], first, day, end, end is None) for day, end in spans if prices[day] != GONE]


def _last(prices, day):
    known = [each for each in prices if each <= day]
    return prices[max(known)] if known and prices[max(known)] != GONE else None


def test_the_same_said_again_a_day_later_is_known_later_and_no_other_version(spark):
    kinds = {"k": "string", "said": "int", "known_at": "timestamp", "valid_from": "date", "valid_to": "date", "is_current": "boolean"}
    columns = tuple(Column(name, kind, primary_key=name in ("k", "valid_from")) for name, kind in kinds.items())
    contract = Contract("silver.x", "silver", "x", "", "1", "us", columns, ("k", "valid_from"), write="history")
    days = [FIRST + timedelta(days=n) for n in range(3)]
    rows = [("k", 1 if n < 2 else 2, datetime(2011, 3, 25 + n, 12, tzinfo=UTC), day, None, True) for n, day in enumerate(days)]
    found = scd2.in_versions(spark.createDataFrame(rows, ", ".join(map(" ".join, kinds.items()))), contract).orderBy("valid_from").collect()
    assert [(row.said, row.known_at.day, row.valid_from, row.valid_to, row.is_current) for row in found] == [
        (1, 25, days[0], days[2], False), (2, 27, days[2], None, True),
    ]  # fmt: skip
