"""A hundred days of a small shop with impressions, late lines, returns, duplicates and lines that break a rule, up to its features."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from lakehouse.days import DayRange
from lakehouse.publishing import commit
from tests.lakehouse.corner_shop import CornerShop

DAYS = DayRange(date(2011, 1, 1), date(2011, 4, 10))
LATENESS, SEED = 3, 7
BUSY = date(2011, 3, 20)
CUSTOMERS, PRODUCTS, GROUPS = ["ann", "bob", "cy", ""], ["fern", "ivy", "palm", "yew"], {"fern": "a", "ivy": "b", "palm": "a", "yew": ""}
FEATURES = ("features.customer_daily", "features.product_daily", "features.customer_product_daily")
TABLES = ("bronze.lines", "bronze.showings", "silver.customers", "silver.products", "silver.orders", "silver.impressions", *FEATURES)
LINES, SHOWINGS = (
    "line,order,customer,product,product_group,quantity,price,sold_at",
    "showing,customer,product,product_group,shown_at,clicked",
)
SOURCE = f"""\
shop: season
time_zone: Europe/London
first_day: {DAYS.first}
last_day: {DAYS.last}
lateness_days: {LATENESS}
consent_basis: a test
inputs:
  lines:
    files: "lines/{{day}}.csv"
    columns: [{", ".join(f"{{name: {name}, description: A column.}}" for name in LINES.split(","))}]
    duplicates: {{key: [line]}}
  showings:
    files: "showings/{{day}}.csv"
    columns: [{", ".join(f"{{name: {name}, description: A column.}}" for name in SHOWINGS.split(","))}]
    duplicates: {{key: [showing]}}
tables:
  orders:
    accounts_for: lines
    select: |
      SELECT `order` AS order_id, nullif(customer, '') AS customer_id, product AS product_id, nullif(product_group, '') AS product_group,
        try_cast(quantity AS int) AS quantity, try_cast(price AS decimal(18,4)) AS unit_price, product <> 'postage' AS is_goods,
        cast(null AS boolean) AS is_return,
        to_utc_timestamp(try_to_timestamp(sold_at, 'yyyy-MM-dd HH:mm:ss'), :time_zone) AS event_at, lineage
      FROM lines
  impressions:
    accounts_for: showings
    select: |
      SELECT nullif(customer, '') AS customer_id, product AS product_id, nullif(product_group, '') AS product_group,
        cast(null AS int) AS position, cast(null AS string) AS channel, try_cast(clicked AS boolean) AS is_clicked,
        to_utc_timestamp(try_to_timestamp(shown_at, 'yyyy-MM-dd HH:mm:ss'), :time_zone) AS event_at, lineage
      FROM showings
"""


class SeasonShop(CornerShop):
    """The shop with its files delivered, nothing landed yet."""

    def __init__(self, settings: Any, spark: Any, folder: Path) -> None:
        (folder / "source.yaml").write_text(SOURCE)
        self._open(settings, spark, folder / "source.yaml")
        for name, header, rows in (("lines", LINES, lines()), ("showings", SHOWINGS, showings())):
            (folder / "landing" / name).mkdir(parents=True)
            for day in DAYS:
                (folder / "landing" / name / f"{day}.csv").write_text("\n".join([header, *rows[day]]) + "\n")

    def recommend(self, days: DayRange, without: str = "") -> None:
        """Put every pair of a customer and a product, other than the product left out, where predictions stand: one version, no model."""
        commit.ensure_table(self.lake, "predictions.recommendations")
        keys = sorted({row["customer_key"] for row in self.rows("features.customer_daily", ["customer_key"])})
        pairs = enumerate(product(days, keys, [name for name in PRODUCTS if name != without]))
        rows = [(day, key, n + 1, what, 0.5, "purchase", 1, False, f"{n * 7919 % 10007:05}") for n, (day, key, what) in pairs]
        names = self.lake.contract("predictions.recommendations").column_names
        types = {"day": "date", "rank": "int", "score": "double", "model_version": "int", "is_baseline": "boolean"}
        schema = ", ".join(f"{name} {types.get(name, 'string')}" for name in names)
        frame = self.lake.spark.createDataFrame(rows, schema)
        frame.write.format("delta").mode("overwrite").save(self.lake.path("predictions.recommendations"))


def lines() -> dict[date, list[str]]:
    """The lines of each file: sales, returns, postage, known up to three days late; some twice, some without a readable quantity."""
    rng, found = random.Random(SEED), defaultdict(list)
    for number in range(480):
        # A busy day, so that its unreadable lines stay within what may be quarantined.
        day = BUSY if number < 60 else rng.choice(list(DAYS))
        who, what = rng.choice(CUSTOMERS), rng.choice([*PRODUCTS, *PRODUCTS, "postage"])
        quantity = rng.choice(["1", "2", "3", "5", "-1"]) if number not in (20, 40) else "some"
        row = f"{number},o{number // 3},{who},{what},{GROUPS.get(what, '')},{quantity},{rng.randrange(999) / 100},{day} {rng.randrange(8, 12):02}:00:00"
        for _ in range(2 if number % 50 == 0 else 1):
            found[_known(rng, day)].append(row)
    return found


def showings() -> dict[date, list[str]]:
    """The impressions of each file."""
    rng, found = random.Random(SEED + 1), defaultdict(list)
    for number in range(900):
        day, who, what = rng.choice(list(DAYS)), rng.choice(CUSTOMERS), rng.choice(PRODUCTS)
        clicked = rng.choice(["true", "false", ""])
        found[_known(rng, day)].append(f"{number},{who},{what},{GROUPS[what]},{day} {rng.randrange(8, 12):02}:00:00,{clicked}")
    return found


def _known(rng: random.Random, day: date) -> date:
    return min(day + timedelta(days=rng.choice([0, 0, 0, 1, LATENESS])), DAYS.last)
