"""A busy shop for benchmarks: one input, a million lines a day or more, written by DuckDB, in a lake of its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from assets.open_lake import open_lake
from lakehouse.settings import load_settings
from lakehouse.shop.home import adopt_shop
from lakehouse.shop.location import Location
from lakehouse.tables.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FIRST = date(2025, 1, 1)
LINES, CUSTOMERS, PRODUCTS = 1_000_000, 100_000, 5_000
WRITTEN = {"csv": "HEADER", "jsonl": "FORMAT json"}
SOURCE = f"""\
shop: busy
time_zone: Europe/London
first_day: {FIRST}
inputs:
  lines:
    files: "lines/{{day}}.{{format}}"
    format: {{format}}
    columns:
      - {{name: line, description: The line.}}
      - {{name: customer, description: Who., classification: pii}}
      - {{name: product, description: What.}}
      - {{name: quantity, description: How many.}}
      - {{name: price, description: For how much.}}
      - {{name: sold_at, description: When.}}
tables:
  orders:
    accounts_for: lines
    select: |
      SELECT line AS order_id, customer AS customer_id, product AS product_id, substr(product, 1, 2) AS product_group,
        try_cast(quantity AS int) AS quantity, try_cast(price AS decimal(18,4)) AS unit_price, true AS is_goods,
        cast(null AS boolean) AS is_return,
        to_utc_timestamp(try_to_timestamp(sold_at, 'yyyy-MM-dd HH:mm:ss'), :time_zone) AS event_at, lineage
      FROM lines
"""


def busy_lake(spark: SparkSession, folder: Path, form: str = "csv") -> Lake:
    """An empty lake of the shop below `folder`, on that session; its files are `csv` or `jsonl`."""
    (folder / "landing" / "lines").mkdir(parents=True)
    (folder / "source.yaml").write_text(SOURCE.replace("{format}", form))
    own = load_settings().model_copy(
        update={
            "home": folder / "home",
            "lake": str(folder / "lake"),
            "dagster_home": folder / "dagster",
            "executor": "in_process",
            "landing_quiet_seconds": 0,
        }
    )
    shop = adopt_shop(own, folder / "source.yaml")
    return open_lake(own, shop, lambda _: spark)


def deliver(landing: Location, day: date, lines: int = LINES, form: str = "csv") -> None:
    """The file of a day: who bought what follows from the line's number."""
    import duckdb

    duckdb.sql(
        f"COPY (SELECT i AS line, 'c' || (hash(i) % {CUSTOMERS}) AS customer, 'p' || (hash(i, 1) % {PRODUCTS}) AS product, "
        f"1 + i % 5 AS quantity, '2.50' AS price, '{day} 12:00:00' AS sold_at FROM range({lines}) lines(i)) "
        f"TO '{landing}/lines/{day}.{form}' ({WRITTEN[form]})"
    )
