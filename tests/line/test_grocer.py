"""A grocer whose tills tell amounts and weights: revenue to the cent in one run and night by night, in dollars and in yen; fuel is never a candidate."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from models.candidates import on_sale
from tests.lakehouse.corner_shop import CornerShop, give_key

FIRST, DAYS = date(2024, 3, 9), 3  # over the day on which New York's clocks go forward
DATES = [FIRST + timedelta(days=n) for n in range(DAYS)]
SPAN = f"{DATES[0]}..{DATES[-1]}"
SOURCE = """\
shop: grocer
time_zone: America/New_York
currency: {currency}
first_day: 2024-03-09
inputs:
  pos:
    files: "pos/{{day}}.csv"
    columns:
      - {{name: line, from: Line No., description: The line.}}
      - {{name: card, description: The card., classification: pii}}
      - {{name: upc, description: What.}}
      - {{name: weight, description: Pieces or pounds or thousandths of a gallon.}}
      - {{name: total, description: What the line came to.}}
      - {{name: at, description: When.}}
  articles:
    files: "articles/{{day}}.csv"
    delivers: when_changed
    columns: [{{name: upc, description: What.}}, {{name: department, description: Where it stands.}}]
tables:
  orders:
    accounts_for: pos
    looks_up: {{articles: {{key: {{upc: upc}}}}}}
    select: |
      SELECT line AS order_id, card AS customer_id, upc AS product_id, articles.department AS product_group,
        try_cast(weight AS decimal(18,4)) AS quantity, try_cast(total AS decimal(18,4)) AS amount,
        coalesce(articles.department, '') <> 'COUPON' AS is_goods, cast(null AS boolean) AS is_return,
        to_utc_timestamp(try_to_timestamp(at, 'yyyy-MM-dd HH:mm:ss'), :time_zone) AS event_at, lineage
      FROM pos
  products:
    accounts_for: articles
    select: |
      SELECT upc AS product_id, upc AS name, department AS product_group, cast(null AS decimal(18,4)) AS price, cast(null AS string) AS light_need,
        cast(null AS boolean) AS is_pet_safe, cast(null AS int) AS hardiness_zone_min, cast(null AS int) AS hardiness_zone_max,
        cast(null AS int) AS stock_units, cast(null AS string) AS invasive_regions, department <> 'COUPON' AS is_goods,
        department NOT IN ('COUPON', 'FUEL') AS is_recommendable, lineage
      FROM articles
"""
DEPARTMENTS = {"apples": "PRODUCE", "soup": "GROCERY", "gas": "FUEL", "coupon": "COUPON"}
COINS = {"USD": Decimal("0.01"), "JPY": Decimal(1)}


def sold(rng: random.Random, upc: str, coin: Decimal) -> tuple[Decimal, Decimal]:
    """What a till tells of a line: how much of it, and what it came to in whole coins."""
    if upc == "coupon":
        return Decimal(1), -rng.randrange(1, 90) * coin
    much = {
        "apples": Decimal(rng.randrange(1, 4000)) / 1000,
        "soup": Decimal(rng.choice([1, 2, 3, 3, -1])),
        "gas": Decimal(rng.randrange(3000, 20000)),
    }[upc]
    price = {"apples": Decimal("2.99"), "soup": Decimal(1) / 3, "gas": Decimal("0.0014")}[upc] * coin * 100
    return much, (much * price).quantize(coin, ROUND_HALF_UP)


class Grocer(CornerShop):
    """Its files of three days, and what each day's goods came to, added up as they were written."""

    def __init__(self, settings, spark, folder, currency):
        for name in ("pos", "articles"):
            (folder / "landing" / name).mkdir(parents=True)
        (folder / "source.yaml").write_text(SOURCE.format(currency=currency))
        self._open(settings, spark, folder / "source.yaml")
        give_key(self.lake.settings.home)
        self.revenue, self.coupons, rng = defaultdict(Decimal), defaultdict(Decimal), random.Random(7)
        rows = "".join(f"{upc},{department}\n" for upc, department in DEPARTMENTS.items())
        (folder / "landing" / "articles" / f"{FIRST}.csv").write_text("upc,department\n" + rows)
        for day in DATES:
            (folder / "landing" / "pos" / f"{day}.csv").write_text(
                "Line No.,card,upc,weight,total,at\n" + "".join(self._lines(rng, day, COINS[currency]))
            )

    def _lines(self, rng, day, coin):
        if day == FIRST:  # a third of a pound is all that this customer ever buys
            self.revenue[day] += 100 * coin
            yield f"{day}-b,bob,apples,0.34,{100 * coin},{day} 09:00:00\n"
        for number in range(60):
            upc = rng.choice(list(DEPARTMENTS))
            much, total = sold(rng, upc, coin)
            (self.coupons if upc == "coupon" else self.revenue)[day] += total
            if total or upc == "coupon":
                yield f"{day}-{number},ann,{upc},{much},{total},{day} {rng.randrange(24):02}:30:00\n"

    def build(self, days):
        for table in ("bronze.pos", "bronze.articles", "silver.products", "silver.orders", "kpis.daily_sales"):
            self.publish(table, days)


def figures(shop):
    rows = shop.rows("kpis.daily_sales", ["day", "net_revenue", "non_goods_amount", "sold_amount", "units_sold"])
    return {row.pop("day"): row for row in rows}


@pytest.fixture
def grocer(settings, spark, tmp_path):
    return lambda name, currency: Grocer(settings, spark, tmp_path / name, currency)


def test_revenue_in_dollars_is_what_the_lines_came_to_to_the_cent_in_one_run_and_by_nights(grocer):
    at_once, by_night = grocer("once", "USD"), grocer("nightly", "USD")
    at_once.build(SPAN)
    for day in DATES:
        by_night.build(str(day))
    found = figures(at_once)
    assert {day: row["net_revenue"] for day, row in found.items()} == dict(at_once.revenue)
    assert {day: row["non_goods_amount"] for day, row in found.items()} == dict(at_once.coupons)
    assert figures(by_night) == found
    assert at_once.lake.contract("kpis.daily_sales").column("net_revenue").unit == "USD"


def test_revenue_in_yen_has_no_decimals(grocer):
    shop = grocer("yen", "JPY")
    shop.build(SPAN)
    assert {day: str(row["net_revenue"]) for day, row in figures(shop).items()} == {day: str(told) for day, told in shop.revenue.items()}


def test_fuel_is_revenue_and_no_candidate(grocer):
    shop = grocer("fuel", "USD")
    shop.build(SPAN)
    sums = [f"partials.{name}" for name in ("customer_product_day", "product_day", "customer_attribute_day")]
    for table in ("silver.impressions", *sums, "features.product_daily", "features.customer_attribute_daily"):
        shop.publish(table, SPAN)
    last = shop.lake.read("features.product_daily").where(f"day = date'{DATES[-1]}'")
    assert {row.product_id: row.is_recommendable for row in last.collect()} == {"apples": True, "soup": True, "gas": False}
    assert {row.product_id for row in on_sale(last).collect()} == {"apples", "soup"}
    tastes = shop.rows("features.customer_attribute_daily", ["customer_key", "value", "units_90d"])
    assert min(row["units_90d"] for row in tastes) == 0.34
