"""Thirty days of a small shop: late, duplicate and bad lines, customers and products that change, a closed day, a day without a sale."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

from lakehouse.days import DayRange
from lakehouse.tables.lake import Lake

FIRST, DAYS, LATENESS = date(2011, 3, 15), 30, 3
MONTH = DayRange(FIRST, FIRST + timedelta(days=DAYS - 1))
CLOSED, NO_SALES = FIRST + timedelta(days=9), FIRST + timedelta(days=17)
SOURCE = f"""\
shop: a month
time_zone: Europe/London
first_day: {FIRST}
last_day: {MONTH.last}
closed_days: [{CLOSED}]
lateness_days: {LATENESS}
consent_basis: a test
inputs:
  lines:
    files: "lines/{{day}}.csv"
    columns: [{{name: line, description: x}}, {{name: customer, description: x}}, {{name: product, description: x}},
      {{name: quantity, description: x}}, {{name: price, description: x}}, {{name: sold_at, description: x}}]
    duplicates: {{key: [line]}}
  people:
    files: "people/{{day}}.csv"
    columns: [{{name: customer, description: x}}, {{name: region, description: x}}, {{name: mail, description: x, classification: pii}}]
  goods:
    files: "goods/{{day}}.csv"
    delivers: when_changed
    columns: [{{name: product, description: x}}, {{name: price, description: x}}]
tables:
  orders:
    accounts_for: lines
    select: |
      SELECT line AS order_id, customer AS customer_id, product AS product_id, product AS product_group, try_cast(quantity AS int) AS quantity,
        try_cast(price AS decimal(18,4)) AS unit_price, true AS is_goods, cast(null AS boolean) AS is_return,
        to_utc_timestamp(try_to_timestamp(sold_at, 'yyyy-MM-dd HH:mm:ss'), :time_zone) AS event_at, lineage
      FROM lines
  customers:
    accounts_for: people
    select: |
      SELECT customer AS customer_id, cast(null AS string) AS name, mail AS email, region, cast(null AS string) AS climate_zone,
        cast(null AS string) AS age_band, cast(null AS boolean) AS has_pets, cast(null AS boolean) AS has_children,
        true AS consents_to_training, lineage FROM people
  products:
    accounts_for: goods
    select: |
      SELECT product AS product_id, product AS name, product AS product_group, try_cast(price AS decimal(18,4)) AS price,
        cast(null AS string) AS light_need, cast(null AS boolean) AS is_pet_safe, cast(null AS int) AS hardiness_zone_min,
        cast(null AS int) AS hardiness_zone_max, cast(null AS int) AS stock_units, cast(null AS string) AS invasive_regions,
        true AS is_goods, lineage FROM goods
"""
LAYERS = ("bronze", "silver", "partials", "kpis", "features")


def files(seed: int) -> dict[date, dict[str, str]]:
    """By day, each file delivered for it: name below the landing folder → text."""
    rng, found, lines, number = random.Random(seed), defaultdict(dict), defaultdict(list), 0
    open_days = [day for day in MONTH if day != CLOSED]
    for day in open_days:
        for _ in range(0 if day == NO_SALES else rng.randrange(3, 9)):
            number += 1
            file = rng.choice([each for each in open_days if day <= each <= day + timedelta(days=LATENESS) and each != NO_SALES])
            quantity = "some" if number % 29 == 0 else rng.choice(["1", "2", "-1"])
            text = f"{number},c{rng.randrange(5)},p{rng.randrange(4)},{quantity},{rng.choice(['2.50', '3.10'])},{day} {rng.randrange(24):02}:30:00"
            lines[file] += [text, text] if number % 13 == 0 else [text]
    for day in open_days:
        found[day][f"lines/{day}.csv"] = "\n".join(["line,customer,product,quantity,price,sold_at", *lines[day]]) + "\n"
        people = [f"c{n},region {rng.randrange(2)},c{n}@example.org" for n in range(5) if rng.random() < 0.6]
        found[day][f"people/{day}.csv"] = "\n".join(["customer,region,mail", *people]) + "\n"
        if rng.random() < 0.4 or day == FIRST:
            found[day][f"goods/{day}.csv"] = (
                "\n".join(["product,price", *(f"p{n},{rng.choice(['2.50', '3.10'])}" for n in range(4))]) + "\n"
            )
    return found


def lay_out(folder: Path) -> Path:
    """Empty landing folders and the source file, whose path it returns."""
    for name in ("lines", "people", "goods"):
        (folder / "landing" / name).mkdir(parents=True)
    (folder / "source.yaml").write_text(SOURCE)
    return folder / "source.yaml"


def deliver(folder: Path, day: date, delivered: dict[date, dict[str, str]]) -> None:
    """Write the files of a day."""
    for name, text in delivered.get(day, {}).items():
        (folder / "landing" / name).write_text(text)


def content(lake: Lake) -> dict[str, list[str]]:
    """Every table's rows as text, in order, without the time of landing; quarantine as silver names it."""
    from lakehouse.tables.standing import quarantine_version

    tables = [name for name, table in lake.tables.items() if table.layer in LAYERS]
    beside = {f"quarantine.{name.partition('.')[2]}": quarantine_version(lake, name) for name in tables if name.startswith("silver.")}
    return {name: rows_of(lake, name, version) for name, version in {**dict.fromkeys(tables), **beside}.items()}


def rows_of(lake: Lake, table: str, version: int | None = None) -> list[str]:
    """A table's rows as text, in order, without the time of landing."""
    if not lake.exists(table):
        return []
    return sorted(str({name: row[name] for name in row if name != "landed_at"}) for row in lake.arrow(table, version).to_pylist())
